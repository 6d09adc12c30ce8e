internal import Basics
internal import Corpus

/// The log of the kept documents: an append-only file with a record for each, which holds its shingles and its id.
///
/// A record consists of 8-byte words:
///
/// - word 0: the shard's ordinal (upper half) and the line number;
/// - word 1: the number of shingles (upper half), and the length in bytes and the kind of the id;
/// - word 2: the checksum of words 0 and 1 (upper half), and that of the remaining words;
/// - the shingles, ascending;
/// - the id, padded with zeros.
///
/// Everywhere in the index a document is identified by the offset of its record in words, which ascends in the order of
/// the corpus. Bytes before the length that the catalog has recorded never change.
struct DocumentLog: ~Copyable {
    fileprivate static let headerWords = 3
    /// The number of words that `read` fetches first. Most records are not longer, so one read is enough for them.
    private static let firstRead = 512

    private let file: File
    /// Identifies the output. The checksum of each header covers it and the record's offset, so that a record copied
    /// from another output's log, or to another offset, is detected.
    private let identity: UInt64
    /// The length in words of the part that has been written.
    private(set) var written: Int

    private init(_ file: consuming File, written: Int, identity: UInt64 = 0) {
        self.file = file
        self.identity = identity
        self.written = written
    }

    /// Creates a log that disappears when it is closed.
    static func temporary(in folder: String) throws(Failure) -> DocumentLog {
        DocumentLog(try File(folder + "/documents", .temporary), written: 0)
    }

    /// The path of an index's log.
    static func path(in folder: String) -> String { folder + "/documents" }

    /// Opens the log of earlier runs, or creates one.
    ///
    /// - Parameters:
    ///   - words: the length that the catalog recorded; words after it, which an interrupted run wrote, are discarded.
    ///   - identity: the number that identifies the output.
    ///   - isReadOnly: whether the log is only read; it is not shortened then.
    /// - Throws: if the log is shorter than `words`.
    static func open(
        in folder: String, words: Int, identity: UInt64 = 0, isReadOnly: Bool
    ) throws(Failure) -> DocumentLog {
        try checkLength(in: folder, words: words)
        let path = path(in: folder)
        // The log has no records yet, and its file may not exist.
        if isReadOnly && words == 0 { return DocumentLog(try File(File.null, .read), written: 0) }
        let file = try File(path, isReadOnly ? .read : .update)
        if !isReadOnly { try file.truncate(to: Int64(words) * 8) }
        return DocumentLog(file, written: words, identity: identity)
    }

    /// - Throws: if the log is shorter than the recorded length.
    static func checkLength(in folder: String, words: Int) throws(Failure) {
        let path = path(in: folder)
        let size = try File.status(at: path)?.size ?? 0
        guard size >= Int64(words) * 8 else {
            throw Failure("\(path): damaged: \(size) bytes long, and \(words * 8) were written")
        }
    }

    var path: String { file.path }

    /// Returns the offsets that the records of documents get if they are appended, and the end of the last record.
    borrowing func offsets(of documents: [NewDocument]) throws(Failure) -> [Int] {
        var offsets: [Int] = []
        offsets.reserveCapacity(documents.count + 1)
        var end = written
        for document in documents {
            guard document.place.line <= UInt32.max, document.shingles.count <= UInt32.max else {
                throw Failure(
                    "a shard has more than \(UInt32.max) lines, or a document has more than \(UInt32.max) shingles; "
                        + "split it")
            }
            offsets.append(end)
            end += Self.headerWords + document.shingles.count + Self.words(ofID: document.id.bytes.count)
        }
        offsets.append(end)
        return offsets
    }

    fileprivate static func words(ofID bytes: Int) -> Int { (bytes + 7) / 8 }

    /// Writes the records of consecutive documents. They can be read after `extend`.
    ///
    /// Several threads may call it at the same time with other documents.
    ///
    /// - Parameters:
    ///   - offset: the offset of the first record.
    ///   - records: a buffer to reuse.
    borrowing func write(
        _ documents: ArraySlice<NewDocument>, at offset: Int, _ records: inout Buffer<UInt64>
    ) throws(Failure) {
        records.removeAll()
        for document in documents {
            let start = records.count
            let length = document.id.bytes.count
            records.append(UInt64(document.place.shard) << 32 | UInt64(document.place.line))
            records.append(
                UInt64(document.shingles.count) << 32 | UInt64(length) << 2 | UInt64(document.id.kind.rawValue))
            records.append(0)
            records.append(contentsOf: document.shingles)
            let words = Self.words(ofID: length)
            if words > 0 {
                let room = records.reserve(words)
                room[words - 1] = 0
                UnsafeMutableRawPointer(room).copyMemory(from: document.id.bytes.baseAddress!, byteCount: length)
                records.advance(words)
            }
            records[start + 2] = Record.checks(records.slice(start..<records.count), seed(offset + start))
        }
        try file.write(records.bytes, at: Int64(offset) * 8)
    }

    /// Makes the records before `end` readable, after all of them were written.
    mutating func extend(to end: Int) { written = end }

    /// The start value of a record's checksums.
    private borrowing func seed(_ document: Int) -> UInt64 { identity ^ UInt64(document) }

