import Foundation
import TestSupport
import Testing

/// --dry-run, --json and --quiet: where results are printed, and which files are not changed.
@Suite struct DryRunTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 20, seed: 1))
        try folder.shard("in/b.jsonl.zst", documents("b", 20, seed: 11) + ["", "{}"])
        try folder.shard("in/c.jsonl.gz", documents("c", 20, seed: 25))
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--on-bad-line", "drop"] + arguments, in: folder.path)
    }

    /// The "corpus" part of a report, with sorted keys.
    private func corpus(_ report: [UInt8]) throws -> String {
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(report)) as? [String: Any])
        let corpus = try #require(whole["corpus"])
        return String(decoding: try JSONSerialization.data(withJSONObject: corpus, options: .sortedKeys), as: UTF8.self)
    }

    @Test func aDryRunReportsWhatARunWouldDo() throws {
        let dry = try run("--out", "out", "--dry-run")
        expectSuccess(dry)
        #expect(try Report(dry.output).run.outcome == "dry-run")
        expectSuccess(try run("--out", "out"))
        #expect(try corpus(dry.output) == folder.corpusOfReport())
        #expect(try folder.report().run.outcome == "done")
    }

    @Test func aDryRunNeedsNoOutput() throws {
        let dry = try run("--dry-run", "--quiet")
        expectSuccess(dry)
        #expect(dry.error.isEmpty)
        let report = try Report(dry.output)
        #expect(report.corpus.documents == 60 && report.corpus.bad == 1 && report.corpus.blankLines == 1)
    }

    @Test(arguments: ["out", "new/deep/out"])
    func aDryRunMakesNothing(_ out: String) throws {
        let before = try folder.listing(".")
        expectSuccess(try run("--out", out, "--dry-run"))
        #expect(try folder.listing(".") == before)
    }

    @Test(arguments: [["--dry-run"], ["--dry-run", "--force"], ["--dry-run", "--json", "--quiet"]])
    func aDryRunLeavesAnOutputAlone(_ arguments: [String]) throws {
        expectSuccess(try run("--out", "out"))
        try folder.shard("in/d.jsonl", documents("d", 20, seed: 30))
        let before = try folder.listing(".")
        let dry = try dedup(["run", "in", "--out", "out"] + arguments + ["--on-bad-line", "drop"], in: folder.path)
        expectSuccess(dry)
        #expect(try folder.listing(".") == before)
        // The report of a dry run covers all shards, including those that are done.
        expectSuccess(try run("--out", "out"))
        #expect(try corpus(dry.output) == folder.corpusOfReport())
    }

    @Test func aDryRunReadsOnlyNewShards() throws {
        expectSuccess(try run("--out", "out"))
        try folder.shard("in/d.jsonl.zst", documents("d", 40, seed: 5))
        for name in ["a.jsonl", "b.jsonl.zst", "c.jsonl.gz"] { try folder.garble("in/" + name) }
        let before = try folder.listing(".")
        let dry = try run("--out", "out", "--dry-run")
        expectSuccess(dry)
        #expect(try folder.listing(".") == before)
        #expect(try Report(dry.output).run.shardsDoneBefore == 3)
        expectSuccess(try run("--out", "out"))
        #expect(try corpus(dry.output) == folder.corpusOfReport())
        #expect(try folder.removedLines("d.jsonl.zst").contains { $0.twin.shard == "c.jsonl.gz" })
        // The same after a run that added documents to the index.
        try folder.shard("in/e.jsonl", documents("e", 40, seed: 30))
        let next = try run("--out", "out", "--dry-run")
        expectSuccess(try run("--out", "out"))
        #expect(try corpus(next.output) == folder.corpusOfReport())
    }

    @Test func aDryRunLeavesAnInterruptedOutputAlone() throws {
        try folder.shard("in/bb.jsonl", ["nothing"])
        expectFailure(try dedup("run", "in", "--out", "out", in: folder.path), 1, naming: "b.jsonl.zst")
        let before = try folder.listing(".")
        expectSuccess(try run("--out", "out", "--dry-run"))
        #expect(try folder.listing(".") == before)
    }

    @Test func aDryRunFailsAsARunWould() throws {
        let before = try folder.listing(".")
        expectFailure(
            try dedup("run", "in", "--out", "out", "--dry-run", in: folder.path), 1, naming: "b.jsonl.zst, line 22")
        #expect(try folder.listing(".") == before)
        expectSuccess(try run("--out", "out"))
        expectFailure(try run("--out", "out", "--dry-run", "--rows", "5"), 2, naming: "rows 10", "has 5", "--force")
        expectSuccess(try run("--out", "out", "--dry-run", "--rows", "5", "--force"))
    }

    @Test func severalDryRunsGoOnAtOnce() throws {
        let expected = try corpus(try run("--dry-run").output)
        // A file of another program in the temporary folder must not be touched.
        let temporary = try folder.folder("temporary")
        try folder.write("mine", to: "temporary/documents.tmp")
        let processes = try (0..<4).map { _ in
            try RunningProcess(
                [DedupBinary.path, "run", "in", "--on-bad-line", "drop", "--dry-run"], in: folder.path,
                environment: ["TMPDIR": temporary])
        }
        for process in processes {
            let outcome = try process.wait()
            expectSuccess(outcome)
            #expect(try corpus(outcome.output) == expected)
        }
        #expect(folder.files(below: "temporary") == ["documents.tmp"])
        #expect(try folder.bytes("temporary/documents.tmp") == Array("mine".utf8))
    }

    // MARK: Standard output and standard error

    @Test func quietPrintsNothing() throws {
        let outcome = try run("--out", "out", "--quiet")
        expectSuccess(outcome)
        #expect(outcome.output.isEmpty && outcome.error.isEmpty)
    }

    @Test func quietStillSaysWhatIsWrong() throws {
        expectFailure(try dedup("run", "in", "--out", "out", "--quiet", in: folder.path), 1, naming: "line 22")
    }

    @Test func theReportGoesToStandardOutputAndNothingElse() throws {
        let outcome = try run("--out", "out", "--json")
        expectSuccess(outcome)
        #expect(outcome.output == (try folder.bytes("out/.dedup/report.json")))
        #expect(outcome.output.last == UInt8(ascii: "\n"))
        #expect(!outcome.error.isEmpty)
        // Without --json, nothing goes to standard output.
        let without = try run("--out", "out2")
        #expect(without.output.isEmpty)
    }

    @Test func theSummaryCounts() throws {
        let outcome = try run("--out", "out")
        let corpus = try folder.report().corpus
        for part in [
            "60 documents in 3 shards", "\(corpus.kept) kept", "\(corpus.removed) removed", "1 bad line besides",
            "written to out",
        ] {
            #expect(outcome.error.contains(part), "\(outcome.error)")
        }
        #expect(!outcome.error.contains("\u{1B}"))
    }
}
