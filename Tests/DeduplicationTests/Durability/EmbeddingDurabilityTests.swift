import Basics
import DeBERTa
import Dedup
import Foundation
import TestSupport
import Testing

@testable import Embedding
@testable import Pipelines

extension DurabilityTests {
    /// Vectors after a full disk, a killed process, and a loss of power.
    @Suite
    struct Embeddings {
        enum Start: CaseIterable {
            case nothing
            /// Vectors of some of the shards, of which one was changed since.
            case someShards
            /// Vectors of another model, which are replaced.
            case anotherModel
        }

        @Test(arguments: Start.allCases)
        func aRunAfterAnyFailedCallEndsAsUsual(_ start: Start) async throws {
            let scenario = try await Vectors()
            try await scenario.prepare(start, in: "start")
            for isDeadAfter in [false, true] {
                try scenario.copy("start", to: "trial")
                let counting = FaultyDisk(below: scenario.folder / "trial")
                try await counting.watched { try await scenario.embed(start, in: "trial") }
                #expect(counting.calls > 20)
                for number in DurabilityTests.sample(0..<counting.calls, atMost: 25, first: isDeadAfter ? 1 : 2) {
                    try scenario.copy("start", to: "trial")
                    let disk = FaultyDisk(below: scenario.folder / "trial", isDeadAfter: isDeadAfter) { count, _ in
                        count == number
                    }
                    var failure: Failure?
                    do {
                        try await disk.watched { try await scenario.embed(start, in: "trial") }
                    } catch let error as Failure {
                        failure = error
                    }
                    let what = "\(start), call \(number): \(disk.hit?.name ?? "-")"
                    #expect(disk.hit != nil, "\(what)")
                    #expect(failure?.message.contains("No space left on device") == true, "\(what)")
                    try await scenario.expectRecovery(start, in: "trial", what)
                }
            }
        }

        @Test(arguments: Start.allCases)
        func aRunAfterAnyLossOfPowerEndsAsUsual(_ start: Start) async throws {
            let scenario = try await Vectors()
            try await scenario.prepare(start, in: "start")
            try scenario.copy("start", to: "run")
            let isOther: (String) -> Bool = { $0.hasSuffix("/.dedup/lock") }
            var model = try DiskModel(of: scenario.folder / "run", leavingOut: isOther)
            let calls = Locked<[Disk.Call]>([])
            let prefix = scenario.folder / "run"
            Disk.watch { call in
                if call.path == prefix || call.path.hasPrefix(prefix + "/") { calls.withLock { $0.append(call) } }
                return nil
            }
            do {
                defer { Disk.watch(nil) }
                try await scenario.embed(start, in: "run")
            }
            let all = calls.withLock { $0 }
            var random = SeededGenerator(seed: 12)
            let sample = Set(DurabilityTests.sample(0..<all.count + 1, atMost: 15, first: 3))
            for number in 0...all.count {
                for loss in sample.contains(number) ? DiskModel.Loss.allCases : [] {
                    try? FileManager.default.removeItem(atPath: scenario.folder / "trial")
                    try FileManager.default.createDirectory(
                        atPath: scenario.folder / "trial", withIntermediateDirectories: false)
                    try model.write(to: scenario.folder / "trial", loss, &random)
                    let call = number < all.count ? all[number].name : "the end"
                    try await scenario.expectRecovery(
                        start, in: "trial", "\(start), \(loss) is lost before call \(number): \(call)")
                }
                if number < all.count { model.make(all[number]) }
            }
            #expect(try model.isTrue(leavingOut: isOther))
        }
    }

    /// A few shards and a small model, for tests of `dedup embed`.
    final class Vectors: Sendable {
        let folder: TemporaryFolder
        private let expected: [String: Data]

