internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import OutputStore
internal import Pipelines
internal import Reports

/// Notices new shards that are most likely earlier ones under another name: those that repeat one shard that no input
/// of the run has.
///
/// The runs before took that shard in, so that its documents are removed as duplicates under the new name, which nobody
/// sees who does not look for it.
final class RenamedShards: Sendable {
    /// The earlier shards that no input of the run has, by their places in the corpus.
    private let gone: [Int: Catalog.ShardRecord]
    /// Their places, by the digests of their files.
    private let places: [String: Int]
    private let plan: InputPlan
    private let earlierInputs: [Catalog.Input]
    private let arguments: [String]
    /// Where earlier inputs are; made when it is needed. The report of the last run tells.
    private let originals: Locked<OriginalShards?>
    private let findOriginals: @Sendable () -> OriginalShards?
    private let found: Locked<[Report.RenamedShard]>

    /// - Parameters:
    ///   - arguments: the inputs as they were given.
    ///   - out: the output, whose report says where earlier inputs were; nil where there is none.
    ///   - found: where what is found goes.
    /// - Returns: nil when every earlier shard is where it was, or nothing is new.
    init?(
        _ plan: InputPlan, _ record: OutputRecord, arguments: [String], out: String?,
        found: Locked<[Report.RenamedShard]>
    ) {
        if plan.shards.new.isEmpty { return nil }
        let missing = Set(plan.missing.map { BytewiseName($0) })
        let named = Set(plan.inputs.map { BytewiseName($0.name) })
        var gone: [Int: Catalog.ShardRecord] = [:]
        var places: [String: Int] = [:]
        for shard in record.done
        where shard.counts.documents > 0
            && (missing.contains(BytewiseName(shard.name)) || !named.contains(BytewiseName(shard.input)))
        {
            gone[shard.ordinal] = shard
            places[shard.digest] = shard.ordinal
        }
        if gone.isEmpty { return nil }
        self.gone = gone
        self.places = places
        self.plan = plan
        self.found = found
        earlierInputs = record.inputs
        self.arguments = arguments
        originals = Locked(nil)
        findOriginals = { [inputs = record.inputs] in
            guard let run = out.flatMap({ try? FinishedOutput($0).report().run }) else { return nil }
            return try? OriginalShards(named: [], recorded: run.inputs, in: run.folder, inputs: inputs)
        }
    }

    /// Counts the twins of a batch's removed documents that are in shards that are gone.
    func count(_ removals: [Removal], _ twins: TwinNames, in counts: inout [Int: Int]) {
        for removal in removals where twins.isOwn(removal.twin) && gone[removal.twin.place.shard] != nil {
            counts[removal.twin.place.shard, default: 0] += 1
        }
    }

    /// Looks at a new shard at its end.
    ///
    /// - Parameter twins: of its documents, by the places of the shards that are gone.
    func check(_ ordinal: Int, _ counts: DocumentCounts, digest: String, twins: [Int: Int]) {
        let shard = plan.shards[ordinal]
        let most = twins.max { ($0.value, $1.key) < ($1.value, $0.key) }
        if let place = places[digest] {
            note(shard, counts, repeats: gone[place]!, counts.documents)
        } else if let most, most.value * 2 > counts.documents {
            note(shard, counts, repeats: gone[most.key]!, most.value)
        }
    }

    private func note(_ new: PlannedShard, _ counts: DocumentCounts, repeats old: Catalog.ShardRecord, _ documents: Int)
    {
        let isNamed = plan.inputs.contains { $0.name.equalsBytewise(old.input) }
        if !isNamed, isThere(old) { return }
        let path = argument(of: new.inputName)?.path
        var advice = "if it was renamed, give it its old name again"
        if !isNamed, let path, relativeName(new.shard.name, of: new.inputName).equalsBytewise(relativeName(old)) {
            advice = "if the input \(old.input) was renamed, name it \(old.input)=\(path) from now on"
        }
        let renamed = Report.RenamedShard(
            name: new.shard.name, repeats: old.name, documents: counts.documents, repeated: documents, advice: advice)
        found.withLock { $0.append(renamed) }
    }

    /// Whether a shard of an input that is not named this time is known to be where the last run had it.
    private func isThere(_ shard: Catalog.ShardRecord) -> Bool {
        let originals = self.originals.withLock { known in
            if known == nil { known = findOriginals() }
            return known
        }
        if case .path = try? originals?.original(of: shard) { return true }
        return false
    }

    private func argument(of input: String) -> CorpusInput? {
        for argument in arguments {
            guard let found = try? CorpusInput(argument: argument) else { continue }
            if let name = try? found.name(), name.equalsBytewise(input) { return found }
        }
        return nil
    }

    private func relativeName(_ shard: Catalog.ShardRecord) -> String { relativeName(shard.name, of: shard.input) }

    /// A shard's name without the label of its input.
    private func relativeName(_ name: String, of input: String) -> String {
        let known = earlierInputs + plan.inputs
        guard let label = known.first(where: { $0.name.equalsBytewise(input) })?.label else { return name }
        return String(decoding: name.utf8.dropFirst(label.utf8.count + 1), as: UTF8.self)
    }
}
