/// How much of an index is for good: what the catalog records with every commit.
package struct IndexState: Sendable, Equatable {
    /// A place in the sequence of kept documents.
    package struct Position: Sendable, Equatable {
        /// Words of the document log before it.
        package var words: Int
        package var documents: Int
        /// Shingles of the documents, distinct within each.
        package var shingles: Int

        package static let start = Position(words: 0, documents: 0, shingles: 0)
    }

    package var position: Position
    /// The segments of band keys, in the order of their documents. They cover documents from the first one on, and all
    /// but the last ones.
    var segments: [BandSegment.Info]

    /// The number, the band keys and the bytes of every segment.
    package var segmentSizes: [(number: Int, entries: Int, bytes: Int)] {
        segments.map { ($0.number, $0.entries, BandSegment.fileBytes(entries: $0.entries)) }
    }

    package static let empty = IndexState(position: .start, segments: [])
}
