import Foundation
import TestSupport
import Testing

/// Shards whose content is not what their name suggests.
@Suite struct ContentTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    }

    private static let lines = documents("d", 40, seed: 1)
    private static let content = Array(lines.map { $0 + "\n" }.joined().utf8)

    // MARK: Compression

    @Test(arguments: [".zst", ".gz", ""], ["a.jsonl", "a.jsonl.zst", "a.jsonl.gz", "a.JSONL.GZ"])
    func theBytesDecideTheCompression(_ suffix: String, _ name: String) throws {
        try folder.write(encoded(Self.content, for: "x" + suffix), to: "in/" + name)
        expectSuccess(try run())
        let bytes = try folder.bytes("out/" + name)
        let kept = try decoded(bytes, for: "x" + suffix)
        #expect(kept.split(separator: UInt8(ascii: "\n")).count == 32)
        #expect(bytes.starts(with: encoded([], for: "x" + suffix).prefix(2)))
        // If all documents were kept, the output is a copy of the shard. An output without any document can still be
        // read.
        try folder.write(encoded(kept, for: "x" + suffix), to: "again/" + name)
        for out in ["again", "out"] {
            expectSuccess(try dedup("run", out, "--out", out + "2", in: folder.path))
            #expect(try decoded(folder.bytes(out + "2/" + name), for: "x" + suffix) == kept)
        }
        expectSuccess(try dedup("run", "in", "--against", "out", "--out", "none", in: folder.path))
        expectSuccess(try dedup("run", "none", "--out", "none2", in: folder.path))
        #expect(try folder.report("none2").corpus.documents == 0)
        expectSuccess(try dedup("index", "verify", "out", in: folder.path))
    }

    @Test func explainDetectsTheCompressionToo() throws {
        try folder.write(gzipMember(Self.content), to: "in/a.jsonl")
        expectSuccess(try run())
        let removed = try #require(try folder.removedLines("a.jsonl").first)
        let outcome = try dedup("explain", "out", "a.jsonl:\(removed.line)", in: folder.path)
        expectSuccess(outcome)
        // The input is deleted, so the twin's text is read from the output.
        try folder.remove("in")
        let other = try dedup("explain", "out", "a.jsonl:\(removed.twin.line)", in: folder.path)
        expectSuccess(other)
    }

    @Test func theShardsOfAnOutputAreThoseInItsCatalog() throws {
        try TinyModel().write(to: folder / "model")
        try folder.write(zstdFrame(Self.content), to: "corpus/RC_2010")
        try folder.shard("corpus/b.jsonl", documents("b", 3, seed: 900))
        expectSuccess(try dedup("run", "corpus", "--format", "jsonl", "--out", "in", in: folder.path))
        // A file that another program put into the output is not one of its shards.
        try folder.shard("in/foreign.jsonl", ["no JSON"])
        let again = try dedup("run", "in", "--out", "again", in: folder.path)
        expectSuccess(again)
        #expect(again.error.contains("1 other file"), "\(again.error)")
        #expect(folder.shards("again") == ["RC_2010", "b.jsonl"])
        expectSuccess(try embed(folder))
        #expect(try folder.record().shards.map(\.name) == ["RC_2010", "b.jsonl"])
        let counts = try dedup(
            "tokenize", "in", "--model", "model", "--output", "counts", "--quiet", in: folder.path)
        expectSuccess(counts)
        #expect(counts.outputText.contains("\"shard\":\"RC_2010\""))
        #expect(!counts.outputText.contains("foreign"))
    }

    // MARK: Other formats

    static let foreign: [(bytes: [UInt8], says: String)] = [
        (Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12\n".utf8), "git lfs pull"),
        (Array("<!DOCTYPE html>\n<html><body>404</body></html>\n".utf8), "HTML"),
        (Array("PAR1".utf8) + [0x15, 0x04, 0x15], "Parquet"), ([0xFF, 0xFE] + Array("{\0\"\0".utf8), "UTF-16"),
        (zstdFrame(gzipMember(content)), "gzip once more"), ([0x50, 0x4B, 0x03, 0x04, 0, 0], "zip"),
        (gzipMember(Array("a.jsonl".utf8) + [UInt8](repeating: 0, count: 250) + Array("ustar\u{0}00".utf8)), "tar"),
    ]

    @Test(arguments: foreign.indices, ["m.jsonl", "m.jsonl.zst", "m.jsonl.gz"])
    func foreignContentIsNamed(_ number: Int, _ name: String) throws {
        let (bytes, says) = Self.foreign[number]
        for policy in ["stop", "keep", "drop"] {
            try expectStopped(at: name, bytes, "--on-bad-line", policy, naming: "not JSON Lines", says)
        }
    }

    @Test func aFirstLineThatIsADocumentIsNeverForeign() throws {
        let lines = [line("<html>", "PAR1"), "<html>", "version https://git-lfs.github.com/spec/v1"]
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try run("--on-bad-line", "drop"))
        #expect(try folder.badLines("a.jsonl").map(\.line) == [2, 3])
    }

    @Test func strayJSONSuggestsToLeaveItOut() throws {
        let stray = [
            ("dataset_infos.json", "{\"default\": {\"description\": \"x\"}}"), ("info.json", "{\n  \"a\": 1\n}\n"),
            ("list.json", "[{\"text\": \"a\"},\n{\"text\": \"b\"}]\n"),
        ]
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        for (name, content) in stray {
            try folder.write(content, to: "in/sub/" + name)
            expectFailure(try run(), 1, naming: "sub/\(name), line 1", "--exclude '\(name)'")
            expectSuccess(try run("--exclude", name))
            try folder.remove("in/sub")
        }
    }

    // MARK: Most lines dropped

    private func mixed(bad: Int, good: Int) -> [String] {
        (0..<good).map { line("g\($0)", text($0 * 50)) } + ["", " "] + (0..<bad).map { "bad \($0)" }
    }

    @Test func aShardThatLosesMostOfItsLinesStopsTheRun() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.shard("in/m.jsonl", mixed(bad: 21, good: 20))
        try folder.shard("in/z.jsonl", documents("z", 3, seed: 9000))
        for threads in ["1", "5"] {
            for arguments in [[], ["--memory", "256M"]] {
                let outcome = try dedup(
                    ["run", "in", "--out", "out", "--on-bad-line", "drop", "--threads", threads] + arguments,
                    in: folder.path)
                expectFailure(
                    outcome, 1, naming: "m.jsonl: 21 of 41 lines", "line 23: not JSON", "--allow-mostly-bad")
                try expectCommitted(["a.jsonl"], folder)
            }
        }
        expectFailure(
            try dedup("run", "in", "--dry-run", "--on-bad-line", "drop", in: folder.path), 1, naming: "m.jsonl: 21 of")
        expectSuccess(try run("--on-bad-line", "drop", "--allow-mostly-bad"))
        #expect(try folder.report().corpus.bad == 21)
        // The option does not bind later runs.
        expectSuccess(try run("--on-bad-line", "drop"))
    }

    @Test(arguments: [(19, 1), (20, 20), (30, 31)])
    func fewerBadLinesMayBeDropped(_ bad: Int, _ good: Int) throws {
        try folder.shard("in/m.jsonl", mixed(bad: bad, good: good))
        expectSuccess(try run("--on-bad-line", "drop"))
        expectSuccess(try dedup("run", "in", "--out", "kept", "--on-bad-line", "keep", in: folder.path))
    }

    /// A file that is one JSON array, or one object over several lines, has too few lines for that bound.
    @Test(arguments: ["[{\"text\":\"a b c\"},{\"text\":\"d e f\"}]\n", "{\n  \"text\": \"a b c\"\n}\n"])
    func aFileOfOneValueIsNotDroppedWhole(_ content: String) throws {
        try folder.write(content, to: "in/m.json")
        try folder.shard("in/n.jsonl", documents("n", 3, seed: 1))
        expectFailure(try run("--on-bad-line", "drop"), 1, naming: "m.json", "a JSON array, or an object over several")
        expectSuccess(try run("--on-bad-line", "drop", "--exclude", "m.json"))
    }

    @Test func otherCommandsStopAtMostlyBadShardsToo() throws {
        try TinyModel().write(to: folder / "model")
        try folder.shard("in/m.jsonl", mixed(bad: 50, good: 20))
        let drop = ["--on-bad-line", "drop"]
        let commands = [
            ["tokenize", "in", "--model", "model", "--quiet"],
            ["train", "whitening", "in", "--model", "model", "--quiet"],
            ["tokenizer", "train", "in", "--vocab", "270", "--out", "tokenizer", "--quiet"],
        ]
        for command in commands {
            let outcome = try dedup(command + drop, in: folder.path)
            #expect(outcome.code == 1 && outcome.error.contains("50 of 70 lines"), "\(command): \(outcome.error)")
            expectSuccess(try dedup(command + drop + ["--allow-mostly-bad"], in: folder.path))
        }
    }
}
