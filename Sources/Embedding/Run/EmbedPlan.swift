package import Basics
package import Corpus
internal import Foundation
internal import OutputStore
package import Pipelines

/// The shards of the inputs that a run has to embed.
package struct EmbedPlan {
    /// The inputs with their names, labels and absolute paths.
    package let inputs: [EmbeddingsRecord.Input]
    /// The shards that have no vectors, or whose content has changed since they were embedded.
    private(set) var tasks: [ShardTask] = []
    /// The records of embedded shards whose time of modification has changed, but not their content.
    private(set) var touched: [EmbeddingsRecord.Shard] = []
    /// The shards that have vectors but no longer exist in the inputs.
    package let missing: [String]
    /// Other files in the inputs.
    package let others: OtherFiles
    /// The links to folders that were followed.
    package let followedLinks: [CorpusInput]

    /// Lists the inputs and compares them with the record.
    ///
    /// - Parameters:
    ///   - named: the inputs as the user gave them.
    ///   - record: the vectors that exist already.
    ///   - folder: the present path of the only input, if it is not the given one: the output of a run that is still in
    ///     progress. It may be empty.
    ///   - skipped: damaged shards, which are left out.
    /// - Throws: a usage error if an input does not exist, or if two inputs have the same name.
    package init(
        _ named: [CorpusInput], _ record: EmbeddingsRecord?, in folder: String? = nil,
        selecting selection: ShardSelection, without skipped: SkippedShards
    ) throws(Failure) {
        let known = (record?.inputs ?? []).map { ($0.name, $0.label) }
        let labelled = try CorpusInput.labelled(named, known: known)
        var inputs: [EmbeddingsRecord.Input] = []
        for (named, labelled) in zip(named, labelled) {
            inputs.append(
                .init(name: try named.name(), label: labelled.label, path: LocalPath.absolute(named.path)))
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
                let current = try recorded.ifUnchanged(from: shard)
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

    /// The size of the shards that are to be embedded.
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
}
