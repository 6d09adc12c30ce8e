import Foundation
import TestSupport
import Testing

/// Bad lines: a run stops at them, keeps them or drops them, and counts and lists them.
@Suite struct BadLineTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    }

    /// A bad line, and a part of the reason that is reported.
    static let kinds: [(line: String, reason: String)] = [
        ("nothing", "not JSON"), ("{\"id\":\"x\",\"text\":\"ab\"", "not JSON"), ("{\"text\":\"ab\"} x", "not JSON"),
        ("{\"text\":\"ab\"}{\"text\":\"cd\"}", "not JSON"), ("{'text':'ab'}", "not JSON"), ("NaN", "not JSON"),
        ("{\"text\":\"ab\",\"n\":NaN}", "not JSON"), ("{\"text\":\"ab\",}", "not JSON"),
        ("{\"text\":\"a\tb\"}", "not JSON"), ("// comment", "not JSON"), ("12", "not an object"),
        ("\"text\"", "not an object"),
        ("null", "not an object"), ("[{\"text\":\"ab\"}]", "JSON array"), ("{}", "no field \"text\""),
        ("{\"Text\":\"ab\"}", "no field \"text\""), ("{\"meta\":{\"text\":\"ab\"}}", "no field \"text\""),
        ("{\"text\":null}", "\"text\" is not a string"), ("{\"text\":12}", "\"text\" is not a string"),
        ("{\"text\":1e400}", "\"text\" is not a string"), ("{\"text\":true}", "\"text\" is not a string"),
        ("{\"text\":[\"ab\",1]}", "\"text\" is not a string"),
        ("{\"text\":{\"text\":\"ab\"}}", "\"text\" is not a string"),
        ("{\"text\":\"ab\",\"text\":7}", "\"text\" is not a string"),
        ("{\"text\":[\"\\ud800\",[]]}", "\"text\" is not a string"),
    ]

    @Test(arguments: kinds.indices)
    func aBadLineStopsTheRun(_ kind: Int) throws {
        let good = line("good", text(5)) + "\n\n"
        try expectStopped(
            at: "m.jsonl", Array((good + Self.kinds[kind].line + "\n" + line("after", text(6)) + "\n").utf8),
            naming: "m.jsonl, line 3, byte \(good.utf8.count): ", Self.kinds[kind].reason, "--on-bad-line keep or drop")
    }

    /// Returns a shard with every kind of bad line between good ones, and the offsets at which the bad lines begin.
    private func mixed() -> (lines: [String], starts: [Int]) {
        var lines: [String] = []
        var starts: [Int] = []
        var bytes = 0
        for (number, kind) in Self.kinds.enumerated() {
            let good = line("n\(number)", text(number % 7 == 6 ? 0 : number))
            lines += [good, kind.line, ""]
            starts.append(bytes + good.utf8.count + 1)
            bytes += good.utf8.count + kind.line.utf8.count + 3
        }
        return (lines, starts)
    }

    @Test(arguments: ["keep", "drop"], ["a.jsonl", "a.jsonl.zst"])
    func badLinesAreCountedAndListed(_ policy: String, _ name: String) throws {
        let (lines, starts) = mixed()
        try folder.shard("in/" + name, lines)
        expectSuccess(try run("--on-bad-line", policy))
        let bad = try folder.badLines(name)
        #expect(bad.map(\.line) == Self.kinds.indices.map { $0 * 3 + 2 })
        #expect(bad.map(\.byte) == starts)
        for (bad, kind) in zip(bad, Self.kinds) {
            #expect(bad.reason.contains(kind.reason), "\(kind.line): \(bad.reason)")
        }
        // Of every three lines, the third is blank. Copies of the first text are removed.
        let removed = try folder.removedLines(name).map(\.line)
        #expect(removed == Self.kinds.indices.filter { $0 % 7 == 6 }.map { $0 * 3 + 1 })
        let kept = lines.enumerated().filter { number, _ in
            number % 3 == 0 && !removed.contains(number + 1) || number % 3 == 1 && policy == "keep"
        }
        #expect(try folder.decodedText("out/" + name) == kept.map { $0.element + "\n" }.joined())
        let corpus = try folder.report().corpus
        #expect(corpus.read == Self.kinds.count * 2)
        #expect(corpus.bad == Self.kinds.count)
        #expect(corpus.removed == removed.count)
        #expect(corpus.kept + corpus.removed + corpus.dropped == corpus.documents)
        #expect(corpus.documents + corpus.bad == corpus.read)
        #expect(corpus.blankLines == Self.kinds.count)
    }

    @Test func keptBadLinesAreNoTwins() throws {
        // Only documents are compared: a bad line removes nothing and is not removed.
        try folder.shard("in/a.jsonl", ["nothing", "nothing", line("1", "nothing"), "{\"text\":1}", "{\"text\":1}"])
        expectSuccess(try run("--on-bad-line", "keep"))
        #expect(try folder.report().corpus.removed == 0)
        #expect(try folder.bytes("out/a.jsonl") == folder.bytes("in/a.jsonl"))
        #expect(try folder.report().corpus.shards[0].copied)
    }

    @Test func aShardWithoutBadLinesHasNoList() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        expectSuccess(try run("--on-bad-line", "drop"))
        #expect(!folder.exists("out/.dedup/bad/a.jsonl.jsonl.zst"))
    }

    @Test(arguments: ["keep", "drop"])
    func aStoppedRunGoesOn(_ policy: String) throws {
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("in/b.jsonl.zst", documents("b", 6, seed: 4) + ["nothing"] + documents("c", 6, seed: 100))
        try folder.shard("in/c.jsonl.gz", ["{}"] + documents("d", 6, seed: 102))
        expectFailure(try run(), 1, naming: "b.jsonl.zst, line 7")
        try expectCommitted(["a.jsonl"], folder)
        expectFailure(try run("--on-bad-line", policy, "--threshold", "0.8"), 2, naming: "threshold 0.7", "has 0.8")
        try expectCommitted(["a.jsonl"], folder)
        expectSuccess(try run("--on-bad-line", policy, "--threads", "1", "--memory", "256M"))
        #expect(try folder.report().run.shardsDoneBefore == 1)
        expectSuccess(try dedup("run", "in", "--out", "whole", "--on-bad-line", policy, in: folder.path))
        #expect(try folder.results() == folder.results("whole"))
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("whole"))
        // The new run finds no bad line, because the shard with the bad lines has been processed.
        try folder.shard("in/d.jsonl", documents("e", 6, seed: 103))
        expectSuccess(try run())
        #expect(try folder.report().corpus.bad == 2)
    }

    @Test func aRunGoesOnWhenTheLineIsMended() throws {
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("in/b.jsonl", ["nothing"])
        expectFailure(try run(), 1, naming: "b.jsonl, line 1")
        try folder.shard("in/b.jsonl", documents("b", 6, seed: 4))
        expectSuccess(try run())
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
    }

    @Test(arguments: ["1", "2", "7"], [[], ["--memory", "256M"]])
    func theFirstInTheOrderOfTheCorpusIsNamed(_ threads: String, _ more: [String]) throws {
        // The first bad line comes after many good ones, and is followed by many bad lines, which another thread may
        // find sooner.
        let good = documents("b", 1000, seed: 1_000, words: 100)
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        try folder.shard("in/b.jsonl.zst", good + ["first"] + good + Array(repeating: "second", count: 50))
        try folder.shard("in/c.jsonl", Array(repeating: "third", count: 50))
        try folder.write(Array("no zstd".utf8), to: "in/d.jsonl.zst")
        for _ in 0..<2 {
            try folder.remove("out")
            let outcome = try dedup(["run", "in", "--out", "out", "--threads", threads] + more, in: folder.path)
            expectFailure(outcome, 1, naming: "b.jsonl.zst, line 1001,", "not JSON")
            try expectCommitted(["a.jsonl"], folder)
        }
    }

    // MARK: Files that are JSON, but no JSON Lines

    @Test(arguments: ["a.json", "a.jsonl", "a.json.zst"])
    func aFileOfOneArrayIsNamed(_ name: String) throws {
        let array = "[" + documents("a", 3, seed: 1).joined(separator: ",") + "]"
        for content in [
            array, array + "\n", "[\n" + documents("a", 3, seed: 1).joined(separator: ",\n") + "\n]\n",
            "[" + documents("a", 3, seed: 1).joined(separator: ",\n ") + "]\n", " [ \n{}\n]",
        ] {
            let name = "m" + name.dropFirst()
            try expectStopped(
                at: name, encoded(Array(content.utf8), for: name), naming: "\(name), line 1, byte 0", "array",
                "JSON Lines", "jq -c '.[]'")
        }
    }

    @Test func aPrettyPrintedObjectIsNamed() throws {
        for content in [
            "{\n  \"id\": 1,\n  \"text\": \"ab\"\n}\n", "{ \r\n \"text\": \"ab\"\r\n}\r\n",
            "{\"id\": 1,\n \"text\": \"ab\"}\n",
        ] {
            try expectStopped(
                at: "m.json", Array(content.utf8), naming: "m.json, line 1, byte 0", "several lines", "jq -c .")
        }
    }
}
