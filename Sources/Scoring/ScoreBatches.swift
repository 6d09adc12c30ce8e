package import Basics
package import Corpus
package import Embedding
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import QualityScoring

// The batches that pass through the stages of scoring. Only one stage at a time uses a batch.

/// Documents with the statistics of their texts. Their lines and texts have been released.
struct AnalyzedDocuments: Measured {
    let batch: Documents
    let analysis: TextAnalysis

    var documents: Int { batch.documentCount }
    var bytes: Int { batch.count * TextAnalysis.bytesOfDocument }
}

/// Documents with their statistics and vectors.
package final class VectoredDocuments: Measured, @unchecked Sendable {
    /// The documents, without their lines and texts.
    package let batch: Documents
    /// The statistics of their texts.
    package let analysis: TextAnalysis
    private let dimensions: Int
    private let vectors: Buffer<Float>

    package init(_ batch: Documents, _ analysis: TextAnalysis, dimensions: Int, vectors: consuming Buffer<Float>) {
        self.batch = batch
        self.analysis = analysis
        self.dimensions = dimensions
        self.vectors = vectors
    }

    package var documents: Int { batch.documentCount }
    package var bytes: Int { vectors.count * 4 }

    /// Returns the vector of a document; zeros if the line is not a document.
    package func vector(of document: Int) -> UnsafeBufferPointer<Float> {
        vectors.slice(document * dimensions..<(document + 1) * dimensions)
    }
}

/// Documents with their lines of scores.
final class ScoredDocuments: Measured, @unchecked Sendable {
    let batch: Documents
    /// The lines for the scores file, one for each line of the batch.
    let lines: Buffer<UInt8>
    let counts: ScoreCounts

    init(_ batch: Documents, lines: consuming Buffer<UInt8>, counts: ScoreCounts) {
        self.batch = batch
        self.lines = lines
        self.counts = counts
    }

    var documents: Int { batch.documentCount }
    var bytes: Int { lines.count }
}

/// A shard whose scores are committed.
struct CommittedScores: ShardsDone {
    let shard: Shard
    let record: ScoresRecord.Shard
    let lastOrdinal: Int

    var documents: Int { record.documents }
    var bytes: Int { Int(record.scores.bytes) }
}
