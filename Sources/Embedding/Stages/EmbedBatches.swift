package import Basics
package import Corpus
internal import PipelineGraph
internal import Pipelines

// What travels through the stages of embedding. Each is owned by one stage at a time, which hands it on.

/// Documents as sequences of token ids, special ones included.
package final class TokenizedDocuments: Measured, @unchecked Sendable {
    /// What a document became.
    package struct Row: BitwiseCopyable {
        /// How many of the sequences are its own: none for a line that is no document.
        package var sequences: Int32
        var tokens: Int
        var isTruncated: Bool
        var isBad: Bool
    }

    /// The documents, without their lines and texts.
    package let batch: Documents
    package let rows: Buffer<Row>
    /// How many ids each sequence has.
    package let lengths: Buffer<Int32>
    private(set) var ids: Buffer<Int32>
    /// The statistics of the texts, where they are wanted.
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

    /// Lets go of the ids, once they were copied.
    func dropIDs() { ids = Buffer() }
}

/// Documents whose sequences are encoded in the order of their lengths, the longest first.
package final class EncodingWindow: @unchecked Sendable {
    package struct Sequence: BitwiseCopyable {
        /// Where its ids begin.
        package var start: Int
        package var count: Int32
        /// Whether it is the first of its document.
        var isFirst: Bool
    }

    package let batches: [TokenizedDocuments]
    /// In the order in which they are encoded.
    package let sequences: Buffer<Sequence>
    /// The ids of the sequences, in that order.
    package let ids: Buffer<Int32>
    /// Where a sequence stands in that order, by its place in the order of the documents.
    package let places: Buffer<Int32>
    /// The vectors, in that order. Units write to rows of their own.
    private let vectors: UnsafeMutableBufferPointer<Float>
    private let dimensions: Int

    package init(_ batches: [TokenizedDocuments], dimensions: Int) {
        self.batches = batches
        self.dimensions = dimensions
        // Where ids lie, in the order of the documents.
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

    /// Room for the vectors of the sequences from one on.
    package func room(from sequence: Int) -> UnsafeMutablePointer<Float> {
        vectors.baseAddress! + sequence * dimensions
    }

    /// The vector of a sequence, by its place in the order of the documents.
    package func vector(_ index: Int) -> UnsafeBufferPointer<Float> {
        let start = Int(places[index]) * dimensions
        return UnsafeBufferPointer(rebasing: vectors[start..<start + dimensions])
    }
}

/// Sequences of a window that are encoded at once.
package struct EncodingUnit: Measured {
    package let window: EncodingWindow
    package let sequences: Range<Int>

    /// Whether it ends its window.
    package var isLast: Bool { sequences.upperBound == window.sequences.count }

    /// Documents that begin in it.
    package var documents: Int { sequences.count { window.sequences[$0].isFirst } }
    /// Ids.
    package var tokens: Int { sequences.reduce(0) { $0 + Int(window.sequences[$1].count) } }
    package var bytes: Int { tokens * 4 }
}

/// Shards whose vectors are in place, for good: those up to an ordinal.
package struct CommittedVectors: ShardsDone {
    let lastOrdinal: Int
    let documents: Int
    let bytes: Int
}
