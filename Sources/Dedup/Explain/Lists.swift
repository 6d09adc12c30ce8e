internal import Basics
internal import Corpus
internal import Foundation

/// A document that a run removed, as `removed/` lists it.
struct ListedRemoval: Sendable {
    let line: Int
    let id: DocumentID?
    let twinShard: String
    let twinLine: Int
    let twinID: DocumentID?
    let intersection: Int
    let union: Int
    let bands: [Int]

    /// The list of a shard, in the order of its lines; empty where there is none.
    static func list(at path: String) throws(Failure) -> [ListedRemoval] {
        var twinIDs: [DocumentID?] = []
        guard try File.status(at: path) != nil else { return [] }
        // Ids are taken from the parser, which keeps numbers as they are written.
        try scan(path, idField: "twin.id").read { documents throws(Failure) in
            for index in 0..<documents.count { twinIDs.append(documents.id(index)) }
            return true
        }
        var list: [ListedRemoval] = []
        try scan(path, idField: "id").read { documents throws(Failure) in
            for index in 0..<documents.count {
                let entry: Entry = try decoded(documents, index, path)
                list.append(
                    ListedRemoval(
                        line: entry.line, id: documents.id(index), twinShard: entry.twin.shard,
                        twinLine: entry.twin.line, twinID: twinIDs[list.count], intersection: entry.intersection,
                        union: entry.union, bands: entry.bands))
            }
            return true
        }
        return list
    }

    /// The lines of the removed documents that have this id.
    static func lines(withID id: String, at path: String) throws(Failure) -> [Int] {
        guard try File.status(at: path) != nil else { return [] }
        let places = try Set(scan(path, idField: "id").lines(withID: id))
        if places.isEmpty { return [] }
        return try list(at: path).enumerated().filter { places.contains($0.offset + 1) }.map(\.element.line)
    }

    private static func scan(_ path: String, idField: String) -> ShardScan {
        ShardScan(path: path, name: path, textField: "twin.shard", idField: idField)
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
        }
    }
}

/// A line that is no document, as `bad/` lists it.
struct ListedBadLine: Decodable, Sendable {
    let line: Int
    let reason: String

    /// The list of a shard, in the order of its lines; empty where there is none.
    static func list(at path: String) throws(Failure) -> [ListedBadLine] {
        guard try File.status(at: path) != nil else { return [] }
        var list: [ListedBadLine] = []
        try ShardScan(path: path, name: path, textField: "reason", idField: "id").read { documents throws(Failure) in
            for index in 0..<documents.count { list.append(try decoded(documents, index, path)) }
            return true
        }
        return list
    }
}

/// - Throws: when the line is not what dedup writes.
private func decoded<Entry: Decodable>(_ documents: Documents, _ index: Int, _ path: String) throws(Failure) -> Entry {
    let line = documents.documents[index]
    let bytes = documents.lines.bytes.slice(Int(line.lineStart)..<Int(line.lineStart) + Int(line.lineLength))
    do {
        return try JSONDecoder().decode(Entry.self, from: Data(bytes))
    } catch {
        throw Failure("\(path), line \(documents.lineNumber(index)): not as dedup writes it")
    }
}
