internal import Basics
internal import Corpus
internal import PipelineGraph
internal import QualityScoring

// What travels through the stages of scoring. Each is owned by one stage at a time, which hands it on.

/// The statistics of the texts of a batch, and what kinds of texts they are.
final class TextAnalysis: @unchecked Sendable {
    private let values: Buffer<Float>
    let profiles: Buffer<TextProfile>
    /// XXH3 of the texts: equal ones are of one group.
    let hashes: Buffer<UInt64>

    init(_ batch: Documents, _ analyzer: TextAnalyzer) {
        let count = TextStatistics.count
        var values = Buffer<Float>(capacity: batch.count * count)
        var profiles = Buffer<TextProfile>(capacity: batch.count)
        var hashes = Buffer<UInt64>(capacity: batch.count)
        for document in 0..<batch.count {
            profiles.append(analyzer.analyze(batch.text(document), into: values.reserve(count)))
            values.advance(count)
            hashes.append(hash64(UnsafeRawBufferPointer(batch.text(document))))
        }
        self.values = values
        self.profiles = profiles
        self.hashes = hashes
    }

    /// Bytes that it takes of every document.
    static var bytesOfDocument: Int { TextStatistics.count * 4 + MemoryLayout<TextProfile>.stride + 8 }

    func values(of document: Int) -> UnsafeBufferPointer<Float> {
        let count = TextStatistics.count
        return values.slice(document * count..<(document + 1) * count)
    }
}

/// Documents whose texts were looked at, without their lines and texts.
struct AnalyzedDocuments: Measured {
    let batch: Documents
    let analysis: TextAnalysis

    var documents: Int { batch.documentCount }
    var bytes: Int { batch.count * TextAnalysis.bytesOfDocument }
}

/// Documents with their vectors.
final class VectoredDocuments: Measured, @unchecked Sendable {
    let batch: Documents
    let analysis: TextAnalysis
    private let dimensions: Int
    private let vectors: Buffer<Float>

    init(_ batch: Documents, _ analysis: TextAnalysis, dimensions: Int, vectors: consuming Buffer<Float>) {
        self.batch = batch
        self.analysis = analysis
        self.dimensions = dimensions
        self.vectors = vectors
    }

    var documents: Int { batch.documentCount }
    var bytes: Int { vectors.count * 4 }

    /// Zeros for a line that is no document.
    func vector(of document: Int) -> UnsafeBufferPointer<Float> {
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
