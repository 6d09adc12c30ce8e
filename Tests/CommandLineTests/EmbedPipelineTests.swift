import Foundation
import TestSupport
import Testing

/// One run that removes duplicates and embeds the kept documents.
@Suite struct EmbedPipelineTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        try folder.shard("in/a.jsonl.zst", documents("a", 25, seed: 1))
        try folder.shard("in/b/c.jsonl", documents("c", 25, seed: 10) + ["", line("blank", " ")])
        // The precision is fixed, so that the test does not depend on the machine.
        let text = try String(contentsOfFile: Checkout.folder + "/Pipelines/embed.yaml", encoding: .utf8)
        try folder.write(text.replacing("# precision: bf16", with: "precision: f32   #"), to: "embed.yaml")
    }

    private func run(_ arguments: String..., input: String = "in") throws -> Outcome {
        try dedup(
            ["run", input, "--out", "clean", "--pipeline", "embed.yaml", "--model", "model", "--embeddings", "vectors"]
                + arguments, in: folder.path)
    }

    /// Expects the output of the two separate commands.
    private func expectAsInTwoRuns(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for name in ["vectors", "clean"] { try folder.remove("two/" + name) }
        try folder.folder("two")
        expectSuccess(
            try dedup("run", folder / "in", "--out", "clean", in: folder / "two"), sourceLocation: sourceLocation)
        #expect(try folder.results("clean") == folder.results("two/clean"), sourceLocation: sourceLocation)
        expectSuccess(
            try embed(folder, "two/clean", "--out", "two/vectors", "--threads", "1"), sourceLocation: sourceLocation)
        let (one, two) = (try folder.embedded(), try folder.embedded("two/vectors"))
        #expect(Set(one.keys) == Set(two.keys), sourceLocation: sourceLocation)
        for name in one.keys.sorted() where name != "embeddings.json" {
            #expect(one[name] == two[name], "\(name)", sourceLocation: sourceLocation)
        }
        let (record, other) = (try folder.record(), try folder.record("two/vectors"))
        #expect(record.documents == other.documents && record.tokens == other.tokens, sourceLocation: sourceLocation)
        // `dedup embed` can continue with the folder.
        let again = try embed(folder, "clean")
        expectSuccess(again, sourceLocation: sourceLocation)
        #expect(again.error.contains("nothing new"), "\(again.error)", sourceLocation: sourceLocation)
        #expect(try folder.embedded() == one, sourceLocation: sourceLocation)
    }

    @Test func oneRunMakesWhatTwoMake() throws {
        let outcome = try run()
        expectSuccess(outcome)
        #expect(outcome.error.contains("vectors written to vectors"), "\(outcome.error)")
        #expect(try folder.report("clean").run.outcome == "done")
        try expectAsInTwoRuns()
        // A run without new shards, and then one with a new shard.
        let again = try run()
        expectSuccess(again)
        #expect(again.error.contains("nothing new"), "\(again.error)")
        try folder.shard("in/d.jsonl.gz", documents("d", 12, seed: 500))
        let third = try run("--threads", "3")
        expectSuccess(third)
        #expect(third.error.contains("documents in 1 shard: ") && third.error.contains("tokens"), "\(third.error)")
        try expectAsInTwoRuns()
    }

    @Test func theReadyFileIsTheBuiltInOne() throws {
        for pipeline in ["embed", Checkout.folder + "/Pipelines/embed.yaml"] {
            expectSuccess(
                try dedup(
                    "run", "in", "--out", "clean", "--pipeline", pipeline, "--model", "model", "--embeddings",
                    "vectors",
                    in: folder.path))
        }
        expectSuccess(try dedup("run", "in", "--out", "default", in: folder.path))
        #expect(try folder.results("clean") == folder.results("default"))
    }

    @Test func shardsOfEarlierRunsAreEmbeddedToo() throws {
        expectSuccess(try dedup("run", "in", "--out", "clean", in: folder.path))
        // First without a new shard, then with one.
        expectSuccess(try run())
        try expectAsInTwoRuns()
        try folder.remove("vectors")
        try folder.shard("in/d.jsonl", documents("d", 12, seed: 500))
        expectSuccess(try run())
        try expectAsInTwoRuns()
    }

    @Test func anOutputThatIsMadeAnewKeepsEqualVectors() throws {
        expectSuccess(try run())
        let before = folder.modified("vectors/a.jsonl.zst.npy")
        try folder.shard("in/b/c.jsonl", documents("c", 31, seed: 900))
        expectSuccess(try run("--force"))
        try expectAsInTwoRuns()
        // A shard whose output did not change keeps its vectors.
        let after = folder.modified("vectors/a.jsonl.zst.npy")
        #expect(after.tv_nsec == before.tv_nsec)
    }

    @Test func aRunThatFailsLeavesNoVectorsOfTheShard() throws {
        try folder.shard("in/m.jsonl", documents("m", 5, seed: 300) + ["nothing"])
        // One of the five documents is a copy, so four documents and the bad line remain.
        expectFailure(try run(), 1, naming: "m.jsonl, line 6")
        #expect(folder.files(below: "vectors").filter { $0.hasPrefix(".dedup/tmp") || $0.hasPrefix("m") }.isEmpty)
        // Bad lines that are kept have rows of zeros.
        expectSuccess(try run("--on-bad-line", "keep"))
        #expect(try folder.vectors("m.jsonl").rows == 5)
        #expect(try folder.record().bad == 1)
        try folder.remove("vectors")
        try folder.remove("clean")
        expectSuccess(try run("--on-bad-line", "drop"))
        #expect(try folder.vectors("m.jsonl").rows == 4)
    }

    @Test func killedRunsGoOn() throws {
        for number in 0..<20 {
            try folder.shard("in/many/\(number).jsonl", documents("m\(number)", 40, seed: number * 100, words: 4))
        }
        let calm = try run()
        expectSuccess(calm)
        var generator = SeededGenerator(seed: 8)
        for attempt in 0..<6 {
            if attempt % 3 == 0 { for name in ["vectors", "clean"] { try folder.remove(name) } }
            let process = try RunningProcess(
                [
                    DedupBinary.path, "run", "in", "--out", "clean", "--pipeline", "embed.yaml", "--model", "model",
                    "--embeddings", "vectors",
                ], in: folder.path)
            usleep(UInt32(Double.random(in: 0.01...calm.seconds, using: &generator) * 1e6))
            process.send(SIGKILL)
            _ = try process.wait()
        }
        expectSuccess(try run())
        try expectAsInTwoRuns()
    }

    @Test func optionsThatAreMissingOrHaveNoEffectAreRefused() throws {
        func run(_ arguments: String...) throws -> Outcome {
            try dedup(["run", "in", "--out", "clean"] + arguments, in: folder.path)
        }
        expectFailure(try run("--embeddings", "v"), 2, naming: "--embeddings", "deberta has no stage 'embed'")
        expectFailure(try run("--model", "model"), 2, naming: "--model", "'embed'")
        expectFailure(try run("--pipeline", "embed", "--model", "model"), 2, naming: "--embeddings is missing")
        expectFailure(
            try dedup(
                ["run", "in", "--out", "clean", "--pipeline", "embed", "--embeddings", "v"], in: folder.path,
                environment: ["DEDUP_MODEL": "gone"]), 2, naming: "DEDUP_MODEL gone: no such folder")
        for (place, what) in [
            ("clean", "is --out"), ("clean/v", "is inside"), ("in/v", "is inside"), (".", "contains"),
        ] {
            expectFailure(
                try run("--pipeline", "embed", "--model", "model", "--embeddings", place), 2,
                naming: "--embeddings \(place) \(what)")
        }
        expectFailure(
            try run("--pipeline", "embed", "--model", "no", "--embeddings", "v"), 2, naming: "--model no")
        #expect(!folder.exists("clean") && !folder.exists("v"))
        // A dry run embeds nothing, so it needs no folder for vectors.
        expectSuccess(try dedup("run", "in", "--dry-run", "--pipeline", "embed", in: folder.path))

        expectSuccess(
            try run("--pipeline", "embed.yaml", "--model", "model", "--embeddings", "v", "--quiet"))
        try folder.write(
            try folder.decodedText("embed.yaml").replacing("# pooling: mean", with: "pooling: cls"), to: "cls.yaml")
        expectFailure(
            try run("--pipeline", "cls.yaml", "--model", "model", "--embeddings", "v"), 2,
            naming: "--embeddings v was made with pooling mean", "cls")
        for (option, value) in [("pooling", "max"), ("normalize", "yes"), ("max-tokens", "2"), ("dtype", "f8")] {
            try folder.write(
                "stages: [read, write, {embed: {\(option): \"\(value)\"}}]", to: "wrong.yaml")
            expectFailure(
                try run("--pipeline", "wrong.yaml", "--model", "model", "--embeddings", "w"), 2,
                naming: "wrong.yaml, line 1", option, value)
        }
        try folder.write("stages: [read, embed, write]", to: "wrong.yaml")
        expectFailure(
            try run("--pipeline", "wrong.yaml"), 2, naming: "the stage 'embed' takes output", "put 'write' before it")
        try folder.write("stages: [read, write, report, embed]", to: "wrong.yaml")
        expectFailure(try run("--pipeline", "wrong.yaml"), 2, naming: "gives nothing", "put it before 'report'")
    }

    /// A shard that grew is embedded again, and no warning calls it missing.
    @Test func aShardThatGrewIsEmbeddedAnew() throws {
        let command = [
            "run", "grown", "--out", "clean", "--pipeline", "embed.yaml", "--model", "model", "--embeddings", "vectors",
        ]
        try folder.shard("grown/a.jsonl", documents("a", 5, seed: 1))
        expectSuccess(try dedup(command, in: folder.path))
        try folder.shard("grown/a.jsonl", documents("a", 5, seed: 1) + documents("b", 3, seed: 700))
        let outcome = try dedup(command + ["--appended"], in: folder.path)
        expectSuccess(outcome)
        #expect(!outcome.error.contains("gone"), "\(outcome.error)")
    }
}
