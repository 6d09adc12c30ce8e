package import Basics
package import Corpus
internal import PipelineGraph
internal import Pipelines

// The messages between the stages of embedding. One stage at a time owns a message; it does not use it after sending
// it.

/// Documents as sequences of token ids, including special tokens.
package final class TokenizedDocuments: Measured, @unchecked Sendable {
    /// The result of tokenizing one document.
    package struct Row: BitwiseCopyable {
        /// The number of sequences that belong to the document; 0 for a bad line.
        package var sequences: Int32
        var tokens: Int
        var isTruncated: Bool
        var isBad: Bool
    }

    /// The documents, without their lines and texts.
    package let batch: Documents
    package let rows: Buffer<Row>
    /// The number of ids of each sequence.
    package let lengths: Buffer<Int32>
    private(set) var ids: Buffer<Int32>
    /// The statistics of the texts; nil if they are not needed.
    package let analysis: TextAnalysis?

    package init(
        _ batch: Documents, rows: consuming Buffer<Row>, lengths: consuming Buffer<Int32>,
        ids: consuming Buffer<Int32>, analysis: TextAnalysis? = nil
    ) {
        self.batch = batch
        self.rows = rows
        self.lengths = lengths
        self.ids = ids
        self.analysis = analysis
        bytes = self.ids.count * 4
    }

    package let bytes: Int
    package var documents: Int { batch.documentCount }

    /// Frees the ids after they were copied to a window.
    func dropIDs() { ids = Buffer() }
}

/// A group of documents that are encoded together, in the order of the lengths of their sequences, the longest first:
/// sequences of about the same length make a matrix product without padding.
package final class EncodingWindow: @unchecked Sendable {
    package struct Sequence: BitwiseCopyable {
        /// The index of its first id in `ids`.
        package var start: Int
        package var count: Int32
        /// Whether it is the first sequence of its document.
        var isFirst: Bool
    }

    package let batches: [TokenizedDocuments]
    /// The sequences, in the order in which they are encoded.
    package let sequences: Buffer<Sequence>
    /// The ids of the sequences, in the order in which these are encoded.
    package let ids: Buffer<Int32>
    /// For each sequence, in the order of the documents, its index in `sequences`.
    package let places: Buffer<Int32>
    /// One vector for each sequence, in the order in which these are encoded. Each unit writes only the vectors of its
    /// own sequences, so several threads write at once.
    private let vectors: UnsafeMutableBufferPointer<Float>
    private let dimensions: Int

    package init(_ batches: [TokenizedDocuments], dimensions: Int) {
        self.batches = batches
        self.dimensions = dimensions
        // The position of each sequence's ids, in the order of the documents.
        var found: [(batch: Int, start: Int, count: Int32, isFirst: Bool)] = []
        var total = 0
        for (number, batch) in batches.enumerated() {
            var start = 0
            var sequence = 0
            for row in batch.rows.elements {
                for place in 0..<Int(row.sequences) {
                    let count = batch.lengths[sequence]
                    found.append((number, start, count, place == 0))
                    start += Int(count)
                    sequence += 1
                }
            }
            total += start
        }
        let order = found.indices.sorted { (found[$1].count, $0) < (found[$0].count, $1) }
        var sequences = Buffer<Sequence>(capacity: found.count)
        var ids = Buffer<Int32>(capacity: total)
        var places = Buffer<Int32>(capacity: found.count)
        for _ in found { places.append(0) }
        for (place, index) in order.enumerated() {
            let (batch, start, count, isFirst) = found[index]
            places[index] = Int32(place)
            sequences.append(Sequence(start: ids.count, count: count, isFirst: isFirst))
            ids.append(contentsOf: batches[batch].ids.slice(start..<start + Int(count)))
        }
        for batch in batches { batch.dropIDs() }
        self.sequences = sequences
        self.ids = ids
        self.places = places
        vectors = .allocate(capacity: max(1, found.count * dimensions))
    }

    deinit {
        vectors.deallocate()
    }

    /// The memory for the vectors of the sequences from this one on.
    package func room(from sequence: Int) -> UnsafeMutablePointer<Float> {
        vectors.baseAddress! + sequence * dimensions
    }

    /// The vector of a sequence.
    ///
    /// - Parameter index: the sequence's position in the order of the documents.
    package func vector(_ index: Int) -> UnsafeBufferPointer<Float> {
        let start = Int(places[index]) * dimensions
        return UnsafeBufferPointer(rebasing: vectors[start..<start + dimensions])
    }
}

/// Consecutive sequences of a window that one thread encodes.
package struct EncodingUnit: Measured {
    package let window: EncodingWindow
    package let sequences: Range<Int>

    /// Whether this is the last unit of its window.
    package var isLast: Bool { sequences.upperBound == window.sequences.count }

    /// The number of documents whose first sequence is in the unit.
    package var documents: Int { sequences.count { window.sequences[$0].isFirst } }
    /// The number of ids.
    package var tokens: Int { sequences.reduce(0) { $0 + Int(window.sequences[$1].count) } }
    package var bytes: Int { tokens * 4 }
}

/// A message that the vectors of all shards up to an ordinal are durable, under their final names.
package struct CommittedVectors: ShardsDone {
    let lastOrdinal: Int
    let documents: Int
    let bytes: Int
}
