import Foundation
import TestSupport
import Testing

/// The parts of report.json that tests look at.
struct Report: Decodable {
    struct Counts: Decodable {
        var read, documents, kept, removed, dropped, bad, blankLines, bytes, keptBytes: Int
    }
    struct Shard: Decodable {
        var name: String
        var copied: Bool
        var read, documents, kept, removed, dropped, bad, blankLines: Int
    }
    struct Input: Decodable {
        var name: String
    }
    struct Corpus: Decodable {
        var read, documents, kept, removed, dropped, bad, blankLines: Int
        var inputs: [Input]
        var shards: [Shard]
        var shardsOutOfOrder: Int
    }
    struct SkippedShard: Decodable, Equatable {
        var shard, reason: String
    }
    struct Index: Decodable {
        var documents, segments: Int
    }
    struct RenamedShard: Decodable {
        var name, repeats: String
        var documents, repeated: Int
    }
    struct Run: Decodable {
        var outcome: String
        var error: String?
        var ignoredFiles: [String]
        var ignoredFilesCount: Int
        var shardsWritten: Int
        var shardsDoneBefore: Int
        var peakMemory: Int
        var missingShards: [String]?
        var missingShardsCount: Int?
        var renamedShards: [RenamedShard]?
        var renamedShardsCount: Int?
        var against: [String]?
        var skippedShards: [SkippedShard]?
        var index: Index?
    }
    var version: Int
    var corpus: Corpus
    var run: Run

    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(Report.self, from: Data(bytes)) }
}

/// A line of a list of bad lines.
struct BadLine: Decodable, Equatable {
    var line: Int
    var byte: Int
    var reason: String
}

/// A line of a list of removed documents.
struct RemovedLine: Decodable {
    struct Twin: Decodable {
        var shard: String
        var line: Int
        /// The other output that holds the twin.
        var against: String?
    }
    var line: Int
    var twin: Twin
    var intersection: Int
    var union: Int
}

extension TemporaryFolder {
    func report(_ out: String = "out") throws -> Report { try Report(bytes(out + "/.dedup/report.json")) }

    /// The "corpus" part of report.json, with sorted keys.
    func corpusOfReport(_ out: String = "out") throws -> String {
        let whole = try JSONSerialization.jsonObject(with: Data(bytes(out + "/.dedup/report.json")))
        let corpus = try #require((whole as? [String: Any])?["corpus"])
        return String(
            decoding: try JSONSerialization.data(withJSONObject: corpus, options: [.sortedKeys]), as: UTF8.self)
    }

    /// The lines of a list in `.dedup`; empty if there is no list.
    private func list(_ kind: String, _ shard: String, _ out: String) throws -> [Substring] {
        let name = "\(out)/.dedup/\(kind)/\(shard).jsonl.zst"
        return exists(name) ? try decodedText(name).split(separator: "\n") : []
    }

    func badLines(_ shard: String, _ out: String = "out") throws -> [BadLine] {
        try list("bad", shard, out).map { try JSONDecoder().decode(BadLine.self, from: Data($0.utf8)) }
    }

    func removedLines(_ shard: String, _ out: String = "out") throws -> [RemovedLine] {
        try list("removed", shard, out).map { try JSONDecoder().decode(RemovedLine.self, from: Data($0.utf8)) }
    }

    /// The lines of the removed list as they are written.
    func removedText(_ shard: String, _ out: String = "out") throws -> [String] {
        try list("removed", shard, out).map(String.init)
    }

    /// The files of an output's corpus, and its lists of removed documents and bad lines.
    func results(_ out: String = "out") throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in files(below: out) where isResult(name) { found[name] = try bytes(out + "/" + name) }
        return found
    }

    private func isResult(_ name: String) -> Bool {
        !name.hasPrefix(".dedup/") || name.hasPrefix(".dedup/removed/") || name.hasPrefix(".dedup/bad/")
    }

    /// The files of an output that a refused run must not change: all but the lock and the log of the catalog, which
    /// opening the catalog writes to.
    func state(_ out: String = "out") throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in files(below: out) where name != ".dedup/lock" && name != ".dedup/catalog.sqlite-wal" {
            found[name] = try bytes(out + "/" + name)
        }
        return found
    }

    /// Names of the output's shards.
    func shards(_ out: String = "out") -> [String] { files(below: out).filter { !$0.hasPrefix(".dedup") } }
}

/// Expects an exit code, one line on standard error with these parts, and nothing on standard output.
func expectFailure(
    _ outcome: Outcome, _ code: Int32, naming parts: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(outcome.code == code, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    // On a slow machine, a run shows how far it is.
    let lines = outcome.errorLines.drop { $0.prefixMatch(of: #/\d+ %, /#) != nil }
    #expect(lines.count == 1, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(lines.first?.hasPrefix("dedup: ") == true, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.error.utf8.count < 1000, "\(outcome.error)", sourceLocation: sourceLocation)
    for part in parts { #expect(outcome.error.contains(part), "\(outcome.error)", sourceLocation: sourceLocation) }
}

func expectSuccess(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(outcome.code == 0, "\(outcome.error)", sourceLocation: sourceLocation)
}

/// Expects that a failed run left exactly these shards, undamaged, and no temporary files.
func expectCommitted(
    _ names: [String], _ folder: TemporaryFolder, _ out: String = "out",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    expectNoTemporaryFiles(folder, out, sourceLocation: sourceLocation)
    #expect(folder.shards(out) == names.sorted(), sourceLocation: sourceLocation)
    for name in folder.shards(out) {
        #expect(throws: Never.self, sourceLocation: sourceLocation) { try folder.decoded(out + "/" + name) }
    }
    if folder.exists(out + "/.dedup/report.json") {
        let report = try folder.report(out)
        #expect(report.corpus.shards.map(\.name).sorted() == names.sorted(), sourceLocation: sourceLocation)
        #expect(report.run.outcome != "done", sourceLocation: sourceLocation)
    }
}

func expectNoTemporaryFiles(
    _ folder: TemporaryFolder, _ out: String = "out", sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(folder.files(below: out + "/.dedup/tmp") == [], sourceLocation: sourceLocation)
    let index = folder.files(below: out + "/.dedup/index")
    #expect(
        index.allSatisfy { $0 == "documents" || $0.wholeMatch(of: /bands-[0-9]+/) != nil }, "\(index)",
        sourceLocation: sourceLocation)
}

/// Runs over a good shard, the given shard, and another good one. Expects the given shard to stop the run with one line
/// that names it, and the first shard to stay.
func expectStopped(
    at name: String, _ content: [UInt8], _ arguments: String..., naming parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let folder = try TemporaryFolder()
    try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
    try folder.write(content, to: "in/" + name)
    try folder.shard("in/z.jsonl", documents("z", 3, seed: 100))
    let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    expectFailure(outcome, 1, naming: name, sourceLocation: sourceLocation)
    for part in parts { #expect(outcome.error.contains(part), "\(outcome.error)", sourceLocation: sourceLocation) }
    try expectCommitted(["a.jsonl"], folder, sourceLocation: sourceLocation)
}

/// Runs over one shard, and returns the decoded output of it.
func written(_ name: String, _ content: [UInt8], _ arguments: String...) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    try folder.shard("in/" + name, content)
    expectSuccess(try dedup(["run", "in", "--out", "out", "--quiet"] + arguments, in: folder.path))
    return try folder.decoded("out/" + name)
}
