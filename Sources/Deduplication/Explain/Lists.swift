internal import Basics
internal import Corpus
internal import Foundation
internal import Pipelines

/// A document that a run removed, as `removed/` lists it.
struct ListedRemoval: Sendable {
    let line: Int
    let id: DocumentID?
    let twinShard: String
    let twinLine: Int
    let twinID: DocumentID?
    /// The output that the twin is in, by its name (`OtherOutput.names`); nil for the own. Lists of
    /// version 0.1.0 have the path as it was given to the run.
    let against: String?
    let intersection: Int
    let union: Int
    let bands: [Int]

    /// The list at `path`, of which nothing is read yet.
    static func list(_ path: String) -> LineList { LineList(path: path, textField: "twin.shard", idField: "id") }

    /// The entry of a line of the shard; nil when it was not removed.
    static func find(line: Int, at path: String) throws(Failure) -> ListedRemoval? {
        guard let (entry, id): (Entry, DocumentID?) = try list(path).find(line: line) else { return nil }
        let counts = 0...1 << 48
        guard [entry.twin.line, entry.intersection, entry.union].allSatisfy(counts.contains), entry.twin.line > 0 else {
            throw Failure("\(path): damaged: the entry of line \(line) is not as dedup writes it")
        }
        // Ids are taken from the parser, which keeps numbers as they are written.
        let twins = LineList(path: path, textField: "twin.shard", idField: "twin.id")
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

/// A line that is no document, as `bad/` lists it.
struct ListedBadLine: Decodable, Sendable {
    let line: Int
    let reason: String

    /// The list at `path`, of which nothing is read yet.
    static func list(_ path: String) -> LineList { LineList(path: path, textField: "reason", idField: "id") }

    /// The entry of a line of the shard; nil when it is not bad.
    static func find(line: Int, at path: String) throws(Failure) -> ListedBadLine? {
        let found: (ListedBadLine, DocumentID?)? = try list(path).find(line: line)
        return found?.0
    }
}

/// A list that a run wrote of lines of a shard, in their order; one that is not there is empty.
///
/// Lists may have millions of entries. All begin with their line's number, so that only one that is wanted is decoded.
struct LineList {
    let path: String
    /// A field that every entry has, a string.
    let textField: String
    let idField: String

    private var scan: ShardScan { ShardScan(path: path, name: path, textField: textField, idField: idField) }

    /// The numbers of the lines, ascending; of those only whose document has `id`, where one is given.
    func lines(withID id: String? = nil) throws(Failure) -> [Int] {
        guard try File.status(at: path) != nil else { return [] }
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

    /// The entry of a line, and the entry's id.
    func find<Entry: Decodable>(line: Int) throws(Failure) -> (Entry, DocumentID?)? {
        guard try File.status(at: path) != nil else { return nil }
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

    private func bytes(of index: Int, _ documents: Documents) -> UnsafeBufferPointer<UInt8> {
        let line = documents.documents[index]
        return documents.raw.bytes.slice(Int(line.lineStart)..<Int(line.lineStart) + Int(line.lineLength))
    }

    /// The number that the entry begins with.
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
