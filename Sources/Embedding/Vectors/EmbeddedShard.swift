package import Basics
internal import Corpus
internal import DeBERTa
internal import Foundation
internal import JSON
internal import OutputStore
internal import Pipelines

/// The vectors and ids of a shard, as `dedup embed` wrote them. Both files are mapped into memory.
package final class EmbeddedShard: Sendable {
    /// The entry for this shard in embeddings.json.
    package let record: EmbeddingsRecord.Shard
    private let vectorsPath: String
    private let idsPath: String
    private let dimensions: Int
    private let type: VectorType
    /// The file of vectors; nil for a shard without documents.
    private let vectors: Mapping?
    /// The file of ids; nil if it is empty.
    private let ids: Mapping?
    /// Which of the two files have been compared with their digests.
    private let checked = Locked((vectors: false, ids: false))

    /// - Throws: if the size or the header of a file is not the one in embeddings.json.
    package init(
        _ record: EmbeddingsRecord.Shard, in folder: EmbeddingsFolder, dimensions: Int, _ type: VectorType
    ) throws(Failure) {
        self.record = record
        vectorsPath = folder.vectorsPath(record.name)
        idsPath = folder.idsPath(record.name)
        self.dimensions = dimensions
        self.type = type
        let file = try Self.open(vectorsPath, record.vectors)
        let header = UnsafeMutableRawBufferPointer.allocate(byteCount: NPY.headerSize, alignment: 1)
        defer { header.deallocate() }
        let count = try file.read(at: 0, into: header)
        let expected = NPY.header(rows: record.rows, dimensions: dimensions, type)
        let size = NPY.size(rows: record.rows, dimensions: dimensions, type)
        guard header.prefix(count).elementsEqual(expected), size == record.vectors.bytes else {
            throw Self.damaged(file.path)
        }
        vectors =
            record.rows == 0 || dimensions == 0
            ? nil : try Mapping(file, at: 0, count: Int(size))
        let idsFile = try Self.open(idsPath, record.ids)
        ids = record.ids.bytes == 0 ? nil : try Mapping(idsFile, at: 0, count: Int(record.ids.bytes))
    }

    private static func open(_ path: String, _ written: WrittenFile) throws(Failure) -> File {
        let file = try File(path, .read)
        guard try file.status().size == written.bytes else { throw damaged(path) }
        return file
    }

    private static func damaged(_ path: String) -> Failure {
        Failure("\(path): damaged: its content differs from what was written; remove it and run 'dedup embed' again")
    }

    /// Compares the digest of the vectors; done once.
    ///
    /// - Throws: if the vectors are not those in embeddings.json.
    package func checkVectors() throws(Failure) {
        if checked.withLock({ $0.vectors }) { return }
        // Without documents, the file is only the header, which has been compared already.
        if let vectors, Hash128(vectors.bytes).description != record.vectors.digest { throw Self.damaged(vectorsPath) }
        checked.withLock { $0.vectors = true }
    }

    /// Compares the digest of the ids; done once.
    private func checkIDs() throws(Failure) {
        if checked.withLock({ $0.ids }) { return }
        let bytes = ids?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
        guard Hash128(bytes).description == record.ids.digest else { throw damagedIDs() }
        checked.withLock { $0.ids = true }
    }

    /// The number of vectors.
    package var rows: Int { record.rows }

    /// Reads a vector.
    ///
    /// - Parameter vector: a buffer for `dimensions` numbers.
    package func read(row: Int, into vector: inout [Double]) {
        guard let vectors else { return }
        let start = NPY.headerSize + row * dimensions * type.size
        switch type {
        case .float32:
            for i in 0..<dimensions {
                let bits = vectors.bytes.load(fromByteOffset: start + i * 4, as: UInt32.self)
                vector[i] = Double(Float(bitPattern: UInt32(littleEndian: bits)))
            }
        case .float16:
            for i in 0..<dimensions {
                let bits = vectors.bytes.load(fromByteOffset: start + i * 2, as: UInt16.self)
                vector[i] = Double(Half.value(UInt16(littleEndian: bits)))
            }
        }
    }

    /// Reads a vector.
    ///
    /// - Parameter vector: a buffer for `dimensions` numbers.
    package func read(row: Int, into vector: UnsafeMutablePointer<Float>) {
        guard let vectors else { return }
        NPY.read(
            vectors.bytes, at: NPY.headerSize + row * dimensions * type.size, count: dimensions, type, into: vector)
    }

    // MARK: The documents of rows

    /// A row, with the line and the id of its document.
    package struct Row: Sendable {
        /// The index of the row, from 0.
        package let row: Int
        let line: Int
        let id: DocumentID?
    }

    /// Returns the rows of the documents with this id.
    package func rows(withID id: String) throws(Failure) -> [Row] {
        try checkIDs()
        guard let ids else { return [] }
        var string = Buffer<UInt8>()
        var number = Buffer<UInt8>()
        string.append(json: .string(id))
        number.append(json: .number(id))
        string.append(",\"tokens\":")
        number.append(",\"tokens\":")
        var found: [Row] = []
        var start = 0
        var row = 0
        while let end = end(ofLineAt: start) {
            // The id follows `{"line":N,"id":`.
            let line = UnsafeRawBufferPointer(rebasing: ids.bytes[start..<end])
            let digits = line.dropFirst(8).prefix { $0 != comma }
            let rest = line[min(line.count, digits.endIndex + 6)...]
            if rest.starts(with: string.bytes) || rest.starts(with: number.bytes) {
                found.append(try self.row(row, line: start..<end))
            }
            start = end + 1
            row += 1
        }
        return found
    }

    /// Returns the row of a line of the shard; nil if the line is blank or does not exist.
    package func row(ofLine number: Int) throws(Failure) -> Row? {
        try checkIDs()
        var start = 0
        var row = 0
        while let end = end(ofLineAt: start) {
            let found = try self.row(row, line: start..<end)
            if found.line == number { return found }
            if found.line > number { return nil }
            start = end + 1
            row += 1
        }
        return nil
    }

    /// Returns lines and ids of rows, in the order of the rows.
    ///
    /// - Parameter rows: the rows in ascending order.
    package func describe(_ rows: [Int]) throws(Failure) -> [Row] {
        try checkIDs()
        var found: [Row] = []
        var start = 0
        var row = 0
        for wanted in rows {
            while row < wanted, let end = end(ofLineAt: start) {
                start = end + 1
                row += 1
            }
            guard let end = end(ofLineAt: start) else { throw damagedIDs() }
            found.append(try self.row(row, line: start..<end))
        }
        return found
    }

    private func end(ofLineAt start: Int) -> Int? {
        guard let ids, start < ids.bytes.count else { return nil }
        return memchr(ids.bytes.baseAddress! + start, Int32(newline), ids.bytes.count - start)
            .map { ids.bytes.baseAddress!.distance(to: UnsafeRawPointer($0)) }
    }

    /// Parses the beginning of a line of the ids file: `{"line":N,"id":ID,`.
    private func row(_ row: Int, line range: Range<Int>) throws(Failure) -> Row {
        // A file with more lines than the vectors have rows is damaged.
        guard row < rows else { throw damagedIDs() }
        let end = end(ofLineAt: range.lowerBound) ?? range.upperBound
        let bytes = UnsafeRawBufferPointer(rebasing: ids!.bytes[range.lowerBound..<end])
        let tree = try JSONTree(bytes, name: record.name + ".ids.jsonl")
        guard let line = tree.root["line"]?.int, let id = tree.root["id"] else { throw damagedIDs() }
        if let string = id.string { return Row(row: row, line: line, id: .string(string)) }
        return Row(row: row, line: line, id: id.isNull ? nil : .number(Self.number(in: bytes)))
    }

    /// Returns an id that is a number, in the notation of the shard.
    private static func number(in line: UnsafeRawBufferPointer) -> String {
        let text = String(decoding: line, as: UTF8.self)
        guard let start = text.range(of: "\"id\":")?.upperBound, let end = text[start...].firstIndex(of: ",") else {
            return ""
        }
        return String(text[start..<end])
    }

    private func damagedIDs() -> Failure {
        Self.damaged(idsPath)
    }
}

private var newline: UInt8 { 0x0A }
private var comma: UInt8 { UInt8(ascii: ",") }
