internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import OutputStore
internal import Pipelines

/// The inputs of a run with their labels, and the shards that the run processes.
struct InputPlan {
    let inputs: [Catalog.Input]
    private(set) var shards: ShardSequence
    /// The files in the inputs that are not shards.
    let others: OtherFiles
    /// The links to folders that were followed.
    let followedLinks: [CorpusInput]
    /// The processed shards of these inputs that no longer exist in them.
    let missing: [String]
    /// The processed shards whose files have another time of modification, but the same content.
    let touched: [(name: String, modified: Int64)]
    /// The last processed shard, if lines were appended to it since; otherwise nil.
    let grown: GrownShard?
    /// The name of a partly processed shard that the selection now leaves out; the run discards the processed part.
    let leftOutPartial: String?

    /// Which differences between the inputs and the output are errors.
    struct Strictness {
        /// Whether a processed shard that no longer exists is an error.
        var inputs = false
        /// Whether a new shard that sorts before a processed one is an error.
        var order = false
        /// Whether processed shards are read again, even if their size and time are unchanged.
        var content = false
        /// Whether lines that were appended to the last processed shard are processed.
        var takesAppendedLines = false
    }

    /// - Parameters:
    ///   - record: the state of the output.
    /// - Throws: an error if a processed shard has changed, or if `strictness` makes a difference an error.
    init(
        arguments: [String], record: OutputRecord, strictness: Strictness, selection: ShardSelection
    ) throws(Failure) {
        var named: [CorpusInput] = []
        for argument in arguments { named.append(try CorpusInput(argument: argument)) }
        let labelled = try CorpusInput.labelled(named, known: record.inputs.map { ($0.name, $0.label) })
        var inputs: [Catalog.Input] = []
        for (named, labelled) in zip(named, labelled) {
            inputs.append(Catalog.Input(name: try named.name(), label: labelled.label))
        }
        // The processed shards of an input may no longer exist, so the input may be empty.
        let known = Set(record.done.map { BytewiseName($0.input) })
        let listing = try ShardListing(of: labelled, selecting: selection) {
            known.contains(BytewiseName(inputs[$0].name))
        }
        // Names are compared as bytes: the two Unicode forms of é name two shards.
        var done: [BytewiseName: Catalog.ShardRecord] = [:]
        for record in record.done { done[BytewiseName(record.name)] = record }
        var new: [PlannedShard] = []
        var touched: [(name: String, modified: Int64)] = []
        var grown: GrownShard?
        let last = record.partial == nil ? record.done.last?.name : nil
        for shard in listing.shards {
            if let record = done.removeValue(forKey: BytewiseName(shard.name)) {
                switch try Self.change(of: shard, since: record, reads: strictness.content) {
                case .none: break
                case .touched: touched.append((shard.name, shard.modified))
                case .grown:
                    try Self.checkGrown(shard, record, last: last, isTaken: strictness.takesAppendedLines)
                    grown = GrownShard(
                        planned: PlannedShard(shard: shard, inputName: inputs[shard.input].name), before: record)
                }
            } else {
                new.append(PlannedShard(shard: shard, inputName: inputs[shard.input].name))
            }
        }
        // A shard is not missing if its input is not given this time, or if the selection leaves it out.
        let places = Dictionary(inputs.enumerated().map { (BytewiseName($1.name), $0) }) { first, _ in first }
        var leftOut: Set<BytewiseName> = []
        for (name, input) in places {
            let gone = done.values.filter { $0.input.equalsBytewise(name.string) }.map(\.name)
            let partial = record.partial.flatMap { $0.input.equalsBytewise(name.string) ? $0.name : nil }
            leftOut.formUnion(listing.leftOut(of: gone + [partial].compactMap { $0 }, input: input))
        }
        missing = record.done.map(\.name).filter { name in
            let key = BytewiseName(name)
            return done[key].map { places[BytewiseName($0.input)] != nil && !leftOut.contains(key) } == true
        }
        if strictness.inputs, let first = missing.first {
            throw Failure(
                "\(first): processed earlier, but no longer in its input"
                    + (missing.count > 1 ? ", and so are \(missing.count - 1) more" : "")
                    + "; restore it, or run without \(Parameter.strictInputs)")
        }
        if let partial = record.partial, leftOut.contains(BytewiseName(partial.name)) {
            if partial.wasDone == true {
                throw .usage(
                    "\(partial.name): its new lines are not processed completely, and \(Parameter.glob), "
                        + "\(Parameter.exclude) or a changed link now leaves the shard out; run once more with it")
            }
            leftOutPartial = partial.name
        } else {
            leftOutPartial = nil
            if let partial = record.partial {
                try Self.putFirst(partial, &new, isNamed: places[BytewiseName(partial.input)] != nil)
            }
        }
        let order = ShardOrder(inputs: record.inputs + inputs)
        if strictness.order, let last = record.done.map({ ($0.input, $0.name) }).max(by: order.areInOrder),
            let early = new.first(where: { order.areInOrder(($0.inputName, $0.shard.name), last) })
        {
            throw .usage(
                "\(early.shard.name): sorts before \(last.1), which is already processed; run without "
                    + "\(Parameter.strictOrder) to process it after the others")
        }
        self.inputs = inputs
        self.touched = touched
        self.grown = grown
        shards = ShardSequence(done: record.done.map(\.name), new: new)
        others = listing.others
        followedLinks = listing.followedLinks
    }

