internal import Basics
internal import Corpus

/// What a run scores of a corpus.
struct ScorePlan {
    /// All shards, in the order of the corpus.
    let shards: [Shard]
    /// Shards without scores, and those that have changed.
    private(set) var tasks: [EmbeddingTask] = []
    /// Shards that are done whose file has another time of modification, and the same content.
    private(set) var touched: [ScoresRecord.Shard] = []
    /// Shards that have scores and are gone.
    let gone: [String]
    /// Files that are no shards.
    let ignored: [String]

    /// - Parameters:
    ///   - record: what is done.
    ///   - mayBeEmpty: whether there may be no shards.
    ///   - skipped: damaged shards, which count as gone.
    /// - Throws: a usage error when the corpus is no folder.
    init(
        _ corpus: String, _ record: ScoresRecord?, mayBeEmpty: Bool, without skipped: SkippedShards
    ) throws(Failure) {
        let input = CorpusInput(path: corpus)
        let listing = try ShardListing(of: [input]) { _ in mayBeEmpty || record?.shards.isEmpty == false }
        let name = try input.name()
        var left = Dictionary((record?.shards ?? []).map { (BytewiseName($0.name), $0) }) { $1 }
        shards = skipped.leaving(listing.shards)
        for shard in shards {
            if let recorded = left.removeValue(forKey: BytewiseName(shard.name)),
                let current = try recorded.asRead(from: shard)
            {
                if current != recorded { touched.append(current) }
            } else {
                tasks.append(EmbeddingTask(shard: shard, ordinal: tasks.count, input: name))
            }
        }
        gone = left.values.map(\.name).sorted { $0.precedesBytewise($1) }
        ignored = listing.ignored
    }

    var bytes: Int64 { tasks.total(\.shard.size) }
}
