import Foundation
import TestSupport
import Testing

/// The stage `sample` of a run, from outside.
@Suite struct SampleStageTests {
    let folder: TemporaryFolder
    static let stages =
        "stages: [read, sample: {share: 0.4, seed: 7}, words, shingles, minhash, deduplicate, write, report]"

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 200, seed: 1))
        try folder.shard("in/b.jsonl", documents("b", 200, seed: 2))
    }

    private func ids(_ out: String) throws -> Set<String> {
        struct Line: Decodable { var id: String }
        var ids: Set<String> = []
        for shard in ["a", "b"] {
            for line in try lines("\(out)/\(shard).jsonl") {
                ids.insert(try JSONDecoder().decode(Line.self, from: Data(line.utf8)).id)
            }
        }
        return ids
    }

    private func lines(_ name: String) throws -> [Substring] {
        String(decoding: try folder.bytes(name), as: UTF8.self).split(separator: "\n")
    }

    private func run(_ out: String, _ arguments: String..., inputs: [String] = ["in"]) throws -> Outcome {
        try dedup(["run"] + inputs + ["--out", out] + arguments, in: folder.path)
    }

    @Test func aShareIsKeptAndTheRestCountsAsDropped() throws {
        expectSuccess(try run("out", "--sample-share", "0.5"))
        let counts = try folder.report("out").corpus
        #expect(counts.dropped > 140 && counts.dropped < 260)
        #expect(counts.read == counts.kept + counts.removed + counts.dropped + counts.bad)
        #expect(try dedup("verify", "out", in: folder.path).code == 0)
        expectSuccess(try run("all", "--sample-share", "1"))
        #expect(try folder.report("all").corpus.dropped == 0)
        expectSuccess(try run("none", "--sample-share", "0"))
        #expect(try folder.report("none").corpus.dropped == 400)
    }

    /// The place of the stage, the number of threads and the number of runs change nothing.
    @Test func theSameDocumentsAreChosenEverywhere() throws {
        expectSuccess(try run("out", "--sample-share", "0.4", "--sample-seed", "7"))
        try folder.write(Self.stages, to: "first.yaml")
        expectSuccess(try run("first", "--pipeline", "first.yaml", "--threads", "1"))
        let last = Self.stages.replacing(" sample: {share: 0.4, seed: 7},", with: "")
            .replacing("deduplicate,", with: "sample: {share: 0.4, seed: 7}, deduplicate,")
        try folder.write(last, to: "last.yaml")
        expectSuccess(try run("last", "--pipeline", "last.yaml"))
        expectSuccess(try run("twice", "--sample-share", "0.4", "--sample-seed", "7", inputs: ["in/a.jsonl"]))
        let chosen = try ids("out")
        #expect(!chosen.isEmpty)
        #expect(try ids("first") == chosen && ids("last") == chosen)
        #expect(try lines("twice/a.jsonl") == lines("out/a.jsonl"))
        expectSuccess(try run("other", "--sample-share", "0.4", "--sample-seed", "8"))
        #expect(try ids("other") != chosen)
    }

    @Test func documentsWithoutIDsAreChosenByTheirTexts() throws {
        let texts = (0..<300).map { #"{"text":"a short text with the number \#($0)"}"# }
        try folder.shard("plain/a.jsonl", texts)
        try folder.shard("plain/b.jsonl", texts.reversed())
        expectSuccess(try run("out", "--sample-share", "0.5", "--match", "exact", inputs: ["plain"]))
        let counts = try folder.report("out").corpus
        // Both copies of a text are chosen, or none is.
        #expect(counts.kept == counts.removed && counts.dropped + counts.kept + counts.removed == 600)
        #expect(counts.dropped > 200 && counts.dropped < 400)
    }

    @Test func shareAndSeedBindTheOutput() throws {
        expectSuccess(try run("out", "--sample-share", "0.4", "--sample-seed", "7"))
        for (arguments, says) in [
            (["--sample-share", "0.5", "--sample-seed", "7"], "sample-share 0.4, and this run has 0.5"),
            (["--sample-share", "0.4"], "sample-seed 7, and this run has 0"),
            ([], "sample-seed 7, and this run has not set"),
        ] {
            let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
            #expect(outcome.code == 2 && outcome.error.contains(says), "\(outcome.error)")
        }
        expectSuccess(try run("out", "--sample-share", "0.40", "--sample-seed", "7"))
    }

    @Test(arguments: [
        "stages: [read, words, shingles, minhash, deduplicate, sample: {share: 0.5}, write]",
        "stages: [read, words, shingles, minhash, deduplicate, write, sample: {share: 0.5}]",
        "stages: [read, sample: {share: 2}, write]", "stages: [read, sample: {seed: -1}, write]",
        "stages: [sample, read, write]",
    ])
    func aSampleElsewhereOrOfAnImpossibleShareIsAUsageError(stages: String) throws {
        try folder.write(stages, to: "wrong.yaml")
        let outcome = try run("out", "--pipeline", "wrong.yaml")
        #expect(outcome.code == 2 && outcome.error.contains("wrong.yaml, line 1: "), "\(outcome.error)")
        #expect(!FileManager.default.fileExists(atPath: folder / "out"))
    }

    @Test func explainSaysWhyADocumentIsNotThere() throws {
        expectSuccess(try run("out", "--sample-share", "0.4"))
        let texts = try (1...12).map { try dedup("explain", "out", "a.jsonl:\($0)", in: folder.path).outputText }
        #expect(texts.contains { $0.contains("was dropped: it is not in the sample") }, "\(texts)")
    }
}
