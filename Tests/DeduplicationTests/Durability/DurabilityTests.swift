import Basics
import Dedup
import Foundation
import OutputStore
import Reports
import TestSupport
import Testing

@testable import Pipelines

/// After a crash, a full disk or a loss of power, the next run gives the output that it would have given anyway.
///
/// The suite is serialized, since the process has only one `Disk.watch`; so the tests of vectors and scores on a failing
/// disk are part of it. Other suites run beside it, so each watcher looks only at the calls below a folder of its own.
@Suite(.serialized, .timeLimit(.minutes(60)))
enum DurabilityTests {
    /// Many bands of few rows, which make a large index for few documents.
    static func definition() throws -> PipelineDefinition {
        try PipelineParser.standard.parse(
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

    /// Whether to test a failure and a loss of power at every call, instead of at a sample of the calls.
    static let isExhaustive = ProcessInfo.processInfo.environment["DEDUP_ALL_FAULTS"] != nil

    /// A sample of about `count` numbers of a range, from `first` on; the whole range if the tests are exhaustive.
    static func sample(_ range: Range<Int>, atMost count: Int, first: Int) -> [Int] {
        let step = isExhaustive ? 1 : max(1, range.count / count)
        return Array(stride(from: range.lowerBound + first % step, to: range.upperBound, by: step))
    }

    /// Settings of a run that must not affect its output.
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

    /// Describes the first difference between two outputs; nil if they are equal.
    static func difference(_ found: [String: Data], _ expected: [String: Data]) -> String? {
        let names = Set(found.keys).union(expected.keys).sorted()
        return names.first { found[$0] != expected[$0] }.map { name in
            let sizes = [found[name], expected[name]].map { $0.map { "\($0.count) bytes" } ?? "nothing" }
            return "\(name): \(sizes[0]), expected \(sizes[1])"
        }
    }

    /// The temporary files that an output still holds, and its damage.
    static func leftovers(in out: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: out + "/.dedup/tmp")
            + damage(in: out)
    }

    /// Expects that `dedup verify` finds no damage after a stop, if the output has been begun at all.
    static func expectNoDamage(in folder: String, _ what: String) throws {
        guard FileManager.default.fileExists(atPath: folder + "/.dedup") else { return }
        do {
            try waitForLock(of: folder)
            let found = try Verifier(folder).verify { _ in }
            #expect(found.damage + found.unreadable == [], "\(what)")
            // The next run needs the lock that the check shared.
            try waitForLock(of: folder, .exclusive)
        } catch let failure as Failure {
            Issue.record("\(what): it cannot be verified: \(failure.message)")
        }
    }
}
