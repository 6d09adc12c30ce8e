internal import Basics
package import Corpus
internal import PipelineGraph

/// A batch of lines of a shard, which are not parsed yet.
package struct ReadBatch: Measured {
    package let raw: RawBatch

    package init(raw: RawBatch) {
        self.raw = raw
    }

    // Not known before the batch is parsed.
    package var documents: Int { 0 }
    package var bytes: Int { raw.bytes.count }
}

/// The documents of a batch.
package struct ReadDocuments: Measured {
    package let batch: Documents

    package var documents: Int { batch.documentCount }
    package var bytes: Int { batch.raw.bytes.count }
}
