internal import Basics
internal import Corpus
internal import PipelineGraph
package import Pipelines

/// A sample of the documents of a corpus: those whose text has a hash up to `limit`. The sample does not depend on the
/// order of the corpus, nor on how it is cut into shards.
package struct DocumentSample: Transform {
    /// The largest hash of a text in the sample.
    package let limit: UInt64

    package init(limit: UInt64) {
        self.limit = limit
    }

    package static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 { hash64(UnsafeRawBufferPointer(text)) }

    package func transform(_ input: ReadDocuments) -> ReadDocuments {
        let batch = input.batch
        for document in 0..<batch.count
        where batch.documents[document].fate == .kept && Self.hash(batch.text(document)) > limit {
            batch.documents[document].fate = .dropped
        }
        return input
    }
}
