import Foundation
import TestSupport
import Testing

/// `dedup score train` and `dedup explain-score`.
@Suite struct ScoreTrainTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        try ScoringHead.write(to: folder)
    }

    @Test func anOutputIsFittedAndAdded() throws {
        let outcome = try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "intact")
        expectSuccess(outcome)
        let lines = outcome.outputText.split(separator: "\n")
        #expect(lines[0] == "intact: 40 good and 40 bad documents in 80 groups")
        #expect(lines[1].wholeMatch(of: /AUC (1\.0000|0\.9[0-9]{3}), cross-validated in 5 folds of groups/) != nil)
        #expect(lines[2].split(separator: " ").joined(separator: " ") == "threshold good kept bad removed precision")
        #expect(lines.count > 10)
        let first = try folder.decodedText("head.json")
        expectSuccess(try scoreTrain(folder, "--bad", "shouts.jsonl", "--name", "not_spam", "--threads", "3"))
        #expect(try folder.decodedText("head.json") == ScoringHead.json)
        expectFailure(
            try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "intact"), 2,
            naming: "already has an output intact",
            "--force")
        expectSuccess(try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "intact", "--force"))
        #expect(try folder.decodedText("head.json") == ScoringHead.json)
        // Stored vectors give the same head.
        let inputs = ["good.jsonl", "digits.jsonl"]
        expectSuccess(try embed(folder, ["good.jsonl", "digits.jsonl", "--precision", "f32"]))
        expectSuccess(
            try scoreTrain(
                folder, "--bad", inputs[1], "--name", "intact", "--embeddings", "vectors", "--out", "second.json"))
        #expect(try folder.decodedText("second.json") == first)
        expectSuccess(
            try scoreTrain(folder, "--bad", inputs[1], "--name", "intact", "--l2", "1", "--out", "third.json"))
        #expect(try folder.decodedText("third.json") != first)
    }

    @Test func groupsStayInOneFold() throws {
        // Every text occurs twice, with different ids.
        try folder.shard("twice.jsonl", (0..<40).map { line("x\($0)", text($0 / 2)) })
        let outcome = try scoreTrain(folder, "--good", "twice.jsonl", "--bad", "digits.jsonl", "--name", "a")
        #expect(outcome.outputText.contains("in 60 groups"), "\(outcome.outputText)")
        let named = (0..<40).map { line("x\($0)", text($0), ",\"meta\":{\"of\":\($0 % 8)}") }
        try folder.shard("named.jsonl", named)
        expectFailure(
            try scoreTrain(
                folder, "--good", "named.jsonl", "--bad", "digits.jsonl", "--name", "a", "--group-field", "meta.of",
                "--out", "b.json"), 1, naming: "digits.jsonl", "line 1: no field \"meta.of\"")
        try folder.shard(
            "bad.jsonl", (0..<20).map { line("y\($0)", ScoringHead.digits($0), ",\"meta\":{\"of\":\"b\($0)\"}") })
        let grouped = try scoreTrain(
            folder, "--good", "named.jsonl", "--bad", "bad.jsonl", "--name", "a", "--group-field", "meta.of", "--out",
            "b.json")
        #expect(grouped.outputText.contains("in 28 groups"), "\(grouped.outputText)")
    }

    @Test func impossibleTrainingsAreRefused() throws {
        for name in ["quality", "statistics", "Ä", "", "a b"] {
            expectFailure(try scoreTrain(folder, "--bad", "digits.jsonl", "--name", name), 2, naming: "--name")
        }
        expectFailure(try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "a", "--l2", "0"), 2, naming: "--l2")
        expectFailure(try scoreTrain(folder, "--bad", "no.jsonl", "--name", "a"), 2, naming: "no.jsonl")
        expectFailure(
            try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "a", "--out", "none/head.json"), 2,
            naming: "the folder none does not exist")
        try folder.shard("few.jsonl", [line("f", text(1))])
        expectFailure(
            try scoreTrain(folder, "--good", "few.jsonl", "--bad", "digits.jsonl", "--name", "a"), 1, naming: "good")
        #expect(!folder.exists("head.json"))
        expectSuccess(try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "a"))
        let before = try folder.bytes("head.json")
        expectFailure(
            try scoreTrain(folder, "--bad", "shouts.jsonl", "--name", "b", "--pooling", "cls"), 2,
            naming: "read other vectors", "pooling is cls, not mean")
        try folder.write("{", to: "damaged.json")
        expectFailure(
            try scoreTrain(folder, "--bad", "shouts.jsonl", "--name", "b", "--out", "damaged.json"), 1,
            naming: "damaged.json")
        #expect(try folder.bytes("head.json") == before)
    }

    // MARK: Why

    private func explain(_ arguments: String...) throws -> Outcome {
        try dedup(["explain-score", "in"] + arguments, in: folder.path)
    }

    @Test func theContributionsToAScoreAddUp() throws {
        try folder.write(ScoringHead.json, to: "model/head.json")
        try folder.shard(
            "in/a.jsonl.zst", documents("a", 12, seed: 1) + [line("d", ScoringHead.digits(1)), "", line("7", text(3))])
        expectFailure(try explain("a-1", "--model", "model"), 2, naming: "in: there are no scores in it")
        expectSuccess(try score(folder))
        let scores = try folder.scores("a.jsonl.zst")
        let outcome = try explain("a.jsonl.zst:13", "--model", "model", "--full")
        expectSuccess(outcome)
        let blocks = outcome.outputText.split(separator: "\n\n")
        let head = try #require(
            blocks[0].firstMatch(
                of: /^a\.jsonl\.zst:13 \(id d\): quality ([0-9.]+), at the percentile ([0-9.]+) of 14 documents/))
        #expect(Double(head.1) == scores[12].quality)
        #expect(blocks.count == 3)
        for (block, expected) in zip(blocks.dropFirst(), [scores[12].intact, scores[12].notSpam]) {
            let title = try #require(block.firstMatch(of: /^[a-z_]+ ([0-9.]+), log-odds ([-+][0-9.]+)/))
            #expect(Double(title.1) == expected)
            let pulls = block.matches(of: /\n +([-+][0-9.]+)\s\s/).map { Double($0.1)! }
            #expect(pulls.count > 20)
            let logit = try #require(Double(title.2))
            let sum = pulls.reduce(0, +)
            #expect(abs(sum - logit) < 0.001 * Double(pulls.count))
            let sizes = pulls.dropFirst(2).map(abs)
            #expect(sizes == sizes.sorted(by: >))
            let score = 1 / (1 + exp(-logit))
            #expect(abs(score - Double(title.1)!) < 0.001)
        }
        // The sums are the same when the document is found by its id, with stored vectors, and in the short form.
        #expect(try explain("d", "--model", "model", "--full").output == outcome.output)
        expectSuccess(try embed(folder))
        #expect(try explain("d", "--embeddings", "vectors", "--full").output == outcome.output)
        let short = try explain("d", "--model", "model")
        #expect(short.outputText.contains("other statistics") && short.output.count < outcome.output.count)
        let beyond = try explain("a.jsonl.zst:14", "--model", "model")
        expectFailure(beyond, 1, naming: "a.jsonl.zst:14: no document")
        expectFailure(try explain("nobody", "--model", "model"), 1, naming: "nobody: no document of this id")
    }

    @Test func onlyWhatWasScoredIsExplained() throws {
        try folder.write(ScoringHead.json, to: "model/head.json")
        try folder.shard("in/a.jsonl", [line("x", text(1)), line("x", text(2)), line("y", "短 短")])
        expectSuccess(try score(folder))
        let twice = try explain("x", "--model", "model")
        #expect(twice.code == 1 && twice.outputText == "a.jsonl:1\na.jsonl:2\n")
        #expect(try explain("y", "--model", "model").outputText.contains("out of domain, so that this is a guess: "))
        try folder.write(ScoringHead.json + "\n", to: "other.json")
        expectFailure(try explain("y", "--model", "model", "--head", "other.json"), 2, naming: "made with head")
        try folder.shard("in/a.jsonl", [line("x", text(1)), line("z", text(5))])
        expectFailure(try explain("z", "--model", "model"), 1, naming: "not what was scored")
    }
}
