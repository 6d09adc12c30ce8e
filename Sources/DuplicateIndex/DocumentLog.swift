internal import Basics
internal import Corpus

/// What is compared of the kept documents, and what they are called: an append-only file, one record for each.
///
/// A record is 8-byte words: the shard's place in the corpus and the kind of id, the line, the length of the id,
/// the number of shingles; the shingles, ascending; the id, filled up with zeros. A document is known by its
/// record's place, so that places ascend in the order of the corpus.
struct DocumentLog: ~Copyable {
    private static let headerWords = 4
    /// Most records are read at once.
    private static let firstRead = 512

    private let file: File
    /// Words that lie in the file; later ones are still in `tail`.
    private var written = 0
    private var tail = Buffer<UInt64>()
    private let tailWords: Int

    init(folder: String, tailBytes: Int) throws(Failure) {
        file = try File(folder + "/documents.tmp", .temporary)
        tailWords = tailBytes / 8
        tail.reserve(tailWords)
    }

    /// Words in the log.
    var count: Int { written + tail.count }

    /// Appends a record and returns the document's place.
    mutating func append(_ place: Place, id: DocumentID?, shingles: UnsafeBufferPointer<UInt64>) throws(Failure)
        -> UInt64
    {
        let document = UInt64(count)
        var kind: UInt64 = 0
        var name = ""
        switch id {
        case .string(let string): (kind, name) = (1, string)
        case .number(let number): (kind, name) = (2, number)
        case nil: break
        }
        let length = name.utf8.count
        tail.append(UInt64(place.shard) | kind << 32)
        tail.append(UInt64(place.line))
        tail.append(UInt64(length))
        tail.append(UInt64(shingles.count))
        tail.append(contentsOf: shingles)
        let words = (length + 7) / 8
        let room = UnsafeMutableRawPointer(tail.reserve(words))
        name.withUTF8 { bytes in
            room.initializeMemory(as: UInt8.self, repeating: 0, count: words * 8)
            if let base = bytes.baseAddress { room.copyMemory(from: base, byteCount: length) }
        }
        tail.advance(words)
        if tail.count >= tailWords {
            try file.write(tail.bytes)
            written += tail.count
            tail = Buffer(capacity: tailWords)
        }
        return document
    }

    /// A record that was read: its shingles and its id lie in the caller's scratch space.
    struct Record {
        let place: Place
        let shingleCount: Int
        fileprivate let idKind: UInt64
        fileprivate let idLength: Int

        var words: Int { DocumentLog.headerWords + shingleCount + (idLength + 7) / 8 }

        init(_ header: UnsafeBufferPointer<UInt64>) {
            place = Place(shard: Int(header[0] & 0xFFFF_FFFF), line: Int(header[1]))
            idKind = header[0] >> 32
            idLength = Int(header[2])
            shingleCount = Int(header[3])
        }

        func shingles(in scratch: borrowing Buffer<UInt64>) -> UnsafeBufferPointer<UInt64> {
            scratch.slice(headerWords..<headerWords + shingleCount)
        }

        func id(in scratch: borrowing Buffer<UInt64>) -> DocumentID? {
            let words = scratch.slice(headerWords + shingleCount..<self.words)
            let bytes = UnsafeRawBufferPointer(words).prefix(idLength)
            switch idKind {
            case 1: return .string(String(decoding: bytes, as: UTF8.self))
            case 2: return .number(String(decoding: bytes, as: UTF8.self))
            default: return nil
            }
        }

        private var headerWords: Int { DocumentLog.headerWords }
    }

    /// Reads the record of a document; of one with another number of shingles than `wanted` only the header.
    borrowing func read(
        _ document: UInt64, wanted: ClosedRange<Int>, into scratch: inout Buffer<UInt64>
    ) throws(Failure) -> Record {
        let start = Int(document)
        scratch.removeAll()
        if start >= written {
            let record = Record(tail.slice(start - written..<start - written + Self.headerWords))
            if wanted.contains(record.shingleCount) {
                scratch.append(contentsOf: tail.slice(start - written..<start - written + record.words))
            }
            return record
        }
        try fetch(start..<min(written, start + Self.firstRead), into: &scratch)
        let record = Record(scratch.slice(0..<Self.headerWords))
        if wanted.contains(record.shingleCount) && record.words > scratch.count {
            try fetch(start + scratch.count..<start + record.words, into: &scratch)
        }
        return record
    }

    private borrowing func fetch(_ words: Range<Int>, into scratch: inout Buffer<UInt64>) throws(Failure) {
        let room = UnsafeMutableRawBufferPointer(start: scratch.reserve(words.count), count: words.count * 8)
        guard try file.read(at: Int64(words.lowerBound) * 8, into: room) == room.count else {
            throw Failure("\(file.path): shorter than it was written")
        }
        scratch.advance(words.count)
    }
}

/// Where a document stands: its shard's place in the corpus and its line, which counts from 1.
package struct Place: Sendable, Hashable {
    package let shard: Int
    package let line: Int

    package init(shard: Int, line: Int) {
        self.shard = shard
        self.line = line
    }
}
