internal import Basics
internal import Corpus
internal import Foundation

/// What a run embeds of its inputs.
struct EmbedPlan {
    let inputs: [EmbeddingsRecord.Input]
    /// Shards without vectors, and those that have changed.
    private(set) var tasks: [EmbeddingTask] = []
    /// Shards that are done whose file has another time of modification, and the same content.
    private(set) var touched: [EmbeddingsRecord.Shard] = []
    /// Shards that are done and are gone from the inputs.
    let missing: [String]
    /// Files in the inputs that are no shards.
    let ignored: [String]

    /// - Parameters:
    ///   - named: the inputs, as they were given.
    ///   - record: what is done.
    ///   - folder: where the only input lies now, which may be empty; nil for where it was said to be.
    ///   - skipped: damaged shards, which are left out.
    /// - Throws: a usage error when an input is missing, or two have one name.
    init(
        _ named: [CorpusInput], _ record: EmbeddingsRecord?, in folder: String? = nil, without skipped: SkippedShards
    ) throws(Failure) {
        let known = (record?.inputs ?? []).map { ($0.name, $0.label) }
        let labelled = try CorpusInput.labelled(named, known: known)
        var inputs: [EmbeddingsRecord.Input] = []
        for (named, labelled) in zip(named, labelled) {
            inputs.append(
                .init(name: try named.name(), label: labelled.label, path: Self.absolute(named.path)))
        }
        let done = Done(record)
        let places = labelled.map { CorpusInput(label: $0.label, path: folder ?? $0.path) }
        let listing = try ShardListing(of: places) {
            folder != nil || done.inputs.contains(BytewiseName(inputs[$0].name))
        }
        var left = done.shards
        for shard in skipped.leaving(listing.shards) {
            let input = inputs[shard.input].name
            if let recorded = left.removeValue(forKey: BytewiseName(shard.name)),
                let current = try recorded.asRead(from: shard)
            {
                if current != recorded { touched.append(current) }
            } else {
                tasks.append(EmbeddingTask(shard: shard, ordinal: tasks.count, input: input))
            }
        }
        let names = Set(inputs.map { BytewiseName($0.name) })
        missing = left.values
            .filter { names.contains(BytewiseName($0.input)) && !skipped.contains($0.name) }.map(\.name)
            .sorted { $0.precedesBytewise($1) }
        ignored = listing.ignored
        self.inputs = inputs
    }

    var bytes: Int64 { tasks.total(\.shard.size) }

    private struct Done {
        let shards: [BytewiseName: EmbeddingsRecord.Shard]
        let inputs: Set<BytewiseName>

        init(_ record: EmbeddingsRecord?) {
            let all = record?.shards ?? []
            shards = Dictionary(all.map { (BytewiseName($0.name), $0) }) { $1 }
            inputs = Set(all.map { BytewiseName($0.input) })
        }
    }

    /// Where a path leads from any folder.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
