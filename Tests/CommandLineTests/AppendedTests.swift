import Foundation
import TestSupport
import Testing

/// Shards to which lines were appended after a run had processed them.
@Suite struct AppendedTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 30, seed: 1))
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out", "--on-bad-line", "drop"] + arguments, in: folder.path)
    }

    private func expectAsInOneRun(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try folder.remove("fresh")
        let command = ["run", "in", "--out", "fresh", "--on-bad-line", "drop"]
        expectSuccess(try dedup(command, in: folder.path), sourceLocation: sourceLocation)
        #expect(try folder.results() == folder.results("fresh"), sourceLocation: sourceLocation)
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("fresh"), sourceLocation: sourceLocation)
        expectNoTemporaryFiles(folder, "out", sourceLocation: sourceLocation)
        expectSuccess(try dedup("verify", "out", in: folder.path), sourceLocation: sourceLocation)
    }

    /// The last shard, of which all documents or some are kept, with every compression, with and without a newline at
    /// its end.
    @Test(arguments: ["b.jsonl", "b.jsonl.gz", "b.jsonl.zst"], [false, true])
    func theNewLinesOfTheLastShardAreTakenIn(name: String, isCopied: Bool) throws {
        let old = documents("b", 40, seed: isCopied ? 500 : 20) + (isCopied ? [] : ["", "nonsense"])
        for endsLine in [true, false] {
            try folder.remove("out")
            let first = Array(old.joined(separator: "\n").utf8) + Array((endsLine ? "\n" : "").utf8)
            let file = encoded(first, for: name)
            try folder.write(file, to: "in/" + name)
            expectSuccess(try run())
            let more = documents("m", 10, seed: 900) + documents("n", 10, seed: 5) + ["{}"]
            let new = Array(((endsLine ? "" : "\n") + more.joined(separator: "\n") + "\n").utf8)
            try folder.write(file + encoded(new, for: name), to: "in/" + name)

            let refused = try run()
            expectFailure(refused, 1, naming: name, "added to it", "--appended")
            let dry = try run("--appended", "--dry-run", "--quiet")
            expectSuccess(dry)
            expectSuccess(try run("--appended"))
            try expectAsInOneRun()
            #expect(try Report(dry.output).corpus.kept == folder.report().corpus.kept)
            // Afterwards, the grown shard counts as processed.
            expectSuccess(try run())
        }
    }

    /// The full frames of an earlier run stay; its last frame, which was not full, is written again.
    @Test func newLinesOfAShardOfSeveralFramesAreTakenIn() throws {
        let filler = String(repeating: "x", count: 3000)
        let lines = (0..<3200).map { line("\($0)", text($0 % 3000), ",\"more\":\"\(filler)\"") }
        let file = encoded(Array((lines.joined(separator: "\n") + "\n").utf8), for: "b.jsonl.zst")
        try folder.write(file, to: "in/b.jsonl.zst")
        expectSuccess(try run())
        let more = encoded(
            Array((documents("m", 10, seed: 7000).joined(separator: "\n") + "\n").utf8), for: "b.jsonl.zst")
        try folder.write(file + more, to: "in/b.jsonl.zst")
        expectSuccess(try run("--appended"))
        try expectAsInOneRun()
    }

    @Test func onlyTheLastShardMayGrow() throws {
        try folder.shard("in/b.jsonl", documents("b", 5, seed: 100))
        expectSuccess(try run())
        let old = try folder.bytes("in/a.jsonl")
        try folder.write(old + Array((line("x", text(777)) + "\n").utf8), to: "in/a.jsonl")
        let state = try folder.state()
        expectFailure(try run("--appended"), 1, naming: "a.jsonl", "later shards", "new shard")
        try folder.write(old, to: "in/a.jsonl")
        // The old bytes of the shard have changed.
        var changed = try folder.bytes("in/b.jsonl")
        changed[10] ^= 1
        try folder.write(changed + Array((line("x", text(777)) + "\n").utf8), to: "in/b.jsonl")
        expectFailure(try run("--appended"), 1, naming: "b.jsonl", "the content has changed")
        #expect(try folder.state() == state)
    }

    @Test func aLineThatGoesOnIsAnError() throws {
        let open = line("o", text(40))
        try folder.write(Array(open.utf8), to: "in/b.jsonl")
        expectSuccess(try run())
        try folder.write(Array((open + "  " + line("p", text(41)) + "\n").utf8), to: "in/b.jsonl")
        expectFailure(
            try run("--appended"), 1, naming: "b.jsonl, byte \(open.utf8.count)",
            "continue the shard's former last line")
    }

    /// If the appended bytes are damaged, the output of the shard does not change.
    @Test func damagedNewBytesLeaveTheShardAsItWas() throws {
        let file = encoded(
            Array((documents("b", 5, seed: 50).joined(separator: "\n") + "\n").utf8), for: "b.jsonl.gz")
        try folder.write(file, to: "in/b.jsonl.gz")
        expectSuccess(try run())
        let before = try folder.results()
        try folder.write(file + file.dropLast(9), to: "in/b.jsonl.gz")
        expectFailure(try run("--appended"), 1, naming: "b.jsonl.gz")
        let skipped = try run("--appended", "--on-bad-shard", "skip")
        expectSuccess(skipped)
        #expect(skipped.error.contains("b.jsonl.gz"))
        #expect(try folder.results() == before)
        try folder.write(file + file, to: "in/b.jsonl.gz")
        expectSuccess(try run("--appended"))
        try expectAsInOneRun()
    }
}
