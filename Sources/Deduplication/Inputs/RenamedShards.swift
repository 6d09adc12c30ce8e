internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import OutputStore
internal import Pipelines
internal import Reports

/// Finds new shards that are probably processed shards under a new name, in order to warn the user. Such a shard
/// repeats the documents of one processed shard that is gone, that is, no longer in any input of the run.
///
/// An earlier run has kept the documents under the old name. So all of them are removed as duplicates under the new
/// name, and the user would not notice.
final class RenamedShards: Sendable {
    /// The processed shards that are gone from the inputs, by their ordinals.
    private let gone: [Int: Catalog.ShardRecord]
    /// The ordinals of these shards, by the digests of their files.
    private let places: [String: Int]
    private let plan: InputPlan
    private let earlierInputs: [Catalog.Input]
    private let arguments: [String]
    /// Finds the input files of processed shards, by the paths in the report of the last run. Created when it is first
    /// needed.
    private let originals: Locked<OriginalShards?>
    private let findOriginals: @Sendable () -> OriginalShards?
    private let found: Locked<[Report.RenamedShard]>

    /// - Parameters:
    ///   - arguments: the inputs as they were given.
    ///   - out: the output, whose report has the paths of earlier inputs; nil if there is no output.
    ///   - found: the list to which renamed shards are added.
    /// - Returns: nil if no processed shard is gone, or if there are no new shards.
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

    /// Counts the removed documents of a batch whose twins are in shards that are gone, by the ordinals of these
    /// shards.
    func count(_ removals: [Removal], _ twins: TwinNames, in counts: inout [Int: Int]) {
        for removal in removals where twins.isOwn(removal.twin) && gone[removal.twin.place.shard] != nil {
            counts[removal.twin.place.shard, default: 0] += 1
        }
    }

    /// Notes a new shard that is probably a renamed one: its file equals the file of a shard that is gone, or more than
    /// half of its documents have their twins in one. Called when all documents of the shard are decided.
    ///
    /// - Parameter twins: for each shard that is gone, by its ordinal: the number of documents of the new shard whose
    ///   twins are in it.
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

    /// Whether a shard still exists at the path that it had in the last run. Used if its input is not an input of this
    /// run.
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

    /// Returns a shard's name without the label of its input.
    private func relativeName(_ name: String, of input: String) -> String {
        let known = earlierInputs + plan.inputs
        guard let label = known.first(where: { $0.name.equalsBytewise(input) })?.label else { return name }
        return String(decoding: name.utf8.dropFirst(label.utf8.count + 1), as: UTF8.self)
    }
}
