import Basics
import DeBERTa
import Dedup
import Foundation
import QualityScoring
import TestSupport
import Testing

@testable import Embedding
@testable import Pipelines
@testable import Scoring

extension DurabilityTests {
    /// Scores and filtered corpora after a full disk, a killed process, and a loss of power.
    @Suite
    struct Scoring {
        enum Start: CaseIterable {
            case nothing
            /// Scores of some of the shards. One of these has changed since, and one was deleted.
            case someShards
            /// Scores by another head, which are replaced.
            case anotherHead
        }

        @Test(arguments: Start.allCases)
        func aRunAfterAnyFailedCallEndsAsUsual(_ start: Start) async throws {
            let scenario = try await Scores()
            try await scenario.prepare(start)
            for isDeadAfter in [false, true] {
                try scenario.begin()
                let counting = FaultyDisk(below: scenario.folder / "trial")
                try await counting.watched { try await scenario.score(start) }
                #expect(counting.calls > 20)
                for number in DurabilityTests.sample(0..<counting.calls, atMost: 25, first: isDeadAfter ? 1 : 2) {
                    try scenario.begin()
                    let disk = FaultyDisk(below: scenario.folder / "trial", isDeadAfter: isDeadAfter) { count, _ in
                        count == number
                    }
                    var failure: Failure?
                    do {
                        try await disk.watched { try await scenario.score(start) }
                    } catch let error as Failure {
                        failure = error
                    }
                    let what = "\(start), call \(number): \(disk.hit?.name ?? "-")"
                    #expect(disk.hit != nil, "\(what)")
                    #expect(failure?.message.contains("No space left on device") == true, "\(what)")
                    try await scenario.expectRecovery(start, what)
                }
            }
        }

        @Test(arguments: Start.allCases)
        func aRunAfterAnyLossOfPowerEndsAsUsual(_ start: Start) async throws {
            let scenario = try await Scores()
            try await scenario.prepare(start)
            try scenario.begin()
            let isOther: (String) -> Bool = { $0.hasSuffix("/.dedup/lock") }
            let trial = scenario.folder / "trial"
            var model = try DiskModel(of: trial, leavingOut: isOther)
            let calls = Locked<[Disk.Call]>([])
            Disk.watch { call in
                if call.path == trial || call.path.hasPrefix(trial + "/") { calls.withLock { $0.append(call) } }
                return nil
            }
            do {
                defer { Disk.watch(nil) }
                try await scenario.score(start)
            }
            let all = calls.withLock { $0 }
            var random = SeededGenerator(seed: 12)
            let sample = Set(DurabilityTests.sample(0..<all.count + 1, atMost: 15, first: 3))
            for number in 0...all.count {
                for loss in sample.contains(number) ? DiskModel.Loss.allCases : [] {
                    try? FileManager.default.removeItem(atPath: trial)
                    try FileManager.default.createDirectory(atPath: trial, withIntermediateDirectories: false)
                    try model.write(to: trial, loss, &random)
                    let call = number < all.count ? all[number].name : "the end"
                    try await scenario.expectRecovery(start, "\(start), \(loss) is lost before call \(number): \(call)")
                }
                if number < all.count { model.make(all[number]) }
            }
        }
    }

    /// A corpus of a few shards, a small model and two heads. All work is done in `trial`, because a filtered corpus
    /// records the path of its source.
    final class Scores: Sendable {
        let folder: TemporaryFolder
        private let expected: [String: Data]

        init() async throws {
            let folder = try TemporaryFolder(inMemory: true)
            self.folder = folder
            try TinyModel().write(to: folder / "model")
            try Self.write("x.jsonl", 1, to: folder / "some")
            var options = EmbedOptions()
            options.model = folder / "model"
            options.precision = .f32
            let request = EmbedRequest(
                inputs: [folder / "some"], out: folder / "vectors", options: options, threads: 1, memory: 1 << 28)
            let record = try await EmbedRun(request).run().record
            for (name, seed) in [("head.json", 1.0), ("other.json", 2.0)] {
                let origin = VectorOrigin(
                    model: record.modelChecksum, prefix: "", pooling: record.pooling, long: record.long,
                    specialTokens: record.specialTokens, maxTokens: record.maxTokens, dimensions: record.dimensions,
                    normalize: record.normalize, whitening: record.whitening, layout: "keep")
                let count = record.dimensions + TextStatistics.count
                let output = Head.Output(
                    name: "fine", bias: 0, weights: (0..<count).map { sin(Double($0) * seed) },
                    scaling: FeatureScaling(
                        means: [Double](repeating: 0, count: count), scales: [Double](repeating: 1, count: count),
                        least: [Double](repeating: -8, count: count), most: [Double](repeating: 8, count: count)),
                    calibration: .none, domain: Domain(of: []), good: 1, bad: 1, auc: 0.5)
                try Head(origin: origin, outputs: [output]).write(to: folder / name)
            }
            try Self.writeCorpus(to: folder / "trial", isWhole: true)
            try await Self.run(folder, "head.json")
            expected = try Self.content(folder / "trial")
        }

