import Basics
import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Deduplication

extension DurabilityTests {
    /// A sequence of shards gives the same bytes, however it is split into runs, and with whatever settings.
    @Suite
    struct BatchEqualsIncremental {
        /// Small shards, and three that are read in several batches.
        private static let corpus: PlantedShards = {
            let plans = (0..<15).map { number in
                let name = String(UnicodeScalar(UInt8(97 + number)))
                return switch number {
                case 3: PlantedShards.Plan(path: "\(name).jsonl", documents: 120, padding: 40_000)
                case 8: PlantedShards.Plan(path: "\(name)/big.jsonl.zst", documents: 150, padding: 15_000)
                case 12: PlantedShards.Plan(path: "\(name).jsonl.gz", documents: 200, padding: 8000)
                case 5: PlantedShards.Plan(path: "\(name)/empty.jsonl", documents: 0)
                default:
                    PlantedShards.Plan(
                        path: number % 2 == 0 ? "\(name)/\(number).jsonl.zst" : "\(name).jsonl", documents: 90)
                }
            }
            return PlantedShards(plans, seed: 61)
        }()

        /// One run over all shards, with enough memory for the whole index.
        private static func whole(_ folder: TemporaryFolder) async throws -> [String: Data] {
            try corpus.write(to: folder / "in")
            let report = try await dedup(folder / "in", to: folder / "whole", Means())
            #expect(report.run.index?.bandKeysOnDisk == 0)
            #expect(report.corpus.counts.removed > 300 && report.corpus.counts.bad > 30)
            try expectTwinsEverywhere(folder / "whole", report)
            return try fingerprint(of: folder / "whole")
        }

        /// Expects twins in the shard before, in the first shards, and a few lines before.
        private static func expectTwinsEverywhere(_ out: String, _ report: Report) throws {
            let removed = try outcome(of: out, report).shards.flatMap { name, shard in
                shard.removed.map { (name, $0) }
            }
            let names = report.corpus.shards.map(\.name)
            #expect(removed.count { name, it in it.twin.shard == name && it.line - it.twin.line < 16 } > 30)
            #expect(removed.count { name, it in names.firstIndex(of: it.twin.shard)! < 3 && name > names[9] } > 10)
            #expect(removed.count { _, it in it.intersection < it.union } > 30)
        }

        private static func stops(_ runs: Int, _ random: inout SeededGenerator) -> [Int] {
            Array(Array(1..<corpus.count).shuffled(using: &random).prefix(runs - 1)).sorted() + [corpus.count]
        }

        @Test func consecutiveRunsGiveTheBytesOfOne() async throws {
            let folder = try TemporaryFolder(inMemory: true)
            let expected = try await Self.whole(folder)
            var random = SeededGenerator(seed: 62)
            for runs in 1...10 {
                let parts = folder / "parts-\(runs)"
                var first = 0
                var done: [String] = []
                for stop in Self.stops(runs, &random) {
                    try Self.corpus.write(first..<stop, to: parts + "/in")
                    let means = Means(
                        threads: Int.random(in: 1...7, using: &random),
                        memory: [256 << 20, 300 << 20, 1 << 30, 3 << 30, 2 << 20].randomElement(using: &random)!,
                        indexMemory: [nil, 240_000, 300_000, 500_000, 2_000_000].randomElement(using: &random)!,
                        partialShardBytes: [1 << 30, 100_000, 1_000_000, 2_000_000].randomElement(using: &random)!)
                    try await dedup(parts + "/in", to: parts + "/out", means)
                    done.append("\(first)..<\(stop) (\(means))")
                    first = stop
                }
                let difference = DurabilityTests.difference(try fingerprint(of: parts + "/out"), expected)
                #expect(difference == nil, "\(done.joined(separator: "; "))")
                #expect(try leftovers(in: parts + "/out").isEmpty, "\(done.joined(separator: "; "))")
            }
        }

        @Test(arguments: [[4, 5, 9, 15], [1, 2, 15]])
        func segmentsThatAreSealedAndMergedChangeNothing(stops: [Int]) async throws {
            let folder = try TemporaryFolder(inMemory: true)
            let expected = try await Self.whole(folder)
            let watch = IndexWatch(folder / "parts")
            watch.begin()
            defer { Disk.watch(nil) }
            var first = 0
            var report: Report?
            for stop in stops {
                try Self.corpus.write(first..<stop, to: folder / "in-parts/in")
                let means = Means(
                    threads: 1 + stop % 3, memory: 4 << 20, indexMemory: 240_000, partialShardBytes: 400_000)
                report = try await dedup(folder / "in-parts/in", to: folder / "parts", means)
                first = stop
            }
            let counts = watch.counts
            #expect(counts.sealed >= 5 && counts.merged >= 2 && counts.removed >= 4 && counts.parts >= 5, "\(counts)")
            let index = try #require(report?.run.index)
            #expect(index.segments < counts.sealed && index.bandKeysOnDisk > index.bandKeys / 2)
            #expect(DurabilityTests.difference(try fingerprint(of: folder / "parts"), expected) == nil)
            #expect(try leftovers(in: folder / "parts").isEmpty)
        }
    }

    /// Counts the segments that an index seals, merges and deletes, and the parts of shards that become durable.
    private final class IndexWatch: Sendable {
        struct Counts {
            var sealed = 0
            var merged = 0
            var removed = 0
            var parts = 0
        }

        private let own: String
        private let found = Locked((counts: Counts(), starts: Set<UInt64>()))

        init(_ out: String) { own = out + "/.dedup/" }

        var counts: Counts { found.withLock { $0.counts } }

        func begin() { Disk.watch { [self] call in see(call) } }

        private func see(_ call: Disk.Call) -> Int32? {
            let segment = own + "index/bands-"
            switch call {
            case .write(let path, at: 0, let header) where path.hasPrefix(segment):
                // The third word of the header is the position of the first document. A merged segment begins where
                // another segment began.
                let start = header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self) }
                found.withLock {
                    if $0.starts.insert(start).inserted { $0.counts.sealed += 1 } else { $0.counts.merged += 1 }
                }
            case .remove(let path) where path.hasPrefix(segment): found.withLock { $0.counts.removed += 1 }
            case .sync(own + "tmp"): found.withLock { $0.counts.parts += 1 }
            default: break
            }
            return nil
        }
    }
}
