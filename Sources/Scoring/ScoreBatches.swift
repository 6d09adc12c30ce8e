package import Basics
package import Corpus
package import Embedding
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import QualityScoring

// What travels through the stages of scoring. Each is owned by one stage at a time, which hands it on.

/// Documents whose texts were looked at, without their lines and texts.
struct AnalyzedDocuments: Measured {
    let batch: Documents
    let analysis: TextAnalysis

    var documents: Int { batch.documentCount }
    var bytes: Int { batch.count * TextAnalysis.bytesOfDocument }
}

/// Documents with their vectors.
package final class VectoredDocuments: Measured, @unchecked Sendable {
    package let batch: Documents
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

    /// Zeros for a line that is no document.
    package func vector(of document: Int) -> UnsafeBufferPointer<Float> {
        vectors.slice(document * dimensions..<(document + 1) * dimensions)
    }
}

/// Documents with their lines of attributes.
final class ScoredDocuments: Measured, @unchecked Sendable {
    let batch: Documents
    /// A line of attributes for each line of the batch.
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

/// A shard whose scores are in place, for good.
struct CommittedScores: ShardsDone {
    let shard: Shard
    let record: ScoresRecord.Shard
    let lastOrdinal: Int

    var documents: Int { record.documents }
    var bytes: Int { Int(record.scores.bytes) }
}
