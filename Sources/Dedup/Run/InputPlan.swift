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
        let labelled = try CorpusInput.labelled(named, known: known.map { ($0.name, $0.label) })
        var inputs: [Catalog.Input] = []
        for (named, labelled) in zip(named, labelled) {
            inputs.append(Catalog.Input(name: try named.name(), label: labelled.label))
        }
        let listing = try ShardListing(of: labelled)
        // Names are bytes: two forms of an é are two shards.
        var byName: [BytewiseName: Shard] = [:]
        for shard in listing.shards { byName[BytewiseName(shard.name)] = shard }
        var shards: [PlannedShard] = []
        for record in done {
            guard let shard = byName.removeValue(forKey: BytewiseName(record.name)) else {
                throw .usage(
                    "the output holds the shard \(record.name), which is in no input; name all the inputs it was made "
                        + "of, or make it anew with --force")
            }
            shards.append(PlannedShard(shard: shard, inputName: record.input, done: record))
        }
        for shard in listing.shards where byName[BytewiseName(shard.name)] != nil {
            shards.append(PlannedShard(shard: shard, inputName: inputs[shard.input].name, done: nil))
        }
        precondition(shards.count == listing.shards.count)
        self.inputs = inputs
        self.shards = shards
        ignored = listing.ignored
    }
}
