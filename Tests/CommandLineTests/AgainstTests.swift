import Foundation
import TestSupport
import Testing

/// `--against`: documents are also compared with the kept documents of other outputs.
@Suite struct AgainstTests {
    let folder: TemporaryFolder

    /// Creates an output `old` of two shards, and shards in `in` that repeat documents of `old` and of each other.
    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("books/a.jsonl.zst", documents("a", 20, seed: 1))
        try folder.shard("books/b.jsonl", documents("b", 20, seed: 50))
        expectSuccess(try run("books", "--out", "old"))
        try folder.shard("in/x.jsonl", documents("x", 20, seed: 11) + documents("own", 10, seed: 300))
        try folder.shard("in/y.jsonl.zst", documents("y", 20, seed: 25) + documents("z", 5, seed: 60))
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    /// One more shard for the other output.
    private func growOld() throws {
        try folder.shard("books/c.jsonl", documents("c", 5, seed: 200))
        expectSuccess(try run("books", "--out", "old"))
    }

    @Test func documentsOfAnotherOutputAreRemoved() throws {
        let before = try folder.listing("old")
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
        #expect(try folder.listing("old") == before)
        // The result equals that of one run over both inputs.
        expectSuccess(try run("books", "in", "--out", "both"))
        for name in ["x.jsonl", "y.jsonl.zst"] {
            #expect(try folder.bytes("out/" + name) == folder.bytes("both/in/" + name))
            let removed = try folder.removedLines(name)
            let expected = try folder.removedLines("in/" + name, "both")
            #expect(removed.map(\.line) == expected.map(\.line))
            for (line, twin) in zip(removed.map(\.twin), expected.map(\.twin)) {
                #expect(line.line == twin.line)
                #expect(twin.shard == (line.against == nil ? "in/" : "books/") + line.shard)
                #expect(line.against == nil || line.against == "old")
            }
            #expect(removed.contains { $0.twin.against == "old" })
        }
        #expect(try folder.removedLines("x.jsonl").contains { $0.twin.against == nil })
        let report = try folder.report()
        #expect(report.run.against == ["old"])
        #expect(report.run.index?.documents == report.corpus.kept)
        #expect(report.corpus.shards.map(\.name) == ["x.jsonl", "y.jsonl.zst"])
        #expect(try dedup("stats", "out", in: folder.path).outputText.contains("compared with the outputs old"))
    }

    @Test func explainShowsTheTwinInAnyWorkingDirectory() throws {
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
        for (path, place) in [("out", folder.path), ("../out", folder / "in"), (folder / "out", "/")] {
            let shown = try dedup(["explain", path, "x-1"], in: place).outputText
            #expect(shown.contains("a.jsonl.zst:12 (id a-11) in the output old"), "\(shown)")
            // Both texts are shown, and all words of both are marked as shared.
            #expect(shown.components(separatedBy: "[\(text(12))]").count == 3, "\(shown)")
        }
    }

