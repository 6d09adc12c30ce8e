import Foundation
import TestSupport
import Testing

/// A new shard that repeats a deleted one is probably that shard under another name, and the run says so.
@Suite struct RenamedShardTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("news/a.jsonl", documents("a", 12, seed: 1))
        try folder.shard("news/b.jsonl.zst", documents("b", 12, seed: 50))
        expectSuccess(try run("news"))
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "--out", "out", "--quiet"] + arguments, in: folder.path)
    }

    private func rename(_ old: String, _ new: String) throws {
        try FileManager.default.moveItem(atPath: folder / old, toPath: folder / new)
    }

    /// The warnings of a successful run, without those about missing shards.
    private func warnings(_ outcome: Outcome) -> [Substring] {
        expectSuccess(outcome)
        return outcome.errorLines.filter { !$0.contains("missing from the inputs") }
    }

    @Test func aRenamedShardIsNoticed() throws {
        try rename("news/a.jsonl", "news/z.jsonl")
        let found = warnings(try run("news"))
        #expect(found.count == 1)
        for part in ["warning: z.jsonl", "a.jsonl", "12 of 12 documents", "its old name"] {
            #expect(found.first?.contains(part) == true, "\(found)")
        }
        let renamed = try #require(try folder.report().run.renamedShards)
        #expect(renamed.map(\.name) == ["z.jsonl"] && renamed.map(\.repeats) == ["a.jsonl"])
        #expect(renamed[0].documents == 12 && renamed[0].repeated == 12)
        #expect(try dedup("stats", "out", in: folder.path).outputText.contains("z.jsonl looks like a.jsonl"))
        // The warning comes only once, because the next run has no new shard.
        #expect(warnings(try run("news")).isEmpty)
        #expect(try folder.report().run.renamedShards == nil)
    }

    @Test func aRenamedInputIsNoticedAndTheAdviceHelps() throws {
        try rename("news", "news-2026")
        let dry = try dedup(["run", "--out", "out", "--dry-run", "--quiet", "news-2026"], in: folder.path)
        let found = warnings(dry)
        #expect(found.count == 1 && found[0].contains("and 1 more shard likewise"), "\(found)")
        #expect(found[0].contains("name it news=news-2026 from now on"), "\(found)")
        #expect(try Report(dry.output).run.renamedShardsCount == 2)
        let state = try folder.results()
        expectSuccess(try run("news=news-2026"))
        #expect(try folder.results() == state)
        #expect(try folder.report().run.missingShardsCount == 0)
        // With the advised label, new shards get names like the old ones.
        try folder.shard("news-2026/c.jsonl", documents("c", 5, seed: 90))
        #expect(warnings(try run("news=news-2026")).isEmpty)
        #expect(folder.shards() == ["a.jsonl", "b.jsonl.zst", "c.jsonl"])
    }

    @Test func aShardThatWasRenamedAndWrittenAnewIsNoticed() throws {
        // The new shard is compressed and has additional documents, but most of its documents are those of the missing
        // shard.
        try folder.remove("news/a.jsonl")
        try folder.shard("news/c.jsonl.gz", documents("a", 12, seed: 1) + documents("new", 5, seed: 200))
        let found = warnings(try run("news"))
        // 12 of the 17 documents were in the missing shard. Another one is a copy of a document in the new part.
        #expect(found.count == 1 && found[0].contains("12 of 17 documents"), "\(found)")
    }

    @Test func aShardWhoseDocumentsHadTwinsElsewhereIsNoticed() throws {
        // No document of x was kept, so none is the twin of a document in y.
        try folder.shard("news/x.jsonl", documents("x", 12, seed: 1))
        expectSuccess(try run("news"))
        try rename("news/x.jsonl", "news/y.jsonl")
        let found = warnings(try run("news"))
        #expect(found.count == 1 && found[0].contains("y.jsonl looks like x.jsonl"), "\(found)")
    }

    // MARK: Shards that were not renamed

    @Test func duplicatesOfExistingShardsAreNotCalledRenamed() throws {
        try folder.remove("news/b.jsonl.zst")
        try folder.shard("news/c.jsonl", documents("c", 12, seed: 1))
        #expect(warnings(try run("news")).isEmpty)
        #expect(try folder.report().corpus.shards.last?.removed == 12)
        // The first input still exists, although it is not named in this run.
        try folder.shard("more/d.jsonl", documents("d", 12, seed: 1))
        #expect(warnings(try run("more")).isEmpty)
    }

    @Test func aFewDuplicatesDoNotMakeARenamedShard() throws {
        try folder.remove("news/a.jsonl")
        try folder.shard("news/c.jsonl", documents("c", 4, seed: 1) + documents("new", 4, seed: 200))
        #expect(warnings(try run("news")).isEmpty)
        #expect(try folder.report().corpus.shards.last?.removed == 4)
    }

    @Test func emptyShardsAreNotCalledRenamed() throws {
        try folder.shard("news/e.jsonl", [""])
        expectSuccess(try run("news"))
        try rename("news/e.jsonl", "news/f.jsonl")
        #expect(warnings(try run("news")).isEmpty)
    }
}