    /// Waits until the written records are on the disk.
    borrowing func sync() throws(Failure) { try file.sync() }

    /// The decoded header of a record. The whole record, with shingles and id, is in the caller's scratch buffer.
    struct Record {
        let place: Place
        let shingleCount: Int
        private let idKind: DocumentIDBytes.Kind
        private let idLength: Int

        /// The length of the record in words.
        var words: Int { DocumentLog.headerWords + shingleCount + DocumentLog.words(ofID: idLength) }

        /// Decodes a header. Returns nil if its checksum is wrong.
        init?(_ header: UnsafeBufferPointer<UInt64>, _ seed: UInt64) {
            guard Self.headerCheck(header, seed) == header[2] >> 32 else { return nil }
            place = Place(shard: Int(header[0] >> 32), line: Int(header[0] & 0xFFFF_FFFF))
            idKind = DocumentIDBytes.Kind(rawValue: UInt8(header[1] & 3)) ?? .none
            idLength = Int(header[1] & 0xFFFF_FFFF) >> 2
            shingleCount = Int(header[1] >> 32)
        }

        private static func headerCheck(_ record: UnsafeBufferPointer<UInt64>, _ seed: UInt64) -> UInt64 {
            withUnsafeBytes(of: (record[0], record[1], seed)) { hash64($0) >> 32 }
        }

        /// The checksum word (word 2) of a whole record.
        static func checks(_ record: UnsafeBufferPointer<UInt64>, _ seed: UInt64) -> UInt64 {
            let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(record)[(headerWords * 8)...])
            return headerCheck(record, seed) << 32 | hash64(rest) >> 32
        }

        func shingles(in scratch: borrowing Buffer<UInt64>) -> UnsafeBufferPointer<UInt64> {
            scratch.slice(headerWords..<headerWords + shingleCount)
        }

        func id(in scratch: borrowing Buffer<UInt64>) -> DocumentID? {
            let words = scratch.slice(headerWords + shingleCount..<self.words)
            let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(words)[..<idLength])
            return DocumentIDBytes(kind: idKind, bytes: bytes.bindMemory(to: UInt8.self)).id
        }
    }

    /// Reads a document's record into `scratch`. If its number of shingles is not in `wanted`, reads and verifies only
    /// the header.
    ///
    /// - Throws: if the record is damaged.
    borrowing func read(
        _ document: Int, wanted: ClosedRange<Int>, into scratch: inout Buffer<UInt64>
    ) throws(Failure) -> Record {
        scratch.removeAll()
        try fetch(document..<min(written, document + Self.firstRead), into: &scratch)
        guard scratch.count >= Self.headerWords,
            let record = Record(scratch.slice(0..<Self.headerWords), seed(document))
        else {
            throw damaged(document)
        }
        if wanted.contains(record.shingleCount) {
            if record.words > scratch.count {
                try fetch(document + scratch.count..<document + record.words, into: &scratch)
            }
            guard Record.checks(scratch.slice(0..<record.words), seed(document)) == scratch[2] else {
                throw damaged(document)
            }
        }
        return record
    }

    private borrowing func fetch(_ words: Range<Int>, into scratch: inout Buffer<UInt64>) throws(Failure) {
        guard words.upperBound <= written else { throw damaged(words.lowerBound) }
        let room = UnsafeMutableRawBufferPointer(start: scratch.reserve(words.count), count: words.count * 8)
        guard try file.read(at: Int64(words.lowerBound) * 8, into: room) == room.count else {
            throw damaged(words.lowerBound)
        }
        scratch.advance(words.count)
    }

    private borrowing func damaged(_ document: Int) -> Failure {
        Failure("\(file.path): damaged: the checksum of the document at byte \(document * 8) is wrong")
    }

    /// Calls `body` with every record from the log offset `start` on, in order, and the document's offset.
    borrowing func forEach(
        from start: Int, _ body: (_ document: Int, Record, _ words: borrowing Buffer<UInt64>) throws(Failure) -> Void
    ) throws(Failure) {
        let blockWords = 1 << 17
        var block = Buffer<UInt64>()
        var record = Buffer<UInt64>()
        var position = start
        while position < written {
            block.removeAll()
            try fetch(position..<min(written, position + blockWords), into: &block)
            var used = 0
            while used + Self.headerWords <= block.count {
                let seed = seed(position + used)
                guard let header = Record(block.slice(used..<used + Self.headerWords), seed) else {
                    throw damaged(position + used)
                }
                if used + header.words > block.count { break }
                record.removeAll()
                record.append(contentsOf: block.slice(used..<used + header.words))
                guard Record.checks(record.elements, seed) == record[2] else { throw damaged(position + used) }
                try body(position + used, header, record)
                used += header.words
            }
            if used == 0 {
                // The record is longer than a block.
                let header = try read(position, wanted: 0...Int.max, into: &record)
                try body(position, header, record)
                used = header.words
            }
            position += used
        }
    }
}

/// The position of a document in the corpus: the ordinal of its shard, and its line number, from 1.
package struct Place: Sendable, Hashable {
    /// The ordinal of the shard: its position in the order of the corpus, from 0.
    package let shard: Int
    /// The line number in the shard, from 1.
    package let line: Int

    package init(shard: Int, line: Int) {
        self.shard = shard
        self.line = line
    }
}
