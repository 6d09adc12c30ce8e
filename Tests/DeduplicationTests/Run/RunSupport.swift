import Basics
import Corpus
import Dedup
import Foundation
import OutputStore
import Reports
import TestSupport

@testable import Deduplication
@testable import Pipelines

@discardableResult
func dedup(
    _ definition: PipelineDefinition, _ inputs: [String], to out: String?, threads: Int = 2, memory: Int = 512 << 20
) async throws -> Report {
    var options = RunOptions(inputs: inputs, out: out, threads: threads, memory: memory)
    options.isDryRun = out == nil
    return try await run(definition, options)
}

/// Runs a pipeline, after an earlier run of this process has let go of the output.
@discardableResult
func run(_ definition: PipelineDefinition, _ options: RunOptions) async throws -> Report {
    for out in (options.out.map { [$0] } ?? []) + options.against { try waitForLock(of: out) }
    return try await DedupRun(definition, options).run()
}

/// Returns the damage that `dedup verify` finds in an output, after an earlier run of this process has let go of it.
func damage(in out: String) throws -> [String] {
    try waitForLock(of: out)
    return try Verifier(out).verify { _ in }.damage
}

/// Waits until the lock of an output can be taken.
///
/// A run lets go of its lock with the last reference to it, which may be a moment after the run has returned or failed.
/// And a process that another test starts at that moment has the lock too until it executes its program.
func waitForLock(of out: String, _ kind: FolderLock.Kind = .shared) throws {
    for attempt in 0... {
        do throws(Failure) {
            _ = try FolderLock(out + "/.dedup/lock", kind, of: out)
            return
        } catch {
            guard error.message.contains("another run is"), attempt < 60_000 else { throw error }
            usleep(1_000)
        }
    }
}

/// The bytes as a gzip file.
func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
    try runCommand(["gzip", "-1", "-n"], input: bytes).output
}

/// The decoded bytes of a shard.
func decoded(_ path: String) throws -> [UInt8] {
    var decoder = try ShardDecoder(path: path, compression: Compression(ofFileNamed: path), name: path)
    var bytes: [UInt8] = []
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { room.deallocate() }
    while true {
        let count = try decoder.read(into: room)
        if count == 0 { return bytes }
        bytes += room[..<count]
    }
}

/// Splits bytes into lines without newlines; the last line may have none.
func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
}

/// The files below a folder but the hidden ones, by relative path.
func files(_ folder: String) -> Set<String> {
    let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return Set(
        found.filter { path in
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder)
            return isThere && !isFolder.boolValue && !path.split(separator: "/").contains { $0.hasPrefix(".") }
        })
}

/// The kept and removed documents and the counts of an output.
func outcome(of out: String, _ report: Report) throws -> Outcome {
    var outcome = Outcome()
    for row in report.corpus.shards {
        var shard = Outcome.Shard()
        shard.kept = split(try decoded(out + "/" + row.name))
        let removed = out + "/.dedup/removed/" + row.name + ".jsonl.zst"
        if FileManager.default.fileExists(atPath: removed) {
            shard.removed = try split(decoded(removed)).map { try JSONDecoder().decode(Removed.self, from: Data($0)) }
        }
        shard.documents = row.counts.documents
        shard.dropped = row.counts.dropped
        shard.blankLines = row.counts.blankLines
        shard.candidates = row.counts.candidates
        outcome.shards[row.name] = shard
    }
    return outcome
}

/// The shards of an output and its lists of removed documents and bad lines. These files are complete once they exist.
func finalFiles(of out: String) throws -> [String: Data] {
    var all: [String: Data] = [:]
    for (prefix, folder) in [("", out), ("removed/", out + "/.dedup/removed"), ("bad/", out + "/.dedup/bad")] {
        for file in files(folder) {
            all[prefix + file] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
        }
    }
    return all
}

/// The content that every run over one corpus must reproduce: the final files, and the report's corpus.
func fingerprint(of out: String) throws -> [String: Data] {
    var all = try finalFiles(of: out)
    let report = try Data(contentsOf: URL(fileURLWithPath: out + "/.dedup/report.json"))
    let corpus = try (JSONSerialization.jsonObject(with: report) as? [String: Any])?["corpus"] as? [String: Any]
    all["corpus"] = try JSONSerialization.data(withJSONObject: corpus ?? [:], options: .sortedKeys)
    return all
}
