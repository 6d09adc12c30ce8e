import Basics
import Dedup
import Foundation
import TestSupport
import Testing

@testable import Pipelines

@Suite struct PartialShardTests {
    /// The durable part of a large shard has a checksum.
    @Test func aFlippedByteInAPartIsFound() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder / "in", withIntermediateDirectories: true)
        let filler = String(repeating: "x", count: 900)
        let lines = (0..<9_000).map { "{\"text\":\"\($0) a b c d e f \($0 * 7) g h\",\"more\":\"\(filler)\"}\n" }
        try (lines.joined() + "nothing\n").write(toFile: folder / "in/a.jsonl", atomically: true, encoding: .utf8)

        var options = RunOptions(inputs: [folder / "in"], out: folder / "out", threads: 2, memory: 256 << 20)
        options.partialShardBytes = 1 << 20
        let stopping = try PipelineParser.standard.load("deberta")
        await #expect(throws: Failure.self) { try await run(stopping, options) }

        let parts = try FileManager.default.contentsOfDirectory(atPath: folder / "out/.dedup/tmp")
        let part = try #require(
            parts.map { folder / "out/.dedup/tmp/" + $0 }.first {
                (try? Data(contentsOf: URL(fileURLWithPath: $0)).count) ?? 0 > 0
            })
        let content = try Data(contentsOf: URL(fileURLWithPath: part))
        #expect(try damage(in: folder / "out").isEmpty)
        var changed = try PipelineParser.standard.load("deberta")
        try changed.apply(.init(Parameter("on-bad-line"), "read", "on-bad-line", "drop"))
        let dropping = changed
        for offset in [0, content.count / 2] {
            var flipped = content
            flipped[offset] ^= 4
            try flipped.write(to: URL(fileURLWithPath: part))
            let damage = try damage(in: folder / "out")
            #expect(damage.count == 1 && damage[0].contains(part))
            let failure = await #expect(throws: Failure.self) { try await run(dropping, options) }
            #expect(failure?.message.contains("\(part): damaged") == true, "\(failure?.message ?? "")")
        }
        try content.write(to: URL(fileURLWithPath: part))
        try await run(dropping, options)
        #expect(try decoded(folder / "out/a.jsonl") == Array(lines.joined().utf8))
    }
}