    /// Returns the plan without the shards that are done by now and without the skipped ones.
    func remaining(after record: OutputRecord, without skipped: SkippedShards) -> InputPlan {
        let done = Set(record.done.map { BytewiseName($0.name) })
        var new: [PlannedShard] = []
        for var planned in (grown.map { [$0.planned] } ?? []) + shards.new
        where !done.contains(BytewiseName(planned.shard.name)) {
            if skipped.contains(planned.shard.name) { continue }
            planned.partial = record.partial.flatMap { $0.name.equalsBytewise(planned.shard.name) ? $0 : nil }
            new.append(planned)
        }
        var plan = self
        plan.shards = ShardSequence(done: record.done.map(\.name), new: new)
        return plan
    }

    /// How the file of a processed shard has changed.
    private enum Change {
        case none
        /// Only the time of modification is different.
        case touched
        /// The old bytes are unchanged, and new bytes follow them.
        case grown
    }

    /// - Throws: if the old bytes have changed.
    private static func change(
        of shard: Shard, since record: Catalog.ShardRecord, reads: Bool
    ) throws(Failure) -> Change {
        let isSame = shard.size == record.size && shard.modified == record.modified
        if isSame && !reads { return .none }
        guard shard.size >= record.size,
            try File.digest(of: shard.path, first: record.size).description == record.digest
        else {
            throw Failure(
                "\(shard.name): the content has changed since the shard was processed; restore the file, give the "
                    + "new one another name, or rewrite the whole output with \(Parameter.replace)")
        }
        if shard.size > record.size { return .grown }
        return isSame ? .none : .touched
    }

    /// - Parameter last: the last processed shard; nil if another shard is partly processed.
    /// - Throws: if the appended lines cannot be processed, or the run did not ask for them.
    private static func checkGrown(
        _ shard: Shard, _ record: Catalog.ShardRecord, last: String?, isTaken: Bool
    ) throws(Failure) {
        let isLast = last?.equalsBytewise(shard.name) == true
        if isLast && isTaken { return }
        throw Failure(
            "\(shard.name): \(shard.size - record.size) bytes were added to it since it was processed"
                + (isLast
                    ? "; process the new lines with \(Parameter.appended), or put them into a new shard"
                    : ", and later shards were decided without them; put the new lines into a new shard, or rewrite "
                        + "the whole output with \(Parameter.replace)"))
    }

    /// Moves the partly processed shard to the front of the new ones.
    private static func putFirst(_ partial: PartialShard, _ new: inout [PlannedShard], isNamed: Bool) throws(Failure) {
        guard let place = new.firstIndex(where: { $0.shard.name.equalsBytewise(partial.name) }) else {
            if isNamed {
                throw Failure(
                    "\(partial.name): partly processed earlier, but no longer in its input; restore it, or rewrite the "
                        + "whole output with \(Parameter.replace)")
            }
            throw .usage(
                "the shard \(partial.name) was partly processed, but its input is missing from this run; add the input "
                    + partial.input)
        }
        var shard = new.remove(at: place)
        shard.partial = partial
        new.insert(shard, at: 0)
    }
}

/// The order of a corpus: inputs in the order in which they were first given, and the shards of an input by the bytes
/// of their names.
struct ShardOrder {
    private var ranks: [BytewiseName: Int] = [:]

    init(inputs: [Catalog.Input]) {
        for name in inputs.map({ BytewiseName($0.name) }) where ranks[name] == nil { ranks[name] = ranks.count }
    }

    func areInOrder(_ a: (input: String, name: String), _ b: (input: String, name: String)) -> Bool {
        let first = ranks[BytewiseName(a.input)] ?? Int.max
        let second = ranks[BytewiseName(b.input)] ?? Int.max
        return first == second ? a.name.precedesBytewise(b.name) : first < second
    }
}

/// The state of an output, as its catalog records it.
struct OutputRecord {
    var inputs: [Catalog.Input] = []
    var done: [Catalog.ShardRecord] = []
    var partial: PartialShard?
    var index = IndexState.empty
    var identity: UInt64 = 0
    /// The other outputs with which its documents were compared.
    var against: [Catalog.OtherOutput] = []

    static let empty = OutputRecord()
}
