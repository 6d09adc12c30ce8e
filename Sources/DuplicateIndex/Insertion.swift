package import Corpus

/// A document that is added to the index.
///
/// The memory behind its pointers must stay valid and unchanged until the insertion has ended.
package struct NewDocument: @unchecked Sendable {
    let place: Place
    let id: DocumentIDBytes
    let keys: UnsafeBufferPointer<UInt64>
    let shingles: UnsafeBufferPointer<UInt64>

    /// - Parameters:
    ///   - keys: the document's keys, one for each band.
    ///   - shingles: the document's shingles, ascending and without repetitions.
    package init(
        place: Place, id: DocumentIDBytes, keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>
    ) {
        self.place = place
        self.id = id
        self.keys = keys
        self.shingles = shingles
    }
}

/// The insertion of documents into an index, divided into parts that several threads can do at the same time.
package struct Insertion: Sendable {
    /// A part of an insertion.
    package enum Part: Sendable {
        /// Writes the records of these documents to the log.
        case records(Range<Int>)
        /// Adds the keys of all documents to these parts of the table of band keys.
        case keys(Range<Int>)
    }

    /// A part with fewer words of records than this costs more than it saves.
    package static let leastWords = 1 << 13
    /// The same for keys.
    package static let leastKeys = 1 << 9

    let documents: [NewDocument]
    /// The log offset of each document, and the end of the last document.
    let offsets: [Int]
    /// The parts, in no particular order.
    package let parts: [Part]

    /// - Parameters:
    ///   - offsets: the log offset of each document, and the end of the last document.
    ///   - threads: the number of threads that do the parts. Half of them get records, and the others keys.
    init(_ documents: [NewDocument], offsets: [Int], threads: Int) {
        self.documents = documents
        self.offsets = offsets
        guard !documents.isEmpty else {
            parts = []
            return
        }
        let words = offsets.last! - offsets[0]
        let size = max(Self.leastWords, words / max(1, threads / 2))
        var parts: [Part] = []
        var first = 0
        for end in 1...documents.count where offsets[end] - offsets[first] >= size || end == documents.count {
            parts.append(.records(first..<end))
            first = end
        }
        let keys = documents.count * documents[0].keys.count
        let groups = max(1, min(threads / 2, BandTable.partCount, keys / Self.leastKeys))
        for group in 0..<groups {
            parts.append(.keys(BandTable.partCount * group / groups..<BandTable.partCount * (group + 1) / groups))
        }
        self.parts = parts
    }
}
