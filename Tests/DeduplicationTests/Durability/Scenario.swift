import Basics
import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Deduplication

extension DurabilityTests {
    /// One corpus, and the states that the output folder can have when a run over it begins.
    ///
    /// Two shards are read in several parts, and both have written a frame when the last part is made durable. All
    /// documents of the second are kept, so that its file is copied in the end. Segments are sealed and merged on the
    /// way.
    final class Scenario: Sendable {
        enum Start: CaseIterable {
            case nothing
            /// A first run that was killed while it renamed its files.
            case aFirstRunThatDiedNamingFiles
            /// A run over the first shards.
            case aRun
            /// A second run was killed while it renamed its files.
            case aRunThatDiedNamingFiles
            /// A second run was killed shortly after a part of a large shard had become durable.
            case aRunThatDiedInALargeShard
        }

        /// The work that is tested, and the state in which it begins.
        static let works: [(Start, Work)] = Start.allCases.map { ($0, .run) } + [(.aRun, .compact)]

        static let corpus = PlantedShards(
            [
                .init(path: "a.jsonl.zst", documents: 60), .init(path: "b/1.jsonl", documents: 60),
                .init(path: "c.jsonl.gz", documents: 40), .init(path: "d/big.jsonl", documents: 70, padding: 80_000),
                .init(path: "d/small.jsonl.zst", documents: 60),
                .init(path: "e/big.jsonl.zst", documents: 70, padding: 80_000, isClean: true),
                .init(path: "f.jsonl", documents: 60),
            ], seed: 71)

        /// One thread, so that every run makes the same calls; little memory, so that batches are small.
        static let means = Means(threads: 1, memory: 1 << 20, indexMemory: 240_000, partialShardBytes: 1_500_000)

        let folder: TemporaryFolder
        /// The content of the finished output.
        let expected: [String: Data]

        init() async throws {
            folder = try TemporaryFolder(inMemory: true)
            try Self.corpus.write(to: folder / "in")
            try Self.corpus.write(0..<3, to: folder / "first/in")
            // The same files are linked, because their times of modification are stored in the catalog.
            for path in Self.corpus.paths[..<3] {
                try FileManager.default.removeItem(atPath: folder / "first/in/" + path)
                try FileManager.default.linkItem(atPath: folder / "in/" + path, toPath: folder / "first/in/" + path)
            }
            let report = try await dedup(folder / "in", to: folder / "whole", Means())
            #expect(report.corpus.counts.removed > 60 && report.corpus.counts.bad > 4)
            #expect(report.corpus.shards.filter(\.copied).map(\.name) == ["e/big.jsonl.zst"])
            expected = try fingerprint(of: folder / "whole")
        }

        /// Creates the output in a state: `out` in the folder `parent`.
        func prepare(_ start: Start, in parent: String) async throws {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            let seen = Locked(0)
            @Sendable func count(_ isCounted: Bool) -> Int {
                seen.withLock { seen in
                    seen += isCounted ? 1 : 0
                    return seen
                }
            }
            switch start {
            case .nothing: return
            case .aFirstRunThatDiedNamingFiles:
                try await die(folder / "first/in", parent) { call in
                    guard case .rename(_, to: let path) = call, path.contains("/b/1.jsonl") else { return false }
                    return count(true) == 2
                }
                return
            default: try await dedup(folder / "first/in", to: parent + "/out", Self.means)
            }
            switch start {
            case .aRunThatDiedNamingFiles:
                // The process dies at the second file of a shard of which parts have been committed.
                try await die(folder / "in", parent) { call in
                    guard case .rename(_, to: let path) = call, path.contains("/d/big.jsonl") else { return false }
                    return count(true) == 2
                }
            case .aRunThatDiedInALargeShard:
                // The process dies after something has been written after the third part.
                try await die(folder / "in", parent) { call in
                    if case .sync(let path) = call, path.hasSuffix("/tmp") { _ = count(true) }
                    guard case .write = call else { return false }
                    return count(count(false) >= 3) == 5
                }
            default: return
            }
        }

        private func die(
            _ input: String, _ parent: String, _ isLast: @escaping @Sendable (Disk.Call) -> Bool
        ) async throws {
            let disk = FaultyDisk(below: parent) { _, call in isLast(call) }
            await #expect(throws: Failure.self) {
                try await disk.watched { try await DurabilityTests.dedup(input, to: parent + "/out", Self.means) }
            }
            #expect(disk.hit != nil)
        }