    @Test func laterRunsCompareToo() throws {
        expectSuccess(try run("in", "--out", "whole", "--against", "old"))
        let last = try folder.bytes("in/y.jsonl.zst")
        try folder.remove("in/y.jsonl.zst")
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
        try folder.write(last, to: "in/y.jsonl.zst")
        let before = try folder.listing("old")
        // Another path to the same output makes no difference.
        try folder.link("link", to: "old")
        expectSuccess(try run("in", "--out", "out", "--against", "link/"))
        #expect(try folder.listing("old") == before)
        #expect(try folder.bytes("out/y.jsonl.zst") == folder.bytes("whole/y.jsonl.zst"))
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("whole"))
    }

    @Test func aDryRunCountsThemToo() throws {
        let before = try folder.listing(".")
        let dry = try run("in", "--out", "out", "--against", "old", "--dry-run")
        expectSuccess(dry)
        #expect(try folder.listing(".") == before)
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
        #expect(try Report(dry.output).corpus.removed == folder.report().corpus.removed)
        #expect(try Report(dry.output).run.against == ["old"])
    }

    @Test func theFirstOfSeveralComesFirst() throws {
        try folder.shard("web/a.jsonl", documents("w", 20, seed: 1))
        expectSuccess(try run("web", "--out", "crawl"))
        expectSuccess(try run("in", "--out", "one", "--against", "old", "--against", "crawl"))
        expectSuccess(try run("in", "--out", "two", "--against", "crawl", "--against", "old"))
        #expect(try folder.report("one").run.against == ["old", "crawl"])
        #expect(try folder.bytes("one/x.jsonl") == folder.bytes("two/x.jsonl"))
        let one = try folder.removedLines("x.jsonl", "one")
        let two = try folder.removedLines("x.jsonl", "two")
        // Documents 11 to 20 are in both outputs; the one that is given first counts.
        #expect(one.contains { $0.twin.against == "old" } && !one.contains { $0.twin.against == "crawl" })
        #expect(two.contains { $0.twin.against == "crawl" } && !two.contains { $0.twin.against == "old" })
        // Documents 60 to 64 are only in `old`.
        #expect(try folder.removedLines("y.jsonl.zst", "two").contains { $0.twin.against == "old" })
        // With the outputs in another order, the run is refused.
        try folder.shard("in/z.jsonl", documents("zz", 5, seed: 3))
        expectFailure(
            try run("in", "--out", "one", "--against", "crawl", "--against", "old"), 2, naming: "--against crawl",
            "--against-changed")
        expectFailure(try run("in", "--out", "one", "--against", "old"), 2, naming: "--against crawl", "not given now")
        expectSuccess(try run("in", "--out", "one", "--against", "old", "--against", "crawl"))
    }

    @Test func anInterruptedRunGoesOn() throws {
        try folder.shard("in/z.jsonl", ["nothing"] + documents("z", 10, seed: 8))
        let options = ["in", "--against", "old"]
        expectFailure(try dedup(["run", "--out", "out"] + options, in: folder.path), 1, naming: "z.jsonl, line 1")
        expectSuccess(try dedup(["run", "--out", "out", "--on-bad-line", "drop"] + options, in: folder.path))
        expectSuccess(try dedup(["run", "--out", "calm", "--on-bad-line", "drop"] + options, in: folder.path))
        #expect(try folder.results() == folder.results("calm"))
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("calm"))
    }

    // MARK: Other states

    @Test func anOutputThatHoldsMoreNowIsRefused() throws {
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
        try growOld()
        try folder.shard("in/z.jsonl", documents("z", 10, seed: 198))
        let state = try folder.state()
        for arguments in [[], ["--dry-run"]] {
            expectFailure(
                try dedup(["run", "in", "--out", "out", "--against", "old"] + arguments, in: folder.path), 2,
                naming: "--against old", "its documents have changed", "--out out", "--against-changed")
            #expect(try folder.state() == state)
        }
        expectSuccess(try run("in", "--out", "out", "--against", "old", "--against-changed"))
        #expect(try folder.removedLines("z.jsonl").contains { $0.twin.shard == "c.jsonl" && $0.twin.against == "old" })
        // The new state of the other output has been recorded, so the option is not needed any more.
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
    }

    @Test func anOutputThatIsNotGivenAgainIsMissed() throws {
        expectSuccess(try run("in", "--out", "out", "--against", "old"))
        try folder.shard("in/z.jsonl", documents("z", 10, seed: 3))
        let state = try folder.state()
        expectFailure(
            try run("in", "--out", "out"), 2, naming: "--out out", "--against old", "not given now",
            "--against-changed")
        #expect(try folder.state() == state)
        expectSuccess(try run("in", "--out", "out", "--against-changed"))
        #expect(try folder.removedLines("z.jsonl").allSatisfy { $0.twin.against == nil })
    }

    @Test func anOutputThatComesLaterIsRefused() throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/z.jsonl", documents("z", 10, seed: 50))
        let before = try folder.results()
        expectFailure(
            try run("in", "--out", "out", "--against", "old"), 2, naming: "without --against old", "--against-changed")
        #expect(try folder.results() == before)
        expectSuccess(try run("in", "--out", "out", "--against", "old", "--against-changed"))
        // Only new documents are compared with the output.
        #expect(try folder.results().filter { before.keys.contains($0.key) } == before)
        #expect(try folder.decoded("out/z.jsonl").isEmpty)
    }

    // MARK: Outputs that are refused

    @Test(arguments: [
        (["--bands", "5"], "bands 10", "5"), (["--rows", "5"], "rows 10", "5"),
        (["--seeds", "200"], "seeds 100", "200"),
        (["--normalization", "nfkc"], "normalization nfc", "nfkc"), (["--match", "exact"], "match jaccard", "exact"),
        (["--shingle-size", "3"], "shingle-size 5", "3"), (["--shingle-unit", "char"], "shingle-unit word", "char"),
    ])
    func otherParametersAreRefused(_ arguments: [String], _ old: String, _ new: String) throws {
        let outcome = try dedup(["run", "in", "--out", "out", "--against", "old"] + arguments, in: folder.path)
        expectFailure(outcome, 2, naming: "--against old", "made with \(old)", "this run has \(new)")
        #expect(!folder.exists("out"))
    }

    @Test func parametersThatDoNotAffectTheComparisonMayDiffer() throws {
        expectSuccess(
            try run(
                "in", "--out", "out", "--against", "old", "--threshold", "0.9", "--level", "9", "--min-words", "3",
                "--id-field", "key"))
        #expect(try folder.removedLines("x.jsonl").contains { $0.twin.against == "old" })
    }

    @Test(arguments: ["out", "./out/", "link", "out/../out"], [[], ["--force"], ["--dry-run"]])
    func theOutputItselfIsRefused(_ path: String, _ arguments: [String]) throws {
        expectSuccess(try run("in", "--out", "out"))
        try folder.link("link", to: "out")
        let state = try folder.state()
        expectFailure(
            try dedup(["run", "in", "--out", "out", "--against", path] + arguments, in: folder.path), 2,
            naming: "--against \(path)", "the output itself")
        #expect(try folder.state() == state)
        #expect(!folder.exists(".out.dedup-new"))
    }

    @Test(arguments: ["nowhere", "books", "books/b.jsonl", "empty", ""])
    func aPathThatIsNoOutputIsRefused(_ path: String) throws {
        try folder.folder("empty")
        expectFailure(try run("in", "--out", "out", "--against", path), 2, naming: "--against \(path)", "no ")
        #expect(!folder.exists("out"))
    }

    @Test func aPipelineWithoutDeduplicateRefusesAgainst() throws {
        try folder.write("pipeline: copy\nstages:\n  - read\n  - write\n", to: "copy.yaml")
        expectFailure(
            try run("in", "--out", "out", "--against", "old", "--pipeline", "copy.yaml"), 2, naming: "--against", "copy"
        )
        #expect(!folder.exists("out"))
    }

    // MARK: Runs at the same time

    @Test func noRunWritesToAnOutputThatIsBeingRead() throws {
        // The shard is large enough for the run to be caught while it reads.
        try folder.shard("large/l.jsonl", documents("l", 2_000, seed: 10_000, words: 300))
        let reading = try RunningProcess(
            [DedupBinary.path, "run", "large", "--out", "out", "--against", "old", "--threads", "1"], in: folder.path)
        let began = reading.wait { folder.exists("out/.dedup/catalog.sqlite") }
        reading.send(SIGSTOP)
        #expect(began)
        try folder.shard("books/c.jsonl", documents("c", 5, seed: 200))
        let state = try folder.state("old")
        expectFailure(try run("books", "--out", "old"), 1, naming: "another run is reading from old", "try again")
        expectFailure(try run("books", "--out", "old", "--force"), 1, naming: "another run is reading from old")
        #expect(try folder.state("old") == state)
        // Several runs may read the same output at the same time.
        expectSuccess(try run("in", "--out", "third", "--against", "old"))
        expectFailure(
            try run("in", "--out", "third", "--against", "out"), 1, naming: "another run is writing to out",
            "process \(reading.identifier)")
        reading.send(SIGCONT)
        expectSuccess(try reading.wait())
        expectSuccess(try run("books", "--out", "old"))
    }
}
