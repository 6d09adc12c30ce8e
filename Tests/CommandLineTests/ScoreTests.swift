import Foundation
import TestSupport
import Testing

/// Scores of a corpus, by the binary with a small made-up model.
@Suite struct ScoreTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeScoringModel()
        try folder.shard(
            "in/a.jsonl.zst", documents("a", 12, seed: 1) + (0..<6).map { line("d\($0)", ScoringHead.digits($0)) })
        try folder.shard("in/b/c.jsonl", (0..<8).map { line("s\($0)", ScoringHead.shouts($0)) } + ["", line("e", "")])
    }

    @Test func everyLineHasItsAttributes() throws {
        let before = try folder.listing("in").filter { $0.hasPrefix("a.jsonl") || $0.hasPrefix("b/") }
        let outcome = try score(folder)
        expectSuccess(outcome)
        #expect(outcome.error.contains("27 documents in 2 shards scored (intact, not_spam)"), "\(outcome.error)")
        let a = try folder.scores("a.jsonl.zst")
        let c = try folder.scores("b/c.jsonl")
        #expect(a.map(\.id) == (0..<12).map { "a-\($0)" } + (0..<6).map { "d\($0)" })
        // The blank line has nulls; the document with an empty text says why it has no scores.
        #expect(c.count == 10 && c[8] == ScoreLine() && c[9] == ScoreLine(id: "e", unscored: "blank"))
        for line in a + c where line.quality != nil {
            let (quality, intact, notSpam) = (line.quality!, try #require(line.intact), try #require(line.notSpam))
            #expect(quality == min(intact, notSpam))
            #expect(line.outOfDomain != nil && line.unscored == nil)
        }
        // The head recognizes the kinds of documents that it was trained with.
        #expect(a[..<12].allSatisfy { $0.quality! > 0.5 } && a[12...].allSatisfy { $0.intact! < 0.5 })
        #expect(c[..<8].allSatisfy { $0.notSpam! < 0.5 })
        let record = try folder.scoresRecord()
        #expect(record.documents == 27 && record.bad == 0 && record.shards.map(\.documents) == [18, 9])
        #expect(record.outOfDomain == (a + c).count { $0.outOfDomain == true })
        #expect(record.unscored == ["blank": 1, "no letters": 0, "too short": 0])
        #expect(record.shards.map(\.histogram.unscored) == [0, 1])
        #expect(record.shards.map { $0.histogram.scores.reduce(0) { $0 + $1[1] } } == [18, 8])
        #expect(outcome.error.contains("1 document without a score (1 blank)"), "\(outcome.error)")
        // The documents are not changed.
        #expect(try folder.listing("in").filter { $0.hasPrefix("a.jsonl") || $0.hasPrefix("b/") } == before)
        expectNoTemporaryFiles(folder, "in")

        let files = try folder.scoreFiles()
        let again = try score(folder, "--json")
        expectSuccess(again)
        #expect(again.error.contains("nothing new: 27 documents in 2 shards"), "\(again.error)")
        #expect(again.output == files["scores.json"])
        #expect(try folder.scoreFiles() == files)
    }

    @Test func whatCannotBeJudgedHasNoScore() throws {
        try folder.remove("in")
        let texts = [
            ("", "blank"), (" \\n", "blank"), ("...", "no letters"), ("12 34 56 78 90", "no letters"),
            ("404 Not Found", "too short"), ("раз-два три", "too short"), ("one two three four", nil),
        ]
        try folder.shard("in/u.jsonl", texts.enumerated().map { line("\($0)", $1.0) })
        expectSuccess(try score(folder, "--statistics"))
        let lines = try folder.scores("u.jsonl")
        #expect(lines.map(\.unscored) == texts.map(\.1))
        #expect(lines.allSatisfy { ($0.quality == nil) == ($0.unscored != nil) })
        #expect(lines.allSatisfy { ($0.intact == nil) == ($0.unscored != nil) })
        let text = try folder.decodedText("in/.dedup/scores/u.jsonl.jsonl.zst")
        #expect(text.split(separator: "\n").allSatisfy { $0.contains("\"mean_word_length\":") })
        #expect(text.contains("\"profile\":{\"words\":0,\"characters\":0,\"sentences\":0,\"script\":\"unknown\""))
        let counts = "\"words\":4,\"characters\":15,\"sentences\":1"
        #expect(
            text.hasSuffix(",\"profile\":{\(counts),\"script\":\"latin\",\"language\":\"en\"}}\n"))
        #expect(try folder.scoresRecord().unscored == ["blank": 2, "no letters": 2, "too short": 2])
    }

    /// With a head of joined vectors, line breaks and indentation do not change a score.
    @Test func layoutDoesNotChangeAScore() throws {
        try ScoringHead.write(to: folder)
        expectSuccess(
            try scoreTrain(folder, "--bad", "digits.jsonl", "--name", "intact", "--layout", "joined"))
        try folder.remove("in")
        let words = text(5, words: 30).split(separator: " ").map(String.init)
        let layouts = [
            words.joined(separator: " "), words.joined(separator: "\\n"), "  " + words.joined(separator: "\\n\\n  "),
            words.joined(separator: "\\r\\n"), words.joined(separator: "\\u00a0\\u3000"),
            words.joined(separator: "\\t") + " ",
        ]
        try folder.shard("in/l.jsonl", layouts.enumerated().map { line("\($0)", $1) })
        expectSuccess(try score(folder, "--head", "head.json"))
        let lines = try folder.scores("l.jsonl")
        #expect(lines.count == 6 && lines.allSatisfy { $0.quality == lines[0].quality })
        // The vectors of `dedup embed` in the same layout are read.
        let first = try folder.scoreFiles()
        expectSuccess(try embed(folder, "--layout", "joined"))
        try folder.remove("in/.dedup")
        expectSuccess(try dedup("score", "in", "--embeddings", "vectors", "--head", "head.json", in: folder.path))
        #expect(try folder.scoreFiles() == first)
    }

    @Test func threadsAndStoredVectorsDoNotChangeTheBytes() throws {
        try folder.shard("in/m.jsonl", documents("m", 400, seed: 50, words: 30))
        expectSuccess(try score(folder, "--threads", "1"))
        let expected = try folder.scoreFiles()
        for arguments in [["--threads", "3"], ["--memory", "256M"]] {
            try folder.remove("in/.dedup")
            expectSuccess(
                try dedup(["score", "in", "--model", "model", "--precision", "f32"] + arguments, in: folder.path))
            #expect(try folder.scoreFiles() == expected, "\(arguments)")
        }
        // With stored vectors, the scores are the same.
        expectSuccess(try embed(folder))
        try folder.remove("in/.dedup")
        try folder.remove("model/model.safetensors")
        let read = try dedup("score", "in", "--embeddings", "vectors", in: folder.path)
        expectSuccess(read)
        #expect(try folder.scoreFiles() == expected)
    }

    @Test func onlyNewAndChangedShardsAreScored() throws {
        expectSuccess(try score(folder))
        let before = try folder.scoreFiles()
        try folder.shard("in/aa.jsonl", documents("n", 5, seed: 77))
        let second = try score(folder)
        #expect(second.error.contains("5 documents in 1 shard scored"), "\(second.error)")
        try folder.shard("in/b/c.jsonl", documents("c", 3, seed: 700))
        let third = try score(folder)
        #expect(third.error.contains("3 documents in 1 shard scored"), "\(third.error)")
        #expect(try folder.scoreFiles()["a.jsonl.zst.jsonl.zst"] == before["a.jsonl.zst.jsonl.zst"])
        try folder.remove("in/aa.jsonl")
        let fourth = try score(folder)
        #expect(fourth.error.contains("1 shard that had scores is missing (aa.jsonl)"), "\(fourth.error)")
        let files = try folder.scoreFiles()
        #expect(files.keys.sorted() == ["a.jsonl.zst.jsonl.zst", "b/c.jsonl.jsonl.zst", "scores.json"])
        // One run from the beginning gives the same files.
        try folder.remove("in/.dedup")
        expectSuccess(try score(folder))
        #expect(try folder.scoreFiles() == files)
    }

    @Test func badLinesStopTheRunOrHaveNoScore() throws {
        try folder.shard("in/m.jsonl", [line("m0", text(5)), "{", line("m2", text(6)), #"{"id":"m3"}"#])
        expectFailure(try score(folder), 1, naming: "m.jsonl, line 2", "--on-bad-line keep")
        #expect(try folder.scoresRecord().shards.map(\.name) == ["a.jsonl.zst", "b/c.jsonl"])
        let kept = try score(folder, "--on-bad-line", "keep")
        expectSuccess(kept)
        #expect(kept.error.contains("2 lines that are not documents"), "\(kept.error)")
        let lines = try folder.scores("m.jsonl")
        #expect(lines.map { $0.quality == nil } == [false, true, false, true] && lines[1] == ScoreLine())
        #expect(try folder.scoresRecord().bad == 2)
        expectSuccess(try score(folder, "--min-quality", "1", "--out", "good"))
        #expect(try folder.decodedText("good/m.jsonl") == "{\n{\"id\":\"m3\"}\n")
    }

    @Test func statisticsAndChosenOutputsAreWritten() throws {
        expectSuccess(try score(folder, "--output", "not_spam", "--statistics"))
        struct Line: Decodable { var statistics: [String: Double]? }
        let text = try folder.decodedText("in/.dedup/scores/a.jsonl.zst.jsonl.zst")
        for (line, scores) in zip(text.split(separator: "\n"), try folder.scores("a.jsonl.zst")) {
            #expect(scores.quality == scores.notSpam && scores.intact == nil)
            let statistics = try JSONDecoder().decode(Line.self, from: Data(line.utf8)).statistics
            #expect(statistics?["mean_word_length"] != nil)
        }
    }

    @Test func otherParametersAreRefused() throws {
        expectSuccess(try score(folder))
        let files = try folder.scoreFiles()
        func expectRefusal(_ outcome: Outcome, _ parts: String...) {
            expectFailure(outcome, 2, naming: "in has scores made with", "--force")
            for part in parts { #expect(outcome.error.contains(part), "\(outcome.error)") }
        }
        expectRefusal(try score(folder, "--statistics"), "statistics false", "true")
        expectRefusal(try score(folder, "--output", "intact"), "output intact, not_spam, and this run has intact")
        expectRefusal(try score(folder, "--text-field", "id"), "text-field text", "has id")
        let record = try folder.scoresRecord()
        try folder.write(ScoringHead.json.replacing("\"good\": 40", with: "\"good\": 41"), to: "other.json")
        expectRefusal(try score(folder, "--head", "other.json"), "head \(record.head)")
        expectFailure(try score(folder, "--output", "beauty"), 2, naming: "--output beauty", "intact, not_spam")
        #expect(try folder.scoreFiles() == files)
        expectSuccess(try score(folder, "--output", "intact", "--force"))
        #expect(try folder.scoresRecord().outputs == ["intact"])
        expectSuccess(try score(folder, "--force"))
        #expect(try folder.scoreFiles() == files)
    }

    @Test func theHeadBelongsToItsModel() throws {
        var other = TinyModel()
        other.seed = 9
        try other.write(to: folder / "other")
        let outcome = try score(folder, "--model", "other", "--head", "model/head.json")
        expectFailure(outcome, 2, naming: "the model other", "model/head.json was trained with")
        expectFailure(try score(folder, "--model", "other"), 2, naming: "other: the model has no head.json", "--head")
        for (text, what) in [
            ("{", "not JSON"), ("{}", "is not a quality head"),
            (ScoringHead.json.replacing("\"bias\"", with: "\"b\""), "bias"),
        ] {
            try folder.write(text, to: "model/head.json")
            expectFailure(try score(folder), 1, naming: "model/head.json", what)
        }
        #expect(!folder.exists("in/.dedup"))
    }

    @Test func vectorsOfSomethingElseAreRefused() throws {
        func read() throws -> Outcome { try dedup("score", "in", "--embeddings", "vectors", in: folder.path) }
        expectFailure(try read(), 2, naming: "vectors: no such folder")
        expectSuccess(try embed(folder, "--pooling", "cls"))
        expectFailure(try read(), 2, naming: "--embeddings vectors", "pooling is cls, not mean")
        expectSuccess(try embed(folder, "--layout", "joined", "--force"))
        expectFailure(try read(), 2, naming: "--embeddings vectors", "layout is joined, not keep")
        expectSuccess(try embed(folder, "--force"))
        let precision = try dedup("score", "in", "--embeddings", "vectors", "--precision", "bf16", in: folder.path)
        expectFailure(precision, 2, naming: "made with precision f32", "bf16")
        try folder.shard("in/m.jsonl", documents("m", 3, seed: 7))
        expectFailure(try read(), 1, naming: "no vectors of the shard m.jsonl")
        try folder.remove("in/m.jsonl")
        try folder.shard("in/b/c.jsonl", documents("c", 9, seed: 70))
        expectFailure(try read(), 1, naming: "the content of b/c.jsonl has changed")
        #expect(try folder.scoresRecord().shards.map(\.name) == ["a.jsonl.zst", "b/c.jsonl"])
        // The vectors have the right size but changed content.
        expectSuccess(try embed(folder))
        var vectors = try folder.bytes("vectors/a.jsonl.zst.npy")
        vectors[vectors.count - 1] ^= 1
        try folder.write(vectors, to: "vectors/a.jsonl.zst.npy")
        try folder.remove("in/.dedup")
        expectFailure(try read(), 1, naming: "vectors/a.jsonl.zst.npy: damaged")
    }

    // MARK: Damage

    @Test func damagedRecordsAreNamed() throws {
        expectSuccess(try score(folder))
        let text = try folder.decodedText("in/.dedup/scores/scores.json")
        let damages = [
            ("{", "damaged"), ("{\"schema\":7}", "schema 7"), ("{\"schema\":2}", "missing or wrong"),
            ("{\"schema\":1}", "has schema 1; this version of dedup reads schema 2"),
            (text.replacing("\"documents\":18", with: "\"documents\":9000000000000000000"), "counts cannot be"),
            (text.replacing("\"documents\":27", with: "\"documents\":26"), "counts cannot be"),
        ]
        for (content, what) in damages {
            #expect(content != text)
            try folder.write(content, to: "in/.dedup/scores/scores.json")
            expectFailure(try score(folder), 1, naming: "in/.dedup/scores/scores.json", what)
        }
        expectSuccess(try score(folder, "--force"))
        #expect(try folder.decodedText("in/.dedup/scores/scores.json") == text)
    }

    @Test func damagedAttributesAreNamedOrMadeAnew() throws {
        expectSuccess(try score(folder))
        let files = try folder.scoreFiles()
        // Missing files and files of another size are written again. Files that belong to no shard are deleted.
        let name = "in/.dedup/scores/a.jsonl.zst.jsonl.zst"
        try folder.remove(name)
        try folder.write(files["b/c.jsonl.jsonl.zst"]! + [0], to: "in/.dedup/scores/b/c.jsonl.jsonl.zst")
        try folder.write("x", to: "in/.dedup/scores/stray.jsonl.zst")
        expectSuccess(try score(folder))
        #expect(try folder.scoreFiles() == files)
        // Damage that changes neither size nor time is found when the file is read.
        try folder.garble(name)
        expectFailure(try score(folder, "--top-percent", "50"), 1, naming: name, "damaged", "run dedup score again")
        // The replaced file has valid frames, the same size and the same time, but other lines, so it is trusted at
        // first.
        let lines = try decoded(files["a.jsonl.zst.jsonl.zst"]!, for: name)
        let length = files["a.jsonl.zst.jsonl.zst"]!.count
        let short = Array(lines.split(separator: UInt8(ascii: "\n")).first!)
        let others = String(decoding: lines, as: UTF8.self).replacing(/[01]\.\d{6}/, with: "0.000000")
        for (wrong, what) in [
            (short + "\n", "it is not what was written"), (Array("{}\n".utf8), "line 1 is not as dedup writes it"),
            (Array(others.utf8), "it is not what was written"),
        ] {
            let frame = zstdFrame(wrong)
            let time = folder.modified(name)
            try folder.write(frame + skippableFrame(length - frame.count - 8), to: name)
            folder.setModified(name, time)
            expectFailure(try score(folder, "--min-quality", "0.5", "--out", "good"), 1, naming: name, what)
        }
        #expect(folder.shards("good").isEmpty && folder.files(below: "good/.dedup/tmp").isEmpty)
    }

    // MARK: Deaths

    @Test(arguments: [SIGKILL, SIGTERM])
    func runsThatAreCutOffGoOn(_ signal: Int32) throws {
        for number in 0..<20 {
            try folder.shard("in/many/\(100 + number).jsonl", documents("m\(number)", 40, seed: number * 100, words: 4))
        }
        let calm = try score(folder, "--min-quality", "0.7", "--out", "good")
        expectSuccess(calm)
        let (expected, good) = (try folder.scoreFiles(), try folder.results("good"))
        var generator = SeededGenerator(seed: UInt64(signal))
        for attempt in 0..<8 {
            if attempt % 4 == 0 { for name in ["in/.dedup", "good"] { try folder.remove(name) } }
            let process = try RunningProcess(
                [
                    DedupBinary.path, "score", "in", "--model", "model", "--precision", "f32", "--threads", "2",
                    "--min-quality", "0.7", "--out", "good",
                ], in: folder.path)
            usleep(UInt32(Double.random(in: 0.01...calm.seconds, using: &generator) * 1e6))
            process.send(signal)
            let outcome = try process.wait()
            // 128 + SIGTERM if the signal came before the command had begun.
            if signal == SIGTERM && outcome.code != 0 && outcome.code != 128 + SIGTERM {
                expectFailure(outcome, 1, naming: "interrupted", "run the same command again")
                #expect(folder.files(below: "in/.dedup/tmp").isEmpty && folder.files(below: "good/.dedup/tmp").isEmpty)
            }
            // Every file under its final name is complete.
            for (name, bytes) in try folder.scoreFiles() where name != "scores.json" {
                #expect(bytes == expected[name], "\(name)")
            }
            for (name, bytes) in folder.exists("good") ? try folder.results("good") : [:] {
                #expect(bytes == good[name], "\(name)")
            }
        }
        expectSuccess(try score(folder, "--min-quality", "0.7", "--out", "good"))
        #expect(try folder.scoreFiles() == expected)
        #expect(try folder.results("good") == good)
        #expect(folder.files(below: "in/.dedup/tmp").isEmpty && folder.files(below: "good/.dedup/tmp").isEmpty)
    }
}