        /// The work on the output.
        enum Work {
            /// A run over all shards.
            case run
            case compact
        }

        func work(_ work: Work, in parent: String, threads: Int = 1) async throws {
            switch work {
            case .run:
                var means = Self.means
                means.threads = threads
                try await dedup(folder / "in", to: parent + "/out", means)
            case .compact:
                try waitForLock(of: parent + "/out")
                try OutputIndex(parent + "/out").compact()
            }
        }

        /// Expects that every file under its final name is complete.
        func expectWholeFiles(_ parent: String, _ what: String) throws {
            for (name, bytes) in try finalFiles(of: parent + "/out") where bytes != expected[name] {
                Issue.record("\(what): \(name) is not whole: \(bytes.count) bytes, not \(expected[name]?.count ?? 0)")
            }
            let report = parent + "/out/.dedup/report.json"
            if let bytes = FileManager.default.contents(atPath: report) {
                #expect(throws: Never.self, "\(what): the report") { try JSONSerialization.jsonObject(with: bytes) }
            }
        }

        /// Expects that an undisturbed run completes the folder to the expected content.
        func expectRecovery(_ parent: String, _ what: String) async throws {
            let what = what.replacingOccurrences(of: folder.path, with: "")
            try expectWholeFiles(parent, what)
            try DurabilityTests.expectNoDamage(in: parent + "/out", what)
            do {
                try await work(.run, in: parent)
                let difference = DurabilityTests.difference(try fingerprint(of: parent + "/out"), expected)
                #expect(difference == nil, "\(what)")
                let leftovers = try DurabilityTests.leftovers(in: parent + "/out")
                #expect(leftovers.isEmpty, "\(what)")
            } catch let failure as Failure {
                Issue.record("\(what): the next run fails: \(failure.message)")
            }
        }
    }

    /// Makes calls below a folder fail.
    final class FaultyDisk: Sendable {
        private struct State {
            var calls = 0
            var hit: Disk.Call?
        }

        private let prefix: String
        private let isDeadAfter: Bool
        private let fails: @Sendable (_ number: Int, Disk.Call) -> Bool
        private let state = Locked(State())

        /// - Parameters:
        ///   - isDeadAfter: whether every call after the first failure fails too.
        ///   - fails: whether a call fails; calls are numbered from 0.
        init(
            below folder: String, isDeadAfter: Bool = true,
            fails: @escaping @Sendable (_ number: Int, Disk.Call) -> Bool = { _, _ in false }
        ) {
            prefix = folder
            self.isDeadAfter = isDeadAfter
            self.fails = fails
        }

        var calls: Int { state.withLock { $0.calls } }
        /// The first call that failed.
        var hit: Disk.Call? { state.withLock { $0.hit } }

        func watched<Result>(_ body: () async throws -> Result) async rethrows -> Result {
            Disk.watch { [self] call in see(call) }
            defer { Disk.watch(nil) }
            return try await body()
        }

        private func see(_ call: Disk.Call) -> Int32? {
            guard call.path.hasPrefix(prefix) else { return nil }
            return state.withLock { state in
                let number = state.calls
                state.calls += 1
                if state.hit == nil ? fails(number, call) : isDeadAfter {
                    state.hit = state.hit ?? call
                    return ENOSPC
                }
                return nil
            }
        }
    }
}

extension Disk.Call {
    /// The path of the call; for a rename, the old one.
    var path: String {
        switch self {
        case .create(let path), .open(let path), .sync(let path), .makeFolder(let path), .remove(let path): path
        case .write(let path, _, _), .truncate(let path, _), .rename(let path, _): path
        }
    }

    /// A description of the call, without the bytes that it writes.
    var name: String {
        switch self {
        case .create: "create \(path)"
        case .open: "open \(path)"
        case .write(_, let offset, let bytes): "write \(bytes.count) bytes at \(offset) of \(path)"
        case .sync: "sync \(path)"
        case .truncate(_, let length): "cut \(path) to \(length)"
        case .rename(_, let to): "rename \(path) to \(to)"
        case .makeFolder: "make the folder \(path)"
        case .remove: "remove \(path)"
        }
    }
}
