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
        #expect(lines[1].wholeMatch(of: /L2 penalty [0-9]+, times [0-9]+ for the vector/) != nil, "\(lines[1])")
        #expect(lines[2].wholeMatch(of: /AUC (1\.0000|0\.9[0-9]{3}), cross-validated: .*/) != nil, "\(lines[2])")
        let rows = lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(rows[3] == "left out texts right mean" && rows[4].hasPrefix("good.jsonl/good.jsonl good 40 "))
        #expect(rows[5].hasPrefix("digits.jsonl/digits.jsonl bad 40 "))
        #expect(rows.contains("threshold good kept bad removed precision") && rows.contains("score texts good"))
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
        // Without the option, the field "group" is used where there is one.
        try folder.shard("own.jsonl", (0..<40).map { line("o\($0)", text($0), ",\"group\":\($0 % 8)") })
        let own = try scoreTrain(
            folder, "--good", "own.jsonl", "--bad", "digits.jsonl", "--name", "a", "--out", "c.json")
        #expect(own.outputText.contains("in 48 groups"), "\(own.outputText)")
        try folder.shard(
            "bad.jsonl", (0..<20).map { line("y\($0)", ScoringHead.digits($0), ",\"meta\":{\"of\":\"b\($0)\"}") })
        let grouped = try scoreTrain(
            folder, "--good", "named.jsonl", "--bad", "bad.jsonl", "--name", "a", "--group-field", "meta.of", "--out",
            "b.json")
        #expect(grouped.outputText.contains("in 28 groups"), "\(grouped.outputText)")
    }

    @Test func impossibleTrainingsAreRefused() throws {
        for name in ["quality", "statistics", "profile", "unscored", "Ä", "", "a b"] {
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

    // MARK: Labels

    /// Documents of two sources that are good, and two kinds of bad ones for each of two outputs.
    private func writeLabelled() throws {
        let good = "{\"intact\":true,\"not_spam\":true}"
        var lines: [String] = []
        for number in 0..<60 {
            lines.append(
                line(
                    "g\(number)", text(number, words: 4 + number % 9), labels(good, source: "s\(number % 2)", kind: nil)
                ))
        }
        for number in 0..<40 {
            let digits = labels("{\"intact\":false}", source: "s\(number % 2)", kind: "digits\(number % 2)")
            lines.append(line("d\(number)", ScoringHead.digits(number), digits))
            let shouts = labels("{\"not_spam\":false,\"intact\":null}", source: "other", kind: "shouts\(number % 2)")
            lines.append(line("s\(number)", ScoringHead.shouts(number), shouts))
        }
        lines += [line("n", text(1)), line("u", "ok", labels(good, source: "s0", kind: nil))]
        try folder.shard("examples/all.jsonl", lines)
    }

    private func labels(_ labels: String, source: String, kind: String?) -> String {
        ",\"labels\":\(labels),\"source\":\"\(source)\"" + (kind.map { ",\"kind\":\"\($0)\"" } ?? "")
    }

    private func train(_ arguments: String...) throws -> Outcome {
        try dedup(
            ["score", "train", "examples", "--out", "head.json", "--model", "model", "--precision", "f32"] + arguments,
            in: folder.path)
    }

    @Test func labelledDocumentsTrainAllOutputsTogether() throws {
        try writeLabelled()
        let outcome = try train()
        expectSuccess(outcome)
        let report = outcome.outputText
        #expect(report.contains("1 document left out that cannot be judged (1 too short)\n"), "\(report)")
        #expect(report.contains("1 document left out without labels\n"), "\(report)")
        #expect(report.contains("\nintact: 60 good and 40 bad documents in "), "\(report)")
        #expect(report.contains("\nnot_spam: 60 good and 40 bad documents in "), "\(report)")
        let heading = "\nquality: the calibrated minimum of intact, not_spam, of three good texts to each bad one\n"
        #expect(report.contains(heading), "\(report)")
        for part in ["s0", "s1"] {
            #expect(report.matches(of: try Regex("(?m)^  \(part) +good +30 ")).count == 3, "\(part)")
        }
        for part in ["digits0", "shouts1"] {
            #expect(report.matches(of: try Regex("(?m)^  \(part) +bad +20 ")).count == 2, "\(part)")
        }
        let head = try folder.decodedText("head.json")
        #expect(head.contains("\"quality\": {\"slope\": ") && head.contains("\"centres\": ["))
        // The head is the same for any number of threads; it is not overwritten by accident.
        expectFailure(try train("--threads", "1"), 2, naming: "head.json exists", "--force")
        expectSuccess(try train("--threads", "1", "--force"))
        #expect(try folder.decodedText("head.json") == head)
        // The scores tell the kinds apart.
        try folder.shard(
            "in/a.jsonl",
            [line("g", text(500)), line("d", ScoringHead.digits(99)), line("s", ScoringHead.shouts(99))])
        expectSuccess(try score(folder, "--head", "head.json"))
        let lines = try folder.scores("a.jsonl")
        #expect(lines[0].quality! > 0.5 && lines[1].quality! < 0.5 && lines[2].quality! < 0.5, "\(lines)")
        #expect(lines[1].intact! < lines[1].notSpam! && lines[2].notSpam! < lines[2].intact!, "\(lines)")
    }

    @Test func someOutputsAndOtherFieldsAreChosen() throws {
        try folder.shard(
            "examples/all.jsonl",
            (0..<40).map {
                line("g\($0)", text($0), ",\"meta\":{\"is\":{\"a\":true,\"b\":true},\"from\":\"x\($0 % 3)\"}")
            }
                + (0..<40).map {
                    line("d\($0)", ScoringHead.digits($0), ",\"meta\":{\"is\":{\"a\":false},\"how\":\($0 % 2)}")
                })
        let fields = ["--labels-field", "meta.is", "--source-field", "meta.from", "--kind-field", "meta.how"]
        let outcome = try train(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], "--output", "a")
        expectSuccess(outcome)
        #expect(outcome.outputText.contains("a: 40 good and 40 bad") && !outcome.outputText.contains("quality"))
        let rows = outcome.outputText.split(separator: "\n").map {
            $0.split(separator: " ").prefix(3).joined(separator: " ")
        }
        #expect(["x0 good 14", "x1 good 13", "0 bad 20", "1 bad 20"].allSatisfy(rows.contains), "\(rows)")
        // The output b has no bad documents.
        expectFailure(
            try train(fields[0], fields[1], "--out", "b.json"), 1, naming: "b: training needs good and bad texts")
    }

    @Test func wrongLabelsAreRefused() throws {
        try folder.shard("examples/all.jsonl", [line("a", text(1), ",\"labels\":{\"intact\":\"yes\"}")])
        expectFailure(try train(), 1, naming: "all.jsonl, line 1", "true and false")
        try folder.shard("examples/all.jsonl", [line("a", text(1), ",\"labels\":{\"id\":true}")])
        expectFailure(try train(), 2, naming: "scores files have a field of that name")
        try folder.shard("examples/all.jsonl", documents("a", 5, seed: 1))
        expectFailure(try train(), 2, naming: "no document has labels", "--labels-field")
        expectFailure(try train("--good", "good.jsonl"), 2, naming: "not both")
        expectFailure(
            try dedup("score", "train", "--out", "head.json", "--good", "good.jsonl", in: folder.path), 2,
            naming: "--good, --bad and --name")
        #expect(!folder.exists("head.json"))
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
        // A short text has no windows.
        #expect(!outcome.outputText.contains("windows"))
        let short = try explain("d", "--model", "model")
        #expect(short.outputText.contains("other statistics") && short.output.count < outcome.output.count)
        let beyond = try explain("a.jsonl.zst:14", "--model", "model")
        expectFailure(beyond, 1, naming: "a.jsonl.zst:14: no document")
        expectFailure(try explain("nobody", "--model", "model"), 1, naming: "nobody: no document of this id")
    }

    @Test func windowsShowWhereTheProblemIs() throws {
        try folder.write(ScoringHead.json, to: "model/head.json")
        let parts = (0..<8).map { $0 == 5 ? digits(7) : text($0, words: 28) + "." }
        try folder.shard("in/a.jsonl", [line("w", parts.joined(separator: " ")), line("s", "два слова")])
        expectSuccess(try score(folder))
        let whole = try explain("w", "--model", "model", "--full")
        expectSuccess(whole)
        let blocks = whole.outputText.split(separator: "\n\n")
        let lines = blocks[3].split(separator: "\n")
        #expect(lines[0] == "windows, scored by themselves: quality (intact, not_spam)" && lines.count == 9)
        let qualities = try lines.dropFirst().map { try #require(Double($0.split(separator: " ")[1])) }
        #expect(qualities.min() == qualities[5], "\(lines)")
        #expect(lines[6].hasSuffix(digits(7)), "\(lines[6])")
        let short = try explain("w", "--model", "model")
        #expect(
            short.outputText.contains("\n\nthe 5 lowest of 8 windows, scored by themselves: "), "\(short.outputText)")
        #expect(short.outputText.contains("\n     6  "))
        // With stored vectors, the model computes the vectors of the windows, as long as it is there.
        expectSuccess(try embed(folder))
        #expect(try explain("w", "--embeddings", "vectors", "--full").output == whole.output)
        try folder.remove("model/model.safetensors")
        let without = try explain("w", "--embeddings", "vectors")
        expectSuccess(without)
        #expect(
            without.outputText.hasSuffix("\nno windows: the model that made the vectors is not there to score them\n"))
        let unscored = try explain("s", "--embeddings", "vectors")
        expectSuccess(unscored)
        #expect(unscored.outputText == "a.jsonl:2 (id s): no score: too short\n")
    }

    /// A text of numbers, as long as a window.
    private func digits(_ seed: Int) -> String {
        (0..<5).map { ScoringHead.digits(seed * 10 + $0) }.joined(separator: " ").appending(".")
    }

    @Test func onlyWhatWasScoredIsExplained() throws {
        try folder.write(ScoringHead.json, to: "model/head.json")
        try folder.shard("in/a.jsonl", [line("x", text(1)), line("x", text(2)), line("y", "短 短 短 短 短")])
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
