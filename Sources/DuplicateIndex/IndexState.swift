/// The durable part of an index, as the catalog records it with every commit.
package struct IndexState: Sendable, Equatable {
    /// A position in the sequence of kept documents. Its numbers count everything before the position.
    package struct Position: Sendable, Equatable {
        /// The number of 8-byte words of the document log.
        package var words: Int
        /// The number of documents.
        package var documents: Int
        /// The number of shingles of these documents; a shingle counts once for each document that has it.
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
        /// The number in the name of the segment's file.
        package let number: Int
        /// The number of band keys in the segment.
        package let entries: Int
        /// The range of the document log, in words, with the documents of the segment.
        package let documents: Range<Int>
        /// The checksum of the segment's header, which contains the checksums of the other parts.
        package let check: UInt64

        package init(number: Int, entries: Int, documents: Range<Int>, check: UInt64) {
            self.number = number
            self.entries = entries
            self.documents = documents
            self.check = check
        }
    }

    /// The end of the durable documents.
    package var position: Position
    /// The segments of band keys, in the order of their documents. Together they have the keys of all documents except
    /// the last ones, whose keys are computed again from the log when the index is opened.
    package var segments: [Segment]

    /// The number, the number of band keys and the size in bytes of every segment.
    package var segmentSizes: [(number: Int, entries: Int, bytes: Int)] {
        segments.map { ($0.number, $0.entries, BandSegment.fileBytes(entries: $0.entries)) }
    }

    package static let empty = IndexState(position: .start, segments: [])
}
