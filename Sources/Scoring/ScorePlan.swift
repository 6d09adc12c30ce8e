internal import Basics
internal import Corpus
internal import OutputStore
internal import Pipelines

/// The shards of a corpus that a run has to score.
struct ScorePlan {
    /// All shards, in corpus order.
    let shards: [Shard]
    /// The shards that have no scores, or whose content has changed since they were scored.
    private(set) var tasks: [ShardTask] = []
    /// The records of scored shards whose time of modification has changed, but not their content.
    private(set) var touched: [ScoresRecord.Shard] = []
    /// The shards that have scores but are not selected in this run.
    let leftOut: [String]
    /// The shards that have scores but no longer exist.
    let gone: [String]
    /// Files in the corpus that are not shards.
    let others: OtherFiles
    /// The links to folders that were followed.
    let followedLinks: [CorpusInput]

    /// Lists the corpus and compares it with the record.
    ///
    /// - Parameters:
    ///   - record: the scores that exist already.
    ///   - mayBeEmpty: whether the corpus may have no shards.
    ///   - skipped: damaged shards, which are treated as deleted.
    /// - Throws: a usage error if the corpus is not a folder.
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
                let current = try recorded.ifUnchanged(from: shard)
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

    /// The size of the shards that are to be scored.
    var bytes: Int64 { tasks.total(\.shard.size) }
}
