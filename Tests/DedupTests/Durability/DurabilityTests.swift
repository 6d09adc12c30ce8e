import Basics
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

/// What a crash, a full disk or a loss of power leaves, and that what comes after it is what would have come anyway.
///
/// One after the other: `Disk.watch` is one for the process. Other suites run beside these, so that who watches looks
/// at the calls below a folder of its own only.
@Suite(.serialized, .timeLimit(.minutes(60)))
enum DurabilityTests {
    /// Many bands of few rows: the index has much to hold for the documents.
    static func definition() throws -> PipelineDefinition {
        try PipelineParser.parse(
            """
            stages:
              - read: {on-bad-line: drop}
              - words
              - filter: {min-words: 1}
              - shingles
              - minhash: {seeds: 100, bands: 50, rows: 2}
              - deduplicate
              - write
              - report

            """, source: "test.yaml")
    }

    /// Whether every call is made to fail, and power lost at every call, and not only at some of them.
    static let isExhaustive = ProcessInfo.processInfo.environment["DEDUP_ALL_FAULTS"] != nil

    /// Numbers from `first` on, at most about so many; all when the tests are to be exhaustive.
    static func sample(_ range: Range<Int>, atMost count: Int, first: Int) -> [Int] {
        let step = isExhaustive ? 1 : max(1, range.count / count)
        return Array(stride(from: range.lowerBound + first % step, to: range.upperBound, by: step))
    }

    /// How a run is done: nothing of it may show in what it writes.
    struct Means: CustomStringConvertible {
        var threads = 2
        var memory = 512 << 20
        var indexMemory: Int?
        var partialShardBytes = 1 << 30

        var description: String {
            "\(threads) threads, memory \(memory), index \(indexMemory.map(String.init) ?? "-"), "
                + "parts of \(partialShardBytes)"
        }
    }

    @discardableResult
    static func dedup(_ input: String, to out: String, _ means: Means) async throws -> Report {
        var options = RunOptions(inputs: [input], out: out, threads: means.threads, memory: means.memory)
        options.indexMemory = means.indexMemory
        options.partialShardBytes = means.partialShardBytes
        return try await run(definition(), options)
    }

    /// Where two outputs first differ; nil when they are the same.
    static func difference(_ found: [String: Data], _ expected: [String: Data]) -> String? {
        let names = Set(found.keys).union(expected.keys).sorted()
        return names.first { found[$0] != expected[$0] }.map { name in
            let sizes = [found[name], expected[name]].map { $0.map { "\($0.count) bytes" } ?? "nothing" }
            return "\(name): \(sizes[0]), expected \(sizes[1])"
        }
    }

    /// What is left in an output that nobody reads again, or is damaged; empty for none.
    static func leftovers(in out: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: out + "/.dedup/tmp")
            + damage(in: out)
    }

    /// What a stop leaves is not damage, whatever it is; what is left behind nothing at all is no folder of dedup's.
    static func expectNoDamage(in folder: String, _ what: String) throws {
        guard FileManager.default.fileExists(atPath: folder + "/.dedup") else { return }
        do {
            try waitForLock(of: folder)
            let found = try Verifier(folder).verify { _ in }
            #expect(found.damage + found.unreadable == [], "\(what)")
        } catch let failure as Failure {
            Issue.record("\(what): it cannot be verified: \(failure.message)")
        }
    }
}
