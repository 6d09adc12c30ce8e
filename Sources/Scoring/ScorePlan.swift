internal import Basics
internal import Corpus
internal import OutputStore
internal import Pipelines

/// What a run scores of a corpus.
struct ScorePlan {
    /// All shards, in the order of the corpus.
    let shards: [Shard]
    /// Shards without scores, and those that have changed.
    private(set) var tasks: [ShardTask] = []
    /// Shards that are done whose file has another time of modification, and the same content.
    private(set) var touched: [ScoresRecord.Shard] = []
    /// Shards that have scores and that the selection leaves out.
    let leftOut: [String]
    /// Shards that have scores and are gone.
    let gone: [String]
    /// What else lies in the corpus.
    let others: OtherFiles
    /// The links to folders that were followed.
    let followedLinks: [CorpusInput]

    /// - Parameters:
    ///   - record: what is done.
    ///   - mayBeEmpty: whether there may be no shards.
    ///   - skipped: damaged shards, which count as gone.
    /// - Throws: a usage error when the corpus is no folder.
    init(
        _ corpus: String, _ record: ScoresRecord?, mayBeEmpty: Bool, selecting selection: ShardSelection,
        without skipped: SkippedShards
    ) throws(Failure) {
        let input = CorpusInput(path: corpus)
        let listing = try ShardListing(of: [input], selecting: selection) { _ in
            mayBeEmpty || record?.shards.isEmpty == false
        }
        let name = try input.name()
        var left = Dictionary((record?.shards ?? []).map { (BytewiseName($0.name), $0) }) { $1 }
        shards = skipped.leaving(listing.shards)
        for shard in shards {
            if let recorded = left.removeValue(forKey: BytewiseName(shard.name)),
                let current = try recorded.asRead(from: shard)
            {
                if current != recorded { touched.append(current) }
            } else {
                tasks.append(ShardTask(shard: shard, ordinal: tasks.count, input: name))
            }
        }
        let leftOut = listing.leftOut(of: left.values.map(\.name), input: 0)
        self.leftOut = leftOut.map(\.string)
        gone = left.values.map(\.name).filter { !leftOut.contains(BytewiseName($0)) }
            .sorted { $0.precedesBytewise($1) }
        others = listing.others
        followedLinks = listing.followedLinks
    }

    var bytes: Int64 { tasks.total(\.shard.size) }
}
