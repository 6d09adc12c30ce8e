import Foundation
import TestSupport
import Testing

/// One run that removes duplicates, and embeds, scores and filters the kept documents.
@Suite struct ScorePipelineTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeScoringModel()
        try folder.shard(
            "in/a.jsonl.zst", documents("a", 25, seed: 1) + (0..<6).map { line("d\($0)", ScoringHead.digits($0)) })
        try folder.shard(
            "in/b/c.jsonl", (0..<8).map { line("s\($0)", ScoringHead.shouts($0)) } + ["", line("e", text(9))])
        // The precision is fixed, so that the test does not depend on the machine.
        let text = try String(contentsOfFile: Checkout.folder + "/Pipelines/deberta-quality.yaml", encoding: .utf8)
        try folder.write(text.replacing("dtype: float32", with: "precision: f32 #"), to: "quality.yaml")
    }

    private static let command = [
        "run", "in", "--out", "clean", "--pipeline", "quality.yaml", "--model", "model", "--embeddings", "vectors",
    ]
    private static let filter = ["--min-quality", "0.5", "--filtered", "good"]

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(Self.command + Self.filter + arguments, in: folder.path)
    }

    /// Expects the output of the three separate commands, and that these accept the folders of the pipeline.
    private func expectAsInThreeRuns(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try folder.remove("three")
        try folder.folder("three")
        let commands = [
            ["run", folder / "in", "--out", "clean"],
            ["embed", "clean", "--out", "vectors", "--model", folder / "model", "--precision", "f32"],
            [
                "score", "clean", "--embeddings", "vectors", "--min-quality", "0.5", "--out", "good", "--head",
                folder / "model/head.json",
            ],
        ]
        for command in commands {
            expectSuccess(try dedup(command, in: folder / "three"), sourceLocation: sourceLocation)
        }
        for out in ["clean", "good"] {
            #expect(try folder.results(out) == folder.results("three/" + out), sourceLocation: sourceLocation)
        }
        var (one, three) = (try folder.scoreFiles(in: "clean"), try folder.scoreFiles(in: "three/clean"))
        // scores.json contains times of modification, which differ.
        one["scores.json"] = nil
        three["scores.json"] = nil
        #expect(one == three && !one.isEmpty, sourceLocation: sourceLocation)
        let (record, other) = (try folder.scoresRecord(in: "clean"), try folder.scoresRecord(in: "three/clean"))
        #expect(record.documents == other.documents && record.outOfDomain == other.outOfDomain)
        let again = try dedup(
            "score", "clean", "--model", "model", "--min-quality", "0.5", "--out", "good", in: folder.path)
        expectSuccess(again, sourceLocation: sourceLocation)
        #expect(again.error.contains("nothing new"), "\(again.error)", sourceLocation: sourceLocation)
        expectNoTemporaryFiles(folder, "clean", sourceLocation: sourceLocation)
    }

    @Test func oneRunMakesWhatThreeMake() throws {
        let outcome = try run()
        expectSuccess(outcome)
        #expect(outcome.error.contains("scored (intact, not_spam)"), "\(outcome.error)")
        #expect(outcome.error.contains("min-quality 0.5: "), "\(outcome.error)")
        try expectAsInThreeRuns()
        expectSuccess(try run())
        try folder.shard("in/d.jsonl.gz", documents("n", 12, seed: 500))
        let third = try run("--threads", "3")
        expectSuccess(third)
        #expect(third.error.contains("in 1 shard scored"), "\(third.error)")
        try expectAsInThreeRuns()
    }

    @Test func documentsThatCannotBeJudgedAreRemovedOrKept() throws {
        try folder.shard("in/u.jsonl", [line("u0", "так"), line("u1", text(8)), line("u2", "1 2 3 4 5")])
        let removed = try run()
        expectSuccess(removed)
        #expect(removed.error.contains("2 documents without a score removed"), "\(removed.error)")
        try expectAsInThreeRuns()
        expectFailure(try run("--unscored", "keep"), 2, naming: "min-quality 0.5, unscored keep")
        for name in ["clean", "vectors", "good"] { try folder.remove(name) }
        let kept = try run("--unscored", "keep", "--out-of-domain", "remove")
        expectSuccess(kept)
        #expect(kept.error.contains("2 documents without a score kept"), "\(kept.error)")
        #expect(try folder.decodedText("good/u.jsonl").contains("\"u2\""))
    }

    @Test func shardsOfEarlierRunsAreScoredToo() throws {
        expectSuccess(try dedup("run", "in", "--out", "clean", in: folder.path))
        expectSuccess(try embed(folder, "clean"))
        expectSuccess(try run())
        try expectAsInThreeRuns()
        // First without a filter, then with one.
        for name in ["clean", "vectors", "good"] { try folder.remove(name) }
        let unfiltered = try dedup(Self.command, in: folder.path)
        expectSuccess(unfiltered)
        #expect(!folder.exists("good") && folder.exists("clean/.dedup/scores/scores.json"))
        expectSuccess(try run())
        try expectAsInThreeRuns()
        // `--force` replaces the output.
        try folder.shard("in/b/c.jsonl", documents("c", 31, seed: 900))
        expectSuccess(try run("--force"))
        try expectAsInThreeRuns()
    }

    @Test func killedRunsGoOn() throws {
        for number in 0..<15 {
            try folder.shard("in/many/\(number).jsonl", documents("m\(number)", 40, seed: number * 100, words: 4))
        }
        let calm = try run()
        expectSuccess(calm)
        var generator = SeededGenerator(seed: 8)
        for attempt in 0..<6 {
            if attempt % 3 == 0 { for name in ["vectors", "clean", "good"] { try folder.remove(name) } }
            let process = try RunningProcess([DedupBinary.path] + Self.command + Self.filter, in: folder.path)
            usleep(UInt32(Double.random(in: 0.01...calm.seconds, using: &generator) * 1e6))
            process.send(SIGKILL)
            _ = try process.wait()
        }
        expectSuccess(try run())
        try expectAsInThreeRuns()
    }

    @Test func theReadyFileIsTheBuiltInOne() throws {
        for pipeline in ["deberta-quality", Checkout.folder + "/Pipelines/deberta-quality.yaml"] {
            expectSuccess(
                try dedup(
                    "run", "in", "--out", "clean", "--pipeline", pipeline, "--model", "model", "--embeddings",
                    "vectors", in: folder.path))
        }
        expectSuccess(try dedup("run", "in", "--out", "default", in: folder.path))
        #expect(try folder.results("clean") == folder.results("default"))
    }

    @Test func optionsThatDoNotFitAreRefused() throws {
        func run(_ arguments: String...) throws -> Outcome { try dedup(Self.command + arguments, in: folder.path) }
        expectFailure(try run("--filtered", "good"), 2, naming: "--filtered", "--min-quality")
        expectFailure(try run("--min-quality", "0.5"), 2, naming: "--filtered is missing", "min-quality 0.5")
        expectFailure(try run("--min-quality", "5", "--filtered", "good"), 2, naming: "--min-quality", "0 to 1")
        expectFailure(
            try run("--min-quality", "0.5", "--filtered", "clean/x"), 2, naming: "--filtered clean/x is inside")
        expectFailure(try run("--head", "no.json"), 1, naming: "no.json")
        expectFailure(
            try dedup("run", "in", "--out", "clean", "--filtered", "good", in: folder.path), 2,
            naming: "--filtered", "deberta has no stage 'score'")
        let stages = [
            ("{score: {top-percent: 10}}", "top-percent is not an option of a definition"),
            ("{score: {min-quality: x}}", "min-quality"),
            ("{score: {colour: red}}", "head, output, min-quality, unscored, out-of-domain"),
            ("{score: {output: beauty}}", "beauty"),
        ]
        for (stage, what) in stages {
            try folder.write("stages: [read, write, {embed: {precision: f32}}, \(stage)]", to: "wrong.yaml")
            expectFailure(try run("--pipeline", "wrong.yaml"), 2, naming: what)
        }
        try folder.write("stages: [read, write, score]", to: "wrong.yaml")
        expectFailure(try run("--pipeline", "wrong.yaml"), 2, naming: "'score' reads vectors; put 'embed' before it")
        // The head was trained with other vectors.
        try folder.write("stages: [read, write, {embed: {precision: f32, pooling: cls}}, score]", to: "cls.yaml")
        expectFailure(try run("--pipeline", "cls.yaml"), 2, naming: "pooling is cls, not mean")
        #expect(!folder.exists("clean") && !folder.exists("vectors") && !folder.exists("good"))
    }
}
