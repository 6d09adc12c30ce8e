import Basics
import Dedup
import Foundation
import TestSupport
import Testing

@testable import Pipelines

@Suite struct OtherOutputTests {
    /// Documents of an unfinished shard cannot be named as twins yet.
    @Test func anOutputWithAPartOfAShardIsRefused() async throws {
        let folder = try TemporaryFolder()
        let definition = try PipelineParser.standard.load("deberta")
        for input in ["in", "new"] {
            try FileManager.default.createDirectory(atPath: folder / input, withIntermediateDirectories: true)
        }
        let lines = (0..<30_000).map { "{\"text\":\"\($0) a b c d e f \($0 * 7) g h i \($0 * 13)\"}\n" }.joined()
        try (lines + "nothing\n").write(toFile: folder / "in/a.jsonl", atomically: true, encoding: .utf8)
        try lines.write(toFile: folder / "new/b.jsonl", atomically: true, encoding: .utf8)

        var options = RunOptions(inputs: [folder / "in"], out: folder / "old", threads: 2, memory: 256 << 20)
        options.partialShardBytes = 1 << 16
        await #expect(throws: Failure.self) { try await run(definition, options) }

        options = RunOptions(inputs: [folder / "new"], out: folder / "out", threads: 2, memory: 256 << 20)
        options.against = [folder / "old"]
        let failure = await #expect(throws: Failure.self) { try await run(definition, options) }
        #expect(failure?.kind == .usage)
        #expect(failure?.message.contains("only part of the shard a.jsonl") == true, "\(failure?.message ?? "")")
        #expect(!FileManager.default.fileExists(atPath: folder / "out"))
    }
}
