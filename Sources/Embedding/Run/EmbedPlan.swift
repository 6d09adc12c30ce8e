package import Basics
package import Corpus
internal import Foundation
internal import OutputStore
package import Pipelines

/// What a run embeds of its inputs.
package struct EmbedPlan {
    package let inputs: [EmbeddingsRecord.Input]
    /// Shards without vectors, and those that have changed.
    private(set) var tasks: [ShardTask] = []
    /// Shards that are done whose file has another time of modification, and the same content.
    private(set) var touched: [EmbeddingsRecord.Shard] = []
    /// Shards that are done and are gone from the inputs.
    package let missing: [String]
    /// What else lies in the inputs.
    package let others: OtherFiles
    /// The links to folders that were followed.
    package let followedLinks: [CorpusInput]

    /// - Parameters:
    ///   - named: the inputs, as they were given.
    ///   - record: what is done.
    ///   - folder: where the only input lies now, which may be empty; nil for where it was said to be.
    ///   - skipped: damaged shards, which are left out.
    /// - Throws: a usage error when an input is missing, or two have one name.
    package init(
        _ named: [CorpusInput], _ record: EmbeddingsRecord?, in folder: String? = nil,
        selecting selection: ShardSelection, without skipped: SkippedShards
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
        let listing = try ShardListing(of: places, selecting: selection) {
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
                tasks.append(ShardTask(shard: shard, ordinal: tasks.count, input: input))
            }
        }
        var missing: [String] = []
        for (place, input) in inputs.enumerated() {
            let gone = left.values.filter { $0.input.equalsBytewise(input.name) }.map(\.name)
            let leftOut = listing.leftOut(of: gone, input: place)
            missing += gone.filter { !leftOut.contains(BytewiseName($0)) && !skipped.contains($0) }
        }
        self.missing = missing.sorted { $0.precedesBytewise($1) }
        others = listing.others
        followedLinks = listing.followedLinks
        self.inputs = inputs
    }

    package var bytes: Int64 { tasks.total(\.shard.size) }

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
    package static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
