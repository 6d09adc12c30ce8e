import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Pipelines

/// An output has the same bytes, however the corpus is split into runs.
@Suite(.timeLimit(.minutes(15))) struct IncrementTests {
    @Test(arguments: ReferenceTests.ready.map(\.name), [[1, 5], [2, 4], [1, 2, 3, 4, 5], [3, 3]])
    func consecutiveRunsAreOneRun(pipeline: String, stops: [Int]) async throws {
        let definition = try PipelineParser.standard.load(pipeline)
        let corpus = RandomCorpus(documents: 200, seed: 41)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        let whole = try await dedup(definition, [folder / "in"], to: folder / "whole")
        #expect(whole.corpus.counts.removed > 20)

        // The shards are copied to another folder of the same name, a few at a time.
        var first = 0
        for stop in stops + [corpus.shards.count] {
            try corpus.write(first..<stop, to: folder / "later/in")
            try await dedup(
                definition, [folder / "later/in"], to: folder / "parts", threads: 1 + stop % 3,
                memory: stop % 2 == 0 ? 512 << 20 : 4 << 20)
            first = stop
        }
        try expectSameFiles(folder / "parts", folder / "whole")
    }

    /// A run with nothing new changes nothing.
    @Test func aRunOverTheSameShardsChangesNothing() async throws {
        let definition = try PipelineParser.standard.load("deberta")
        let corpus = RandomCorpus(documents: 120, seed: 42)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        try await dedup(definition, [folder / "in"], to: folder / "out")
        let before = try fingerprint(of: folder / "out")
        let again = try await dedup(definition, [folder / "in"], to: folder / "out")
        #expect(try fingerprint(of: folder / "out") == before)
        #expect(again.run.shardsWritten == 0 && again.run.shardsDoneBefore == corpus.shards.count)
    }

    @Test(arguments: [(1, 512 << 20), (2, 256 << 20), (5, 512 << 20), (7, 2 << 20), (3, 8 << 20)])
    func threadsAndMemoryDoNotChangeTheBytes(threads: Int, memory: Int) async throws {
        let corpus = RandomCorpus(documents: 300, seed: 43)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        let settings = Settings(unit: .char, bands: 20, rows: 5)
        try await dedup(definition(settings), [folder / "in"], to: folder / "one", threads: 2, memory: 1 << 30)
        try await dedup(definition(settings), [folder / "in"], to: folder / "two", threads: threads, memory: memory)
        try expectSameFiles(folder / "two", folder / "one")
    }

    /// Shards of earlier runs come first, whatever their names; new shards that sort before them are counted.
    @Test func earlierShardsComeFirstWhateverTheirNames() async throws {
        let corpus = RandomCorpus(documents: 200, seed: 44)
        let folder = try TemporaryFolder()
        try corpus.write(2..<6, to: folder / "in")
        try await dedup(definition(Settings()), [folder / "in"], to: folder / "out")
        try corpus.write(0..<2, to: folder / "in")
        let report = try await dedup(definition(Settings()), [folder / "in"], to: folder / "out")
        #expect(report.corpus.shardsOutOfOrder == 2)
        let lines = (corpus.shards[2...] + corpus.shards[..<2]).flatMap(\.lines)
        expectSame(try outcome(of: folder / "out", report), SlowDedup.run(lines, Settings()))
    }

    /// A later input keeps its label, and does not change the names of the first one.
    @Test func anInputMayComeLater() async throws {
        let books = RandomCorpus(documents: 100, seed: 45)
        let crawl = RandomCorpus(documents: 100, seed: 46, label: "crawl/", copying: books.texts)
        let folder = try TemporaryFolder()
        try books.write(to: folder / "books")
        try crawl.write(0..<3, to: folder / "crawl")
        try await dedup(definition(Settings()), [folder / "books"], to: folder / "out")
        try await dedup(definition(Settings()), [folder / "crawl", folder / "books"], to: folder / "out")
        try crawl.write(3..<6, to: folder / "crawl")
        let report = try await dedup(definition(Settings()), [folder / "books", folder / "crawl"], to: folder / "out")
        let expected = SlowDedup.run(books.lines + crawl.lines, Settings())
        expectSame(try outcome(of: folder / "out", report), expected)
        #expect(report.corpus.shardsOutOfOrder == 0)
    }

    private func expectSameFiles(_ a: String, _ b: String) throws {
        let found = try fingerprint(of: a)
        let expected = try fingerprint(of: b)
        #expect(found.keys.sorted() == expected.keys.sorted())
        for (name, bytes) in expected {
            #expect(found[name] == bytes, "\(name)")
        }
    }
}