        init() async throws {
            let folder = try TemporaryFolder(inMemory: true)
            self.folder = folder
            try TinyModel().write(to: folder / "model")
            var other = TinyModel()
            other.seed = 9
            try other.write(to: folder / "other")
            for (name, count) in [("a.jsonl", 9), ("b/1.jsonl", 4), ("b/2.jsonl", 6), ("c.jsonl", 0)] {
                try Self.write(name, count, to: folder / "in")
                if name == "b/1.jsonl" {
                    // Different documents of the same number, so that the files of vectors have the same size.
                    try Self.write(name, count, of: "x/1.jsonl", to: folder / "before")
                    // Files that are written within one tick of the clock would have the same time.
                    try FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSinceNow: -3600)],
                        ofItemAtPath: folder / "before" + "/" + name)
                } else if name != "b/2.jsonl" {
                    try Self.write(name, name == "a.jsonl" ? 3 : count, to: folder / "before")
                }
            }
            try await Self.run(folder / "in", folder / "model", to: folder / "expected/out")
            expected = try Self.content(folder / "expected/out")
        }

        private static func write(_ name: String, _ count: Int, of texts: String? = nil, to input: String) throws {
            let path = input + "/" + name
            try FileManager.default.createDirectory(
                atPath: Disk.folder(of: path), withIntermediateDirectories: true)
            let lines = (0..<count).map { "{\"id\":\($0),\"text\":\"\(texts ?? name) \($0)\"}\n" }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path))
        }

        private static func run(
            _ input: String, _ model: String, to out: String, replaces: Bool = false
        ) async throws {
            var options = EmbedOptions()
            options.model = model
            options.precision = .f32
            // One thread, so that every run makes the same calls.
            var request = EmbedRequest(inputs: ["in=" + input], out: out, options: options, threads: 1, memory: 1 << 28)
            request.replaces = replaces
            try waitForLock(of: out)
            _ = try await EmbedRun(request).run()
        }

        func prepare(_ start: Embeddings.Start, in parent: String) async throws {
            try FileManager.default.createDirectory(atPath: folder / parent, withIntermediateDirectories: true)
            switch start {
            case .nothing: break
            case .someShards: try await Self.run(folder / "before", folder / "model", to: folder / parent + "/out")
            case .anotherModel: try await Self.run(folder / "in", folder / "other", to: folder / parent + "/out")
            }
        }

        func embed(_ start: Embeddings.Start, in parent: String) async throws {
            try await Self.run(
                folder / "in", folder / "model", to: folder / parent + "/out", replaces: start == .anotherModel)
        }

        func copy(_ from: String, to: String) throws {
            try? FileManager.default.removeItem(atPath: folder / to)
            try FileManager.default.copyItem(atPath: folder / from, toPath: folder / to)
        }

        /// Files under their final names.
        private static func content(_ out: String) throws -> [String: Data] {
            var content: [String: Data] = [:]
            for name in files(out) { content[name] = FileManager.default.contents(atPath: out + "/" + name) }
            if let record = content["embeddings.json"] {
                var fields = try #require(JSONSerialization.jsonObject(with: record) as? [String: Any])
                fields["encode_seconds"] = nil
                content["embeddings.json"] = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
            }
            return content
        }

        /// Expects that an undisturbed run completes the folder to the expected content.
        func expectRecovery(_ start: Embeddings.Start, in parent: String, _ what: String) async throws {
            let what = what.replacingOccurrences(of: folder.path, with: "")
            try DurabilityTests.expectNoDamage(in: folder / parent + "/out", what)
            do {
                try await embed(start, in: parent)
                let out = folder / parent + "/out"
                let found = try Self.content(out)
                #expect(DurabilityTests.difference(found, expected) == nil, "\(what)")
                let temporary = try FileManager.default.contentsOfDirectory(atPath: out + "/.dedup/tmp")
                #expect(temporary.isEmpty, "\(what)")
            } catch let failure as Failure {
                Issue.record("\(what): the next run fails: \(failure.message)")
            }
        }
    }
}
