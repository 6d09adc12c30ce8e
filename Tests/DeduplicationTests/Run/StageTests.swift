import Basics
import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@testable import Pipelines

/// A run has exactly the stages of its definition.
@Suite(.timeLimit(.minutes(15))) struct StageTests {
    private static let text = """
        stages:
          - read
          - words
          - filter: {min-words: 6}
          - shingles
          - minhash
          - deduplicate
          - write
          - report

        """
    private static let whole = Settings(minWords: 6)

    private func run(without stages: [String], _ folder: TemporaryFolder, _ corpus: RandomCorpus) async throws -> Report
    {
        let lines = Self.text.split(separator: "\n").filter { line in
            !stages.contains { line.hasPrefix("  - \($0)") }
        }
        let definition = try PipelineParser.standard.parse(lines.joined(separator: "\n"), source: "part.yaml")
        try corpus.write(to: folder / "in")
        return try await dedup(definition, [folder / "in"], to: folder / "out")
    }

    @Test func everyStageIsThere() async throws {
        let corpus = RandomCorpus(documents: 150, seed: 51)
        let folder = try TemporaryFolder()
        let report = try await run(without: [], folder, corpus)
        expectSame(try outcome(of: folder / "out", report), SlowDedup.run(corpus.lines, Self.whole))
        #expect(report.corpus.counts.dropped > 5 && report.corpus.counts.removed > 5)
    }

    @Test func withoutFilterNothingIsDropped() async throws {
        let corpus = RandomCorpus(documents: 150, seed: 51)
        let folder = try TemporaryFolder()
        let report = try await run(without: ["filter"], folder, corpus)
        expectSame(try outcome(of: folder / "out", report), SlowDedup.run(corpus.lines, Settings()))
        #expect(report.corpus.counts.dropped == 0)
        #expect(!report.run.stages.map(\.name).contains("filter"))
    }

    @Test(arguments: [["deduplicate"], ["deduplicate", "minhash"], ["deduplicate", "minhash", "shingles"]])
    func withoutDeduplicateNothingIsRemoved(stages: [String]) async throws {
        let corpus = RandomCorpus(documents: 150, seed: 51)
        let folder = try TemporaryFolder()
        let report = try await run(without: stages, folder, corpus)
        let settings = Settings(match: .none, minWords: 6)
        expectSame(try outcome(of: folder / "out", report), SlowDedup.run(corpus.lines, settings))
        #expect(report.corpus.counts.removed == 0 && report.corpus.counts.dropped > 5)
        #expect(report.run.index == nil)
        #expect(!FileManager.default.fileExists(atPath: folder / "out/.dedup/removed"))
    }

    @Test func withoutAllTheMiddleEverythingIsKept() async throws {
        let corpus = RandomCorpus(documents: 150, seed: 51)
        let folder = try TemporaryFolder()
        let stages = ["words", "filter", "shingles", "minhash", "deduplicate"]
        let report = try await run(without: stages, folder, corpus)
        #expect(report.corpus.counts.kept == report.corpus.counts.documents)
        let kept = try outcome(of: folder / "out", report).shards
        for shard in corpus.shards {
            #expect(kept[shard.path]?.kept == shard.lines.filter { $0.document != nil }.map(\.bytes))
        }
    }

    @Test func withoutReportThereIsNone() async throws {
        let corpus = RandomCorpus(documents: 60, seed: 52)
        let folder = try TemporaryFolder()
        let report = try await run(without: ["report"], folder, corpus)
        #expect(!FileManager.default.fileExists(atPath: folder / "out/.dedup/report.json"))
        expectSame(try outcome(of: folder / "out", report), SlowDedup.run(corpus.lines, Self.whole))
    }

    @Test func withReportItIsTheOneReturned() async throws {
        let corpus = RandomCorpus(documents: 60, seed: 52)
        let folder = try TemporaryFolder()
        let report = try await run(without: [], folder, corpus)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder / "out/.dedup/report.json"))
        #expect(try Array(bytes) == report.json())
    }

    @Test func aDryRunCountsTheSameAndWritesNothing() async throws {
        let corpus = RandomCorpus(documents: 150, seed: 53)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        let definition = try definition(Settings(minWords: 3))
        let dry = try await dedup(definition, [folder / "in"], to: nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["in"])
        let real = try await dedup(definition, [folder / "in"], to: folder / "out")
        #expect(dry.corpus.counts == real.corpus.counts)
        #expect(dry.run.outcome == "dry-run" && real.run.outcome == "done")
    }

    /// The numbers in the report equal those counted in the files.
    @Test(arguments: [Settings(), Settings(match: .none)])
    func theReportCountsWhatTheFilesHold(settings: Settings) async throws {
        let corpus = RandomCorpus(documents: 150, seed: 54)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        let report = try await dedup(definition(settings), [folder / "in"], to: folder / "out")
        for shard in report.corpus.shards {
            let counts = shard.counts
            let input = try decoded(folder / "in/" + shard.name)
            let output = try decoded(folder / "out/" + shard.name)
            #expect(counts.bytes == input.count, "\(shard.name)")
            #expect(counts.keptBytes == output.count, "\(shard.name)")
            #expect(counts.documents == counts.kept + counts.removed + counts.dropped)
            #expect(counts.read == counts.documents + counts.bad)
            let isCopy =
                FileManager.default.contents(atPath: folder / "in/" + shard.name)
                == FileManager.default.contents(atPath: folder / "out/" + shard.name)
            #expect(shard.copied == (input == output))
            if shard.copied { #expect(isCopy) }
        }
        var sum = DocumentCounts()
        for shard in report.corpus.shards { sum += shard.counts }
        #expect(sum == report.corpus.counts)
        #expect(report.corpus.inputs.map(\.counts) == [sum])
    }

    @Test func aShardOfWhichEveryByteIsKeptIsCopied() async throws {
        let folder = try TemporaryFolder()
        let shards = [
            "plain.jsonl": "{\"text\": \"one\"}\n{\"text\": \"two\"}\n",
            "no-newline.jsonl": "{\"text\": \"three\"}\n{\"text\": \"four\"}",
            "crlf.jsonl": "{\"text\": \"five\"}\r\n{\"text\": \"six\"}\r\n",
            "empty.jsonl": "",
            "blank.jsonl": "{\"text\": \"seven\"}\n\n",
            "mark.jsonl": "\u{FEFF}{\"text\": \"eight\"}\n",
            "twice.jsonl": "{\"text\": \"one\"}",
        ]
        try FileManager.default.createDirectory(atPath: folder / "in", withIntermediateDirectories: true)
        for (name, text) in shards { try Data(text.utf8).write(to: URL(fileURLWithPath: folder / "in/" + name)) }
        let report = try await dedup(definition(Settings()), [folder / "in"], to: folder / "out")
        for shard in report.corpus.shards {
            let input = Array(shards[shard.name]!.utf8)
            let output = try decoded(folder / "out/" + shard.name)
            #expect(shard.copied == !["blank.jsonl", "mark.jsonl", "twice.jsonl"].contains(shard.name))
            #expect((input == output) == shard.copied, "\(shard.name)")
            #expect(shard.counts.keptBytes == output.count, "\(shard.name)")
        }
    }

    @Test func otherParametersAreRefused() async throws {
        let corpus = RandomCorpus(documents: 40, seed: 55)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        try await dedup(definition(Settings()), [folder / "in"], to: folder / "out")
        let changes: [(Settings, String, String, String)] = [
            (Settings(threshold: 710), "threshold", "0.7", "0.71"),
            (Settings(bands: 9), "bands", "10", "9"),
            (Settings(form: .nfkc), "normalization", "nfc", "nfkc"),
            (Settings(minWords: 2), "min-words", "not set", "2"),
            (Settings(size: 6), "shingle-size", "5", "6"),
        ]
        for (settings, name, before, after) in changes {
            let error = await #expect(throws: Failure.self) {
                try await dedup(definition(settings), [folder / "in"], to: folder / "out")
            }
            #expect(error?.kind == .usage)
            #expect(error?.message.contains("made with \(name) \(before), and this run has \(after)") == true)
        }
    }
}
