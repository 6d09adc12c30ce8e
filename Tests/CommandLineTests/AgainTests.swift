import Foundation
import TestSupport
import Testing

/// Runs over an output that an earlier run made.
@Suite struct AgainTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    // MARK: Only new shards are read

    /// Creates an output of two shards, and a third shard that repeats some of their documents.
    private func makeOutput() throws {
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("in/b.jsonl.zst", documents("b", 6, seed: 4))
        expectSuccess(try run("in", "--out", "out"))
    }

    private func addShard() throws {
        try folder.shard("in/c.jsonl.gz", documents("c", 16, seed: 3))
    }

    @Test func onlyNewShardsAreRead() throws {
        try makeOutput()
        try addShard()
        expectSuccess(try run("in", "--out", "whole"))
        for name in ["a.jsonl", "b.jsonl.zst"] { try folder.garble("in/" + name) }
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.results() == folder.results("whole"))
        #expect(try folder.corpusOfReport() == folder.corpusOfReport("whole"))
        let report = try folder.report()
        #expect(report.run.shardsDoneBefore == 2 && report.run.shardsWritten == 1)
        #expect(report.run.index?.documents == report.corpus.kept)
        let twins = Set(try folder.removedLines("c.jsonl.gz").map(\.twin.shard))
        #expect(twins == ["a.jsonl", "b.jsonl.zst", "c.jsonl.gz"])
        // Without new shards, the output does not change.
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.results() == folder.results("whole"))
    }

    @Test func inputsNeedNotBeNamedAgain() throws {
        try makeOutput()
        let before = try folder.results()
        try folder.shard("more/c.jsonl", documents("c", 6, seed: 1))
        try folder.remove("in")
        expectSuccess(try run("more", "--out", "out"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl.zst", "more/c.jsonl"])
        #expect(try folder.decoded("out/more/c.jsonl").isEmpty)
        #expect(try folder.results().filter { !$0.key.contains("more/") } == before)
        #expect(try folder.report().corpus.inputs.map(\.name) == ["in", "more"])
        #expect(try folder.report().run.missingShardsCount == 0)
    }

    @Test func verifyInputsReadsAll() throws {
        try makeOutput()
        try addShard()
        let original = try folder.bytes("in/b.jsonl.zst")
        let time = folder.modified("in/b.jsonl.zst")
        try folder.garble("in/b.jsonl.zst")
        let state = try folder.state()
        expectFailure(
            try run("in", "--out", "out", "--verify-inputs"), 1, naming: "b.jsonl.zst", "restore the file", "--force")
        #expect(try folder.state() == state)
        try folder.write(original, to: "in/b.jsonl.zst")
        folder.setModified("in/b.jsonl.zst", time)
        expectSuccess(try run("in", "--out", "out", "--verify-inputs"))
        #expect(folder.shards().count == 3)
    }

    @Test(arguments: [[], ["--verify-inputs"]])
    func theSameContentAtAnotherTimeIsRemembered(_ arguments: [String]) throws {
        try makeOutput()
        let results = try folder.results()
        folder.setModified("in/a.jsonl", timespec(tv_sec: 1_000_000, tv_nsec: 7))
        expectSuccess(try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path))
        #expect(try folder.results() == results)
        // The new time was recorded, so the run does not read the file again and does not notice its changed content.
        // Only another change of the time shows it.
        try folder.garble("in/a.jsonl")
        expectSuccess(try run("in", "--out", "out"))
        folder.setModified("in/a.jsonl", timespec(tv_sec: 1_000_000, tv_nsec: 8))
        expectFailure(try run("in", "--out", "out"), 1, naming: "a.jsonl")
    }

    @Test(arguments: [true, false])
    func otherContentIsAnError(_ isOfTheSameSize: Bool) throws {
        try makeOutput()
        try addShard()
        let state = try folder.state()
        var content = try folder.bytes("in/a.jsonl")
        content[20] ^= 1
        try folder.write(isOfTheSameSize ? content : content + content, to: "in/a.jsonl")
        for arguments in [[], ["--verify-inputs"], ["--dry-run"]] {
            let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
            expectFailure(
                outcome, 1, naming: "a.jsonl: the content has changed", "restore the file", "another name", "--force")
            #expect(try folder.state() == state)
        }
    }

    // MARK: Shards that are gone

    @Test func shardsThatAreGoneAreCounted() throws {
        try makeOutput()
        try addShard()
        let before = try folder.results()
        let content = try folder.bytes("in/a.jsonl")
        try folder.remove("in/a.jsonl")
        let state = try folder.state()
        expectFailure(
            try run("in", "--out", "out", "--strict-inputs"), 1, naming: "a.jsonl: processed earlier", "--strict-inputs"
        )
        #expect(try folder.state() == state)
        let outcome = try run("in", "--out", "out")
        expectSuccess(outcome)
        #expect(outcome.error.contains("warning: 1 processed shard is missing"), "\(outcome.error)")
        #expect(outcome.error.contains("(a.jsonl)"))
        let report = try folder.report()
        #expect(report.run.missingShards == ["a.jsonl"] && report.run.missingShardsCount == 1)
        #expect(try dedup("stats", "out", in: folder.path).outputText.contains("1 shard: a.jsonl (gone"))
        // The shard's kept documents stay in the output, and new documents are compared with them.
        #expect(try folder.results().filter { before.keys.contains($0.key) } == before)
        #expect(try folder.removedLines("c.jsonl.gz").contains { $0.twin.shard == "a.jsonl" })
        try folder.remove("in/b.jsonl.zst")
        #expect(try run("in", "--out", "out").error.contains("warning: 2 processed shards"))
        expectFailure(try run("in", "--out", "out", "--strict-inputs"), 1, naming: "a.jsonl", "1 more")
        // `--quiet` leaves out the summary, but not warnings.
        #expect(try run("in", "--out", "out", "--quiet").error.hasPrefix("warning: 2 processed shards"))
        // When the file is put back, the shard counts as processed.
        try folder.write(content, to: "in/a.jsonl")
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.report().run.missingShards == ["b.jsonl.zst"])
    }

    // MARK: Shards out of order

    @Test func newShardsThatSortEarlierAreTakenInAfterTheOthers() throws {
        try makeOutput()
        try folder.shard("in/aa.jsonl", documents("aa", 12, seed: 1))
        try addShard()
        let state = try folder.state()
        for arguments in [["--strict-order"], ["--strict-order", "--dry-run"]] {
            expectFailure(
                try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path), 2,
                naming: "aa.jsonl", "before b.jsonl.zst", "--strict-order")
            #expect(try folder.state() == state)
        }
        expectSuccess(try run("in", "--out", "out"))
        let corpus = try folder.report().corpus
        #expect(corpus.shards.map(\.name) == ["a.jsonl", "b.jsonl.zst", "aa.jsonl", "c.jsonl.gz"])
        #expect(corpus.shardsOutOfOrder == 1)
        #expect(try folder.removedLines("aa.jsonl").contains { $0.twin.shard == "b.jsonl.zst" })
        // A shard that sorts after all others is not out of order.
        try folder.shard("in/d.jsonl", documents("d", 6, seed: 70))
        expectSuccess(try run("in", "--out", "out", "--strict-order"))
        #expect(try folder.report().corpus.shardsOutOfOrder == 1)
    }

    @Test func inputsKeepTheOrderOfTheirFirstRun() throws {
        try folder.shard("x/b.jsonl", documents("b", 6, seed: 1))
        try folder.shard("y/a.jsonl", documents("a", 6, seed: 20))
        expectSuccess(try run("x", "--out", "out"))
        expectSuccess(try run("y", "x", "--out", "out", "--strict-order"))
        try folder.shard("x/c.jsonl", documents("c", 6, seed: 40))
        expectFailure(try run("x", "--out", "out", "--strict-order"), 2, naming: "c.jsonl", "before y/a.jsonl")
        expectSuccess(try run("x", "y", "--out", "out"))
        #expect(try folder.report().corpus.shardsOutOfOrder == 1)
    }

    // MARK: Other cases

    /// Names are bytes: an é of one scalar and one of two are two shards, in one folder and in two.
    @Test func namesThatOnlyLookAlikeAreDifferentShards() throws {
        try folder.shard("in/\u{E9}.jsonl", documents("a", 2, seed: 1))
        try folder.shard("in/\u{E9}/x.jsonl", documents("b", 2, seed: 10))
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/e\u{301}.jsonl", documents("c", 2, seed: 20))
        try folder.shard("in/e\u{301}/y.jsonl", documents("d", 2, seed: 30))
        for _ in 1...2 {
            expectSuccess(try run("in", "--out", "out"))
            #expect(try folder.report().corpus.documents == 8)
            #expect(folder.shards().count == 4)
        }
    }

    /// A run that committed nothing does not bind the parameters of later runs.
    @Test func aFirstRunThatFailedBindsNothing() throws {
        try folder.shard("in/a.jsonl", [#"{"body":"eins zwei drei"}"#])
        expectFailure(try run("in", "--out", "out"), 1, naming: "--text-field")
        expectSuccess(try run("in", "--out", "out", "--text-field", "body"))
        #expect(folder.shards() == ["a.jsonl"])
    }

    @Test func anOutputThatIsGoneIsNoticed() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("in/b.jsonl", documents("b", 2, seed: 10))
        expectSuccess(try run("in", "--out", "out"))
        try FileManager.default.removeItem(atPath: folder.path + "/out/b.jsonl")
        expectFailure(try run("in", "--out", "out"), 1, naming: "out/b.jsonl", "--force")
        expectSuccess(try run("in", "--out", "out", "--force"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
    }

    @Test func inputsAreReportedInTheirOrder() throws {
        try folder.shard("z/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("b/a.jsonl", documents("b", 2, seed: 10))
        expectSuccess(try run("z", "b", "--out", "out"))
        #expect(try folder.report().corpus.inputs.map(\.name) == ["z", "b"])
    }

    @Test func filesOfAKilledReplacementAreRemoved() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        try FileManager.default.copyItem(atPath: folder.path + "/out", toPath: folder.path + "/.out.dedup-new")
        expectSuccess(try run("in", "--out", "out"))
        #expect(!folder.exists(".out.dedup-new"))
    }

    @Test(arguments: [
        #"{"x":"\ud800","text":"\uf8f0number: eins"}"#, #"{"x":1e999,"text":"\ue000eins","id":"\ue000zwei"}"#,
        "{\"x\":1e999,\"text\":\"\u{E000}\u{E001}eins\"}",
    ])
    func privateUseCharactersAreText(_ line: String) throws {
        try folder.shard("in/a.jsonl", [line, line])
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.report().corpus.removed == 1)
    }

    @Test func anErrorIsOneLineWhateverTheName() throws {
        try folder.shard("in/a\nb.jsonl", ["no JSON"])
        expectFailure(try run("in", "--out", "out"), 1, naming: "line 1")
        expectFailure(try run("in", "--out", ""), 2, naming: "--out")
    }
}
