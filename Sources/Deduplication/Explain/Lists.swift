internal import Basics
internal import Corpus
internal import Foundation
internal import Pipelines

/// A removed document, as it is listed in `removed/`.
struct ListedRemoval: Sendable {
    let line: Int
    let id: DocumentID?
    let twinShard: String
    let twinLine: Int
    let twinID: DocumentID?
    /// The name of the output that the twin is in (see `OtherOutput.names`); nil if the twin is in the same output.
    /// Lists of dedup 0.1.0 have the output's path instead.
    let against: String?
    let intersection: Int
    let union: Int
    let bands: [Int]

    /// Returns the list at `path`, of `count` entries; nothing is read yet.
    static func list(_ path: String, count: Int) -> LineList {
        LineList(path: path, count: count, textField: "twin.shard", idField: "id")
    }

    /// Returns the entry for a line of the shard in the list at `path`, which has `count` entries; nil if that line was
    /// not removed.
    static func find(line: Int, at path: String, count: Int) throws(Failure) -> ListedRemoval? {
        guard let (entry, id): (Entry, DocumentID?) = try list(path, count: count).find(line: line) else { return nil }
        let counts = 0...1 << 48
        guard [entry.twin.line, entry.intersection, entry.union].allSatisfy(counts.contains), entry.twin.line > 0 else {
            throw Failure("\(path): damaged: the entry of line \(line) is not as dedup writes it")
        }
        // The parser's ids are used because it keeps numbers as they are written.
        let twins = LineList(path: path, count: count, textField: "twin.shard", idField: "twin.id")
        let twinID: (Entry, DocumentID?)? = try twins.find(line: line)
        return ListedRemoval(
            line: entry.line, id: id, twinShard: entry.twin.shard, twinLine: entry.twin.line, twinID: twinID?.1,
            against: entry.twin.against, intersection: entry.intersection, union: entry.union, bands: entry.bands)
    }

    private struct Entry: Decodable {
        let line: Int
        let twin: Twin
        let intersection: Int
        let union: Int
        let bands: [Int]

        struct Twin: Decodable {
            let shard: String
            let line: Int
            let against: String?
        }
    }
}

/// A line that is not a document, as it is listed in `bad/`.
struct ListedBadLine: Decodable, Sendable {
    let line: Int
    let reason: String

    /// Returns the list at `path`, of `count` entries; nothing is read yet.
    static func list(_ path: String, count: Int) -> LineList {
        LineList(path: path, count: count, textField: "reason", idField: "id")
    }

    /// Returns the entry for a line of the shard in the list at `path`, which has `count` entries; nil if that line is
    /// not bad.
    static func find(line: Int, at path: String, count: Int) throws(Failure) -> ListedBadLine? {
        let found: (ListedBadLine, DocumentID?)? = try list(path, count: count).find(line: line)
        return found?.0
    }
}

/// A list that a run wrote about lines of a shard, in ascending order of the lines. An empty list has no file.
///
/// Lists may have millions of entries. Each entry begins with the line's number, so only the wanted entry is decoded.
struct LineList {
    let path: String
    /// The number of entries, by the catalog.
    let count: Int
    /// The path of a string field that every entry has; needed to parse the entry as a document.
    let textField: String
    let idField: String

    private var scan: ShardScan { ShardScan(path: path, name: path, textField: textField, idField: idField) }

    /// Returns the line numbers in ascending order; with an id, only the lines of documents with that id.
    func lines(withID id: String? = nil) throws(Failure) -> [Int] {
        guard try hasFile() else { return [] }
        let wanted = try id.map { id throws(Failure) in Set(try scan.lines(withID: id)) }
        if let wanted, wanted.isEmpty { return [] }
        var lines: [Int] = []
        try scan.read { documents throws(Failure) in
            for index in 0..<documents.count where wanted?.contains(documents.lineNumber(index)) != false {
                lines.append(try lineField(of: index, documents))
            }
            return true
        }
        return lines
    }

    /// Returns the entry for a line, and the id in it; nil if the list has no such entry.
    func find<Entry: Decodable>(line: Int) throws(Failure) -> (Entry, DocumentID?)? {
        guard try hasFile() else { return nil }
        var found: (Entry, DocumentID?)?
        try scan.read { documents throws(Failure) in
            for index in 0..<documents.count where try lineField(of: index, documents) == line {
                do {
                    let entry = try JSONDecoder().decode(Entry.self, from: Data(bytes(of: index, documents)))
                    found = (entry, documents.id(index))
                } catch {
                    throw fault(index, documents)
                }
                return false
            }
            return true
        }
        return found
    }

    /// - Throws: if there is no file although the list has entries.
    private func hasFile() throws(Failure) -> Bool {
        if try File.status(at: path) != nil { return true }
        if count == 0 { return false }
        throw Failure(
            "\(path): missing, although it was written; restore it, or rewrite the whole output with "
                + "\(Parameter.replace)")
    }

    private func bytes(of index: Int, _ documents: Documents) -> UnsafeBufferPointer<UInt8> {
        let line = documents.documents[index]
        return documents.raw.bytes.slice(Int(line.lineStart)..<Int(line.lineStart) + Int(line.lineLength))
    }

    /// Returns the line number at the beginning of an entry.
    private func lineField(of index: Int, _ documents: Documents) throws(Failure) -> Int {
        let bytes = bytes(of: index, documents)
        let start = "{\"line\":".utf8
        guard bytes.starts(with: start) else { throw fault(index, documents) }
        let digits = bytes.dropFirst(start.count).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard !digits.isEmpty, digits.count <= 18 else { throw fault(index, documents) }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private func fault(_ index: Int, _ documents: Documents) -> Failure {
        Failure("\(path), line \(documents.lineNumber(index)): not as dedup writes it")
    }
}
