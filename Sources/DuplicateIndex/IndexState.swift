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

        package init(words: Int, documents: Int, shingles: Int) {
            self.words = words
            self.documents = documents
            self.shingles = shingles
        }
    }

    /// A segment of band keys, as the catalog records it.
    package struct Segment: Sendable, Equatable {
        package let number: Int
        /// How many band keys it holds.
        package let entries: Int
        /// The range of words of the document log that its documents occupy.
        package let documents: Range<Int>
        /// The checksum of its header; the header holds the checksums of its parts.
        package let check: UInt64

        package init(number: Int, entries: Int, documents: Range<Int>, check: UInt64) {
            self.number = number
            self.entries = entries
            self.documents = documents
            self.check = check
        }
    }

    package var position: Position
    /// The segments of band keys, in the order of their documents. They cover documents from the first one on, and all
    /// but the last ones.
    package var segments: [Segment]

    /// The number, the band keys and the bytes of every segment.
    package var segmentSizes: [(number: Int, entries: Int, bytes: Int)] {
        segments.map { ($0.number, $0.entries, BandSegment.fileBytes(entries: $0.entries)) }
    }

    package static let empty = IndexState(position: .start, segments: [])
}
