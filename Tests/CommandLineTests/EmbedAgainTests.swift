import Foundation
import TestSupport
import Testing

/// Embedding again after changes, failures and kills.
@Suite struct EmbedAgainTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
        try folder.shard("in/a.jsonl", documents("a", 10, seed: 1))
        try folder.shard("in/b/c.jsonl.zst", documents("c", 10, seed: 50))
    }

    @Test func onlyWhatIsNewIsEmbedded() throws {
        expectSuccess(try embed(folder))
        let first = try folder.listing("vectors").filter { !$0.contains("lock") }
        let again = try embed(folder)
        expectSuccess(again)
        #expect(again.error.contains("nothing new: 20 documents in 2 shards with vectors"), "\(again.error)")
        #expect(try folder.listing("vectors").filter { !$0.contains("lock") } == first)

        try folder.shard("in/b/d.jsonl", documents("d", 5, seed: 80))
        let third = try embed(folder)
        expectSuccess(third)
        #expect(third.error.contains("5 documents in 1 shard:"), "\(third.error)")
        expectSuccess(try embed(folder, "--out", "fresh"))
        #expect(try folder.embedded() == folder.embedded("fresh"))

        // If only the time of modification has changed, the shard is not embedded again, and the new time is recorded.
        folder.setModified("in/a.jsonl", timespec(tv_sec: 1_700_000_000, tv_nsec: 5))
        let touched = try embed(folder)
        #expect(touched.error.contains("nothing new"), "\(touched.error)")
        #expect(try folder.record().shards[0].modified == 1_700_000_000_000_000_005)

        try folder.shard("in/a.jsonl", documents("a", 11, seed: 2))
        let changed = try embed(folder)
        #expect(changed.error.contains("11 documents in 1 shard:"), "\(changed.error)")
        try folder.remove("fresh")
        expectSuccess(try embed(folder, "--out", "fresh"))
        #expect(try folder.embedded() == folder.embedded("fresh"))

        // A missing file of vectors is written again. Vectors of a shard that is gone from the input stay.
        try folder.remove("vectors/a.jsonl.npy")
        expectSuccess(try embed(folder))
        #expect(try folder.embedded() == folder.embedded("fresh"))
        try folder.remove("in/b/d.jsonl")
        let missing = try embed(folder)
        expectSuccess(missing)
        #expect(missing.error.contains("warning: 1 shard with vectors is missing"), "\(missing.error)")
        #expect(try folder.embedded() == folder.embedded("fresh"))
    }

    @Test func otherParametersAreRefusedByName() throws {
        expectSuccess(try embed(folder))
        let before = try folder.embedded()
        for (arguments, parts) in [
            (["--prefix", "ask: "], ["prefix \"\"", "\"ask: \""]),
            (["--pooling", "cls"], ["pooling mean", "cls"]), (["--normalize"], ["normalize false", "true"]),
            (["--max-tokens", "9"], ["max-tokens 48", "9"]), (["--long", "mean"], ["long truncate", "mean"]),
            (["--dtype", "float16"], ["dtype float32", "float16"]),
            (["--special-tokens", "split"], ["special-tokens plain", "split"]),
            (["--text-field", "id"], ["text-field text", "id"]), (["--id-field", "text"], ["id-field id", "text"]),
        ] {
            let outcome = try embed(folder, arguments)
            expectFailure(outcome, 2, naming: "--out vectors was made with")
            for part in parts { #expect(outcome.error.contains(part), "\(outcome.error)") }
        }
        var other = TinyModel()
        other.seed = 2
        try other.write(to: folder / "other")
        expectFailure(try embed(folder, "--model", "other"), 2, naming: "the model", "model", "other", "checksum")
        // Another tokenizer makes it another model.
        try TinyModel().write(to: folder / "tokens")
        try folder.write(folder.bytes("tokens/tokenizer.json") + " ", to: "tokens/tokenizer.json")
        expectFailure(try embed(folder, "--model", "tokens"), 2, naming: "the model", "tokens")
        #expect(try folder.embedded() == before)
        // The same model in another folder is accepted.
        try TinyModel().write(to: folder / "copy")
        expectSuccess(try embed(folder, "--model", "copy"))

        expectSuccess(try embed(folder, "--model", "other", "--pooling", "cls", "--force"))
        expectSuccess(try embed(folder, "--model", "other", "--pooling", "cls", "--out", "fresh"))
        #expect(try folder.embedded() == folder.embedded("fresh"))
    }

    @Test func theFirstPrecisionStays() throws {
        expectSuccess(try embed(folder))
        try folder.shard("in/z.jsonl", documents("z", 3, seed: 9))
        expectSuccess(try dedup("embed", "in", "--out", "vectors", "--model", "model", in: folder.path))
        #expect(try folder.record().precision == "f32")
    }

    // MARK: Failures

    @Test func badLinesStopTheRunOrBecomeRowsOfZeros() throws {
        let bad = [line("one", "a"), "{\"text\":", line("two", "b"), "[1]", line("three", "")]
        try folder.shard("in/m.jsonl", bad)
        try folder.shard("in/z.jsonl", documents("z", 3, seed: 9))
        let stopped = try embed(folder)
        let place = bad[0].utf8.count + 1
        expectFailure(stopped, 1, naming: "m.jsonl, line 2, byte \(place)", "--on-bad-line keep")
        #expect(!stopped.error.contains("drop"))
        // The shards before the bad line have their vectors.
        #expect(try folder.record().shards.map(\.name) == ["a.jsonl", "b/c.jsonl.zst"])
        let names = folder.files(below: "vectors").filter { !$0.hasPrefix(".dedup") }
        #expect(
            names == [
                "a.jsonl.ids.jsonl", "a.jsonl.npy", "b/c.jsonl.zst.ids.jsonl", "b/c.jsonl.zst.npy", "embeddings.json",
            ])
        #expect(folder.files(below: "vectors/.dedup/tmp").isEmpty)

        let kept = try embed(folder, "--on-bad-line", "keep")
        expectSuccess(kept)
        #expect(kept.error.contains("2 lines that are not documents: rows of zeros"), "\(kept.error)")
        let vectors = try folder.vectors("m.jsonl")
        #expect(vectors.rows == 5)
        #expect([1, 3].allSatisfy { vectors.row($0) == [Float](repeating: 0, count: 16) })
        #expect([0, 2, 4].allSatisfy { !vectors.row($0).contains(0) })
        let rows = try folder.vectorRows("m.jsonl")
        #expect(rows.map(\.line) == [1, 2, 3, 4, 5] && rows.map(\.tokens) == [3, 0, 3, 0, 2])
        #expect(try folder.record().bad == 2)
        expectFailure(try embed(folder, "--on-bad-line", "drop"), 2, naming: "drop")
    }

    @Test func aDamagedShardHasNoVectors() throws {
        let whole = encoded(Array(documents("m", 300, seed: 9).joined(separator: "\n").utf8), for: "m.jsonl.zst")
        try folder.write(Array(whole.dropLast(50)), to: "in/m.jsonl.zst")
        expectFailure(try embed(folder), 1, naming: "m.jsonl.zst")
        #expect(try folder.record().shards.map(\.name) == ["a.jsonl", "b/c.jsonl.zst"])
        #expect(folder.files(below: "vectors").filter { $0.hasPrefix("m") || $0.contains("tmp") }.isEmpty)
        try folder.write(whole, to: "in/m.jsonl.zst")
        expectSuccess(try embed(folder))
        #expect(try folder.record().documents == 320)
    }

    @Test func aModelThatCannotBeUsedIsNoReasonToLoseVectors() throws {
        expectSuccess(try embed(folder))
        let before = folder.files(below: "vectors")
        try folder.write("{", to: "model/tokenizer.json")
        expectFailure(try embed(folder, "--force"), 1, naming: "tokenizer.json")
        #expect(folder.files(below: "vectors") == before)
    }

    @Test func aDamagedRecordIsNamed() throws {
        expectSuccess(try embed(folder))
        let path = folder.path + "/vectors/embeddings.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lie = text.replacing(/"dimensions" : \d+/, with: "\"dimensions\" : 4000000000000000000")
        #expect(lie != text)
        try folder.write(lie, to: "vectors/embeddings.json")
        expectFailure(try embed(folder), 1, naming: "vectors/embeddings.json", "damaged")
        expectFailure(try dedup("similar", folder.path + "/vectors", "a.jsonl:1"), 1, naming: "damaged")
        try folder.write("{", to: "vectors/embeddings.json")
        expectFailure(try embed(folder), 1, naming: "vectors/embeddings.json", "damaged")
        try folder.write("{\"schema\": 3}", to: "vectors/embeddings.json")
        expectFailure(try embed(folder), 1, naming: "vectors/embeddings.json", "schema 3")
        try folder.write("{\"schema\": 1}", to: "vectors/embeddings.json")
        expectFailure(try embed(folder), 1, naming: "vectors/embeddings.json", "missing or wrong")
    }

    @Test func aLimitOnTheSizeOfFilesStopsTheRun() throws {
        try folder.shard("in/z.jsonl", documents("z", 100, seed: 9, words: 3))
        // A file may have 4 KiB: enough for the vectors of ten documents, but not for a hundred.
        let outcome = try shell(
            "ulimit -f 4; exec \"$DEDUP\" embed in --out vectors --model model --precision f32", in: folder.path)
        expectFailure(outcome, 1, naming: "cannot write")
        #expect(folder.files(below: "vectors").filter { $0.contains("tmp") || $0.hasPrefix("z") }.isEmpty)
        expectSuccess(try embed(folder))
        expectSuccess(try embed(folder, "--out", "fresh"))
        #expect(try folder.embedded() == folder.embedded("fresh"))
    }

    // MARK: Deaths

    private func manyShards() throws {
        for number in 0..<25 {
            try folder.shard("in/many/\(100 + number).jsonl", documents("m\(number)", 60, seed: number * 100, words: 4))
        }
    }

    private func start(_ arguments: String...) throws -> RunningProcess {
        try RunningProcess(
            [
                DedupBinary.path, "embed", "in", "--out", "vectors", "--model", "model", "--precision", "f32",
                "--threads", "2",
            ] + arguments, in: folder.path)
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func runsThatAreCutOffGoOn(_ signal: Int32) throws {
        try manyShards()
        let calm = try embed(folder, "--out", "calm")
        expectSuccess(calm)
        let expected = try folder.embedded("calm")
        var generator = SeededGenerator(seed: UInt64(signal))
        for attempt in 0..<10 {
            if attempt % 4 == 0 { try folder.remove("vectors") }
            let process = try start()
            usleep(UInt32(Double.random(in: 0.01...calm.seconds, using: &generator) * 1e6))
            process.send(signal)
            let outcome = try process.wait()
            // 128 + SIGTERM if the signal came before the command had begun.
            if signal == SIGTERM && outcome.code != 0 && outcome.code != 128 + SIGTERM {
                expectFailure(outcome, 1, naming: "interrupted", "run the same command again")
                #expect(folder.files(below: "vectors").filter { $0.hasPrefix(".dedup/tmp") }.isEmpty)
            }
            // Every file under its final name is complete.
            for (name, bytes) in try folder.exists("vectors") ? folder.embedded() : [:] where name != "embeddings.json"
            {
                #expect(bytes == expected[name], "\(name)")
            }
        }
        expectSuccess(try embed(folder))
        #expect(try folder.embedded() == expected)
        #expect(folder.files(below: "vectors/.dedup/tmp").isEmpty)
    }

    @Test func aSecondRunOnOneFolderIsRefused() throws {
        try manyShards()
        let first = try start()
        #expect(first.wait { folder.exists("vectors/.dedup/tmp/1") })
        first.send(SIGSTOP)
        expectFailure(
            try embed(folder), 1, naming: "another run is writing to vectors", "process \(first.identifier)")
        first.send(SIGCONT)
        expectSuccess(try first.wait())
        expectSuccess(try embed(folder))
    }
}
