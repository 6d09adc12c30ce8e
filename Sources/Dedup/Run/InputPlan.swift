internal import Basics
internal import Corpus
internal import DuplicateIndex

/// The inputs of a run with their labels, and their shards in the order in which they are taken in.
struct InputPlan {
    let inputs: [Catalog.Input]
    let shards: [PlannedShard]
    let ignored: [String]

    /// - Parameters:
    ///   - known: the inputs that the output was made of.
    ///   - done: the shards that are done, in their order.
    /// - Throws: a usage error when a shard that is done is in no input: what was kept of it must be compared with.
    init(
        arguments: [String], known: [Catalog.Input], done: [Catalog.ShardRecord]
    ) throws(Failure) {
        var named: [CorpusInput] = []
        for argument in arguments { named.append(try CorpusInput(argument: argument)) }
        var inputs: [Catalog.Input] = []
        var labelled: [CorpusInput] = []
        for input in named {
            let name = if let label = input.label { label } else { try input.suggestedLabel() }
            let label: String?
            if input.label != nil {
                label = name
            } else if let before = known.first(where: { $0.name == name }) {
                label = before.label
            } else {
                // The first run's only input has no label.
                label = known.isEmpty && named.count == 1 ? nil : name
            }
            inputs.append(Catalog.Input(name: name, label: label))
            labelled.append(CorpusInput(label: label, path: input.path))
        }
        try Self.checkLabels(inputs, named)
        let listing = try ShardListing(of: labelled)
        var byName: [String: Shard] = [:]
        for shard in listing.shards { byName[shard.name] = shard }
        var shards: [PlannedShard] = []
        for record in done {
            guard let shard = byName.removeValue(forKey: record.name) else {
                throw .usage(
                    "the output holds the shard \(record.name), which is in no input; name all the inputs it was made "
                        + "of, or make it anew with --force")
            }
            shards.append(PlannedShard(shard: shard, inputName: record.input, done: record))
        }
        for shard in listing.shards where byName[shard.name] != nil {
            shards.append(PlannedShard(shard: shard, inputName: inputs[shard.input].name, done: nil))
        }
        self.inputs = inputs
        self.shards = shards
        ignored = listing.ignored
    }

    private static func checkLabels(_ inputs: [Catalog.Input], _ named: [CorpusInput]) throws(Failure) {
        var seen: [String: String] = [:]
        for (input, named) in zip(inputs, named) {
            if let other = seen.updateValue(named.path, forKey: input.name) {
                throw .usage(
                    "\(other) and \(named.path): two inputs named \(input.name); give one another label: LABEL=PATH")
            }
        }
    }
}
