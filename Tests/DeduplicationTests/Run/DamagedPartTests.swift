import Basics
import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Deduplication
@testable import Pipelines

/// Large shards whose damage is found after parts of them were made durable.
@Suite struct DamagedPartTests {
    private static let names = ["a.jsonl", "b.jsonl.gz", "c.jsonl"]

    /// - Parameter indexMemory: bytes for the index. With few bytes, segments of the damaged shard are merged with
    ///   others.
    @Test(arguments: [nil, 300_000], [false, true])
    func aPartIsTakenBack(indexMemory: Int?, stopsFirst: Bool) async throws {
        let folder = try TemporaryFolder()
        for kind in ["in", "without"] {
            try FileManager.default.createDirectory(atPath: folder / kind, withIntermediateDirectories: true)
        }
        // Each shard repeats documents of the shard before.
        for (number, name) in Self.names.enumerated() {
            let lines = (0..<4_000).map { line in
                let seed = number * 3_000 + line
                return "{\"id\":\(seed),\"text\":\"\(seed) a \(seed * 7) c d\(seed % 97) e f\(seed * 3) g h\"}\n"
            }
            var bytes = Array(lines.joined().utf8)
            if name.hasSuffix(".gz") {
                bytes = try gzipped(bytes)
                bytes[bytes.count - 6] ^= 1
            } else {
                try Data(bytes).write(to: URL(fileURLWithPath: folder / "without/" + name))
            }
            try Data(bytes).write(to: URL(fileURLWithPath: folder / "in/" + name))
        }
        let definition = try PipelineParser.standard.load("deberta")
        func options(_ input: String, _ out: String) -> RunOptions {
            var options = RunOptions(inputs: [folder / input], out: folder / out, threads: 2, memory: 256 << 20)
            options.partialShardBytes = 60_000
            options.indexMemory = indexMemory
            return options
        }
        if stopsFirst {
            await #expect(throws: Failure.self) { try await run(definition, options("in", "out")) }
        }
        var skipping = options("in", "out")
        skipping.skipsDamagedShards = true
        let report = try await run(definition, skipping)
        #expect(report.run.skippedShards?.map(\.shard) == ["b.jsonl.gz"])
        try await run(definition, options("without", "other"))
        #expect(files(folder / "out") == files(folder / "other"))
        for name in files(folder / "other") {
            #expect(try decoded(folder / "out/" + name) == decoded(folder / "other/" + name), "\(name)")
        }
        #expect(try damage(in: folder / "out") == [])
        try waitForLock(of: folder / "other")
        #expect(
            try OutputIndex(folder / "out").statistics().documents
                == OutputIndex(folder / "other").statistics().documents
        )

        // After the repair, the shard is processed like one that was added later.
        let repaired = try gzipped(Array(decodedWithoutChecks(folder / "in/b.jsonl.gz")))
        for input in ["in", "without"] {
            try Data(repaired).write(to: URL(fileURLWithPath: folder / input + "/b.jsonl.gz"))
        }
        try await run(definition, options("in", "out"))
        try await run(definition, options("without", "other"))
        for name in files(folder / "other") {
            #expect(try decoded(folder / "out/" + name) == decoded(folder / "other/" + name), "\(name)")
        }
    }

    /// A shard can be excluded after a part of it was made durable: the part is then removed.
    @Test func aPartOfAShardThatIsLeftOutIsTakenBack() async throws {
        let folder = try TemporaryFolder()
        for kind in ["in", "without"] {
            try FileManager.default.createDirectory(atPath: folder / kind, withIntermediateDirectories: true)
        }
        for (number, name) in ["a.jsonl", "b.jsonl", "c.jsonl"].enumerated() {
            var text = ""
            for line in number * 1_500..<number * 1_500 + 2_000 {
                text += "{\"id\":\(line),\"text\":\"\(line) a \(line * 7) c d\(line % 97) e f\(line * 3) g h\"}\n"
            }
            if name == "b.jsonl" { text += "nonsense\n" }
            for kind in name == "b.jsonl" ? ["in"] : ["in", "without"] {
                try text.write(toFile: folder / kind + "/" + name, atomically: true, encoding: .utf8)
            }
        }
        let definition = try PipelineParser.standard.load("deberta")
        func options(_ input: String, _ out: String) -> RunOptions {
            var options = RunOptions(inputs: [folder / input], out: folder / out, threads: 2, memory: 256 << 20)
            options.partialShardBytes = 40_000
            return options
        }
        await #expect(throws: Failure.self) { try await run(definition, options("in", "out")) }
        var leavingOut = options("in", "out")
        leavingOut.selection.exclusions = [try PathPattern("b.jsonl")]
        try await run(definition, leavingOut)
        try await run(definition, options("without", "other"))
        #expect(files(folder / "out") == files(folder / "other"))
        for name in files(folder / "other") {
            #expect(try decoded(folder / "out/" + name) == decoded(folder / "other/" + name), "\(name)")
        }
        #expect(try damage(in: folder / "out") == [])
    }

    /// The content of a gzip file with a wrong checksum.
    private func decodedWithoutChecks(_ path: String) throws -> [UInt8] {
        try runCommand(["gzip", "-dc"], input: bytesOfFile(path)).output
    }
}