        private static func writeCorpus(to trial: String, isWhole: Bool) throws {
            for (name, count) in [("a.jsonl", 9), ("b/1.jsonl", 4), ("b/2.jsonl", 6), ("c.jsonl", 0)] {
                if isWhole || name != "b/2.jsonl" {
                    try write(name, isWhole || name != "a.jsonl" ? count : 3, to: trial + "/corpus")
                }
            }
            if !isWhole { try write("gone.jsonl", 5, to: trial + "/corpus") }
        }

        private static func write(_ name: String, _ count: Int, to input: String) throws {
            let path = input + "/" + name
            try FileManager.default.createDirectory(
                atPath: Disk.folder(of: path), withIntermediateDirectories: true)
            let lines = (0..<count).map { "{\"id\":\($0),\"text\":\"\(name) \($0 * 7919) and some more words\"}\n" }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path))
        }

        private static func run(_ folder: TemporaryFolder, _ head: String, replaces: Bool = false) async throws {
            // One thread, so that every run makes the same calls.
            var request = ScoreRequest(corpus: folder / "trial/corpus", threads: 1, memory: 1 << 28)
            request.head = folder / head
            request.model = folder / "model"
            request.precision = .f32
            request.choice = DocumentChoice(.minQuality(0.5))
            request.out = folder / "trial/good"
            request.replaces = replaces
            for name in ["trial/corpus", "trial/good"] { try waitForLock(of: folder / name) }
            _ = try await ScoreRun(request).run()
        }

        func prepare(_ start: Scoring.Start) async throws {
            try? FileManager.default.removeItem(atPath: folder / "trial")
            switch start {
            case .nothing: break
            case .someShards:
                try Self.writeCorpus(to: folder / "trial", isWhole: false)
                try await Self.run(folder, "head.json")
                try FileManager.default.removeItem(atPath: folder / "trial/corpus/gone.jsonl")
            case .anotherHead:
                try Self.writeCorpus(to: folder / "trial", isWhole: true)
                try await Self.run(folder, "other.json")
            }
            try Self.writeCorpus(to: folder / "trial", isWhole: true)
            try FileManager.default.moveItem(atPath: folder / "trial", toPath: folder / "start")
        }

        /// Restores `trial` to its initial state.
        func begin() throws {
            try? FileManager.default.removeItem(atPath: folder / "trial")
            try FileManager.default.copyItem(atPath: folder / "start", toPath: folder / "trial")
        }

        func score(_ start: Scoring.Start) async throws {
            try await Self.run(folder, "head.json", replaces: start == .anotherHead)
        }

        /// Files under their final names, without the times of the shards.
        private static func content(_ trial: String) throws -> [String: Data] {
            var content: [String: Data] = [:]
            for name in FileManager.default.enumerator(atPath: trial)?.compactMap({ $0 as? String }) ?? []
            where !name.hasSuffix("/lock") && !name.hasSuffix(".written") {
                content[name] = FileManager.default.contents(atPath: trial + "/" + name)
            }
            for name in ["corpus/.dedup/scores/scores.json", "good/.dedup/filter.json"] {
                guard let record = content[name] else { continue }
                content[name] = Data(
                    String(decoding: record, as: UTF8.self).replacing(/"modified":\d+/, with: "").utf8)
            }
            return content
        }

        /// Expects that an undisturbed run completes the folder to the expected content.
        func expectRecovery(_ start: Scoring.Start, _ what: String) async throws {
            let what = what.replacingOccurrences(of: folder.path, with: "")
            for name in ["trial/corpus", "trial/good"] { try DurabilityTests.expectNoDamage(in: folder / name, what) }
            do {
                try await score(start)
                let found = try Self.content(folder / "trial")
                #expect(DurabilityTests.difference(found, expected) == nil, "\(what)")
            } catch let failure as Failure {
                Issue.record("\(what): the next run fails: \(failure.message)")
            }
        }
    }
}
