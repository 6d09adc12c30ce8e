internal import Corpus
package import OutputStore
internal import PipelineGraph

/// A shard whose output has its own name and is durable.
package struct CommittedShard: Measured {
    package let record: Catalog.ShardRecord

    package init(record: Catalog.ShardRecord) {
        self.record = record
    }

    package var documents: Int { record.counts.documents }
    package var bytes: Int { record.counts.keptBytes }
}
