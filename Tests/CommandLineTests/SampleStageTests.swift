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

    struct FixedSample: Sendable {
        let share: String
        let seed: String
        /// The numbers, from 0 to 23, of the documents that are in the sample by their ids.
        let ids: [Int]
        /// The numbers of the documents that are in the sample by their texts.
        let texts: [Int]
    }

    /// Samples as another implementation chooses them, Python's package xxhash: the documents whose XXH3-64, with the
    /// seed, is below `int(share * 2**64)`. A change of the hash, of the hashed bytes or of the limit would change the
    /// samples of existing outputs.
    static let fixedSamples = [
        FixedSample(
            share: "0.4", seed: "7", ids: [0, 4, 5, 8, 9, 11, 13, 14, 18, 19, 23],
            texts: [0, 3, 4, 8, 12, 13, 15, 18, 23]),
        FixedSample(share: "0.25", seed: "0", ids: [0, 2, 3, 9, 11, 12, 13, 17], texts: [8, 12, 18, 22]),
        FixedSample(
            share: "0.5", seed: "9223372036854775807", ids: [0, 3, 4, 6, 7, 8, 9, 10, 14, 19, 20, 21],
            texts: [0, 4, 6, 7, 9, 13, 14, 19, 20, 23]),
    ]

    @Test(arguments: fixedSamples)
    func theSampleIsThatOfAnotherImplementation(sample: FixedSample) throws {
        // The texts have 30 to 1,043 bytes: the hash has other code paths for longer inputs.
        let texts = (0..<24).map { "Документ \($0): " + String(repeating: "слово ", count: 4 * $0) + "конец" }
        try folder.shard("fixed/ids.jsonl", (0..<24).map { #"{"id":"id-\#($0)","text":"Документ \#($0):"}"# })
        try folder.shard("fixed/texts.jsonl", texts.map { #"{"text":"\#($0)"}"# })
        let options = ["--sample-share", sample.share, "--sample-seed", sample.seed, "--match", "exact"]
        expectSuccess(try dedup(["run", "fixed", "--out", "out"] + options, in: folder.path))
        for (shard, expected) in [("ids", sample.ids), ("texts", sample.texts)] {
            let numbers = try lines("out/\(shard).jsonl").map { line in
                try #require(line.firstMatch(of: /Документ (\d+):/).flatMap { Int($0.1) })
            }
            #expect(numbers == expected, "\(shard)")
        }
    }

    @Test func numbersAsIDsAreHashedAsTheirDigits() throws {
        try folder.shard("fixed/a.jsonl", (1000..<1024).map { #"{"id":\#($0),"text":"number \#($0)"}"# })
        let options = ["--sample-share", "0.4", "--sample-seed", "7", "--match", "exact"]
        expectSuccess(try dedup(["run", "fixed", "--out", "out"] + options, in: folder.path))
        let numbers = try lines("out/a.jsonl").compactMap { $0.firstMatch(of: /number (\d+)/).flatMap { Int($0.1) } }
        #expect(numbers == [1001, 1003, 1004, 1005, 1007, 1010, 1015, 1016, 1017, 1021, 1023])
    }

    @Test func shareAndSeedBindTheOutput() throws {
        expectSuccess(try run("out", "--sample-share", "0.4", "--sample-seed", "7"))
        for (arguments, says) in [
            (["--sample-share", "0.5", "--sample-seed", "7"], "sample-share 0.4, and this run has 0.5"),
            (["--sample-share", "0.4"], "sample-seed 7, and this run has 0"),
            ([], "sample-share 0.4, and this run has not set (also different: sample-seed)"),
        ] {
            let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
            #expect(outcome.code == 2 && outcome.error.contains(says), "\(outcome.error)")
        }
        expectSuccess(try run("out", "--sample-share", "0.40", "--sample-seed", "7"))
        expectSuccess(try run("all"))
        let outcome = try run("all", "--sample-share", "0.5")
        #expect(outcome.code == 2)
        #expect(
            outcome.error.contains("sample-share not set, and this run has 0.5 (also different: sample-seed)"),
            "\(outcome.error)")
    }

    @Test func aSampleThatComesTooLateIsToldWhereItBelongs() throws {
        for late in ["deduplicate, sample: {share: 0.5}, write", "deduplicate, write, sample: {share: 0.5}"] {
            try folder.write("stages: [read, words, shingles, minhash, \(late)]", to: "late.yaml")
            let outcome = try run("out", "--pipeline", "late.yaml")
            #expect(outcome.code == 2 && outcome.error.contains("; put it before 'deduplicate'"), "\(outcome.error)")
        }
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
