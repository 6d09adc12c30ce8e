import Foundation
import TestSupport
import Testing

/// The files that `dedup embed` writes.
@Suite struct EmbedTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel().write(to: folder / "model")
    }

    @Test func aRowForEveryLineThatIsNotBlank() throws {
        let lines = [
            line("one", "Ночь. Улица."), "", line("two", "фонарь, аптека"), "  \t", "{\"text\":\"no id\"}",
            line("empty", ""), "{\"id\":7,\"text\":\"a number\"}", line("quote\\\"s", "x"),
        ]
        try folder.shard("in/a/b.jsonl.zst", lines)
        try folder.shard("in/none.jsonl", [String]())
        try folder.write("no shard", to: "in/README")
        let outcome = try embed(folder)
        expectSuccess(outcome)
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.contains("6 documents in 2 shards"), "\(outcome.error)")
        let vectors = try folder.vectors("a/b.jsonl.zst")
        #expect(vectors.rows == 6 && vectors.columns == 16 && vectors.type == "<f4")
        #expect(try folder.vectors("none.jsonl").rows == 0)
        #expect(
            String(decoding: try folder.bytes("vectors/a/b.jsonl.zst.ids.jsonl"), as: UTF8.self) == """
                {"line":1,"id":"one","tokens":21,"truncated":false}
                {"line":3,"id":"two","tokens":26,"truncated":false}
                {"line":5,"id":null,"tokens":7,"truncated":false}
                {"line":6,"id":"empty","tokens":2,"truncated":false}
                {"line":7,"id":7,"tokens":10,"truncated":false}
                {"line":8,"id":"quote\\"s","tokens":3,"truncated":false}

                """)
        #expect(try folder.bytes("vectors/none.jsonl.ids.jsonl").isEmpty)
        // The vectors are outputs of a layer norm, so they differ and are not zero.
        #expect(Set(vectors.bytes).count == 6)
        #expect(vectors.row(3).allSatisfy { $0.isFinite && $0 != 0 })
        let record = try folder.record()
        #expect(record.schema == 2 && record.documents == 6 && record.tokens == 69 && record.truncated == 0)
        #expect(record.maxTokens == 48 && record.dimensions == 16 && record.precision == "f32")
        #expect(record.modelChecksum.count == 32 && !record.instructionSet.isEmpty)
        #expect(record.model.hasSuffix("/model") && record.pooling == "mean" && record.long == "truncate")
        #expect(record.shards.map(\.name) == ["a/b.jsonl.zst", "none.jsonl"])
        #expect(record.encodeSeconds > 0)
        #expect(folder.files(below: "vectors/.dedup/tmp").isEmpty)
    }

    @Test func jsonGoesToStandardOutput() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        let outcome = try embed(folder, "--json", "--quiet")
        expectSuccess(outcome)
        #expect(outcome.error.isEmpty)
        #expect(try outcome.output == folder.bytes("vectors/embeddings.json"))
    }

    @Test func longTextsAreTruncatedOrCutIntoWindows() throws {
        // A Cyrillic letter has two bytes and so two tokens: 46 tokens are 23 letters, and the rest is cut off.
        let text = String(repeating: "б", count: 50)
        try folder.shard("in/a.jsonl", [line("long", text), line("cut", String(repeating: "б", count: 23))])
        let outcome = try embed(folder)
        expectSuccess(outcome)
        #expect(outcome.error.contains("50.0\u{A0}% of the documents truncated"), "\(outcome.error)")
        let rows = try folder.vectorRows("a.jsonl")
        #expect(rows.map(\.tokens) == [48, 48] && rows.map(\.truncated) == [true, false])
        let truncated = try folder.vectors("a.jsonl")
        #expect(truncated.bytes[0] == truncated.bytes[1])

        // The text has 100 bytes, so the windows have 46, 46 and 8 tokens.
        let parts = [46, 46, 8].map { String(repeating: "б", count: $0 / 2) }
        try folder.shard("parts/p.jsonl", parts.enumerated().map { line("\($0)", $1) })
        expectSuccess(try embed(folder, "--long", "mean", "--out", "mean"))
        expectSuccess(try embed(folder, "parts", "--out", "of-parts"))
        let mean = try folder.vectors("a.jsonl", "mean")
        let row = try folder.vectorRows("a.jsonl", "mean")[0]
        #expect(row.tokens == 106 && !row.truncated)
        let windows = try folder.vectors("p.jsonl", "of-parts")
        for column in 0..<16 {
            let weights = [48.0, 48, 10]
            let sum = (0..<3).reduce(0.0) { $0 + Double(windows.row($1)[column]) * weights[$1] }
            #expect(mean.row(0)[column] == Float(sum / 106))
        }
        #expect(mean.bytes[1] == truncated.bytes[1])
    }

    @Test func thePrefixStandsBeforeEverySequence() throws {
        let texts = ["a cat", "", String(repeating: "б", count: 50)]
        try folder.shard("in/a.jsonl", texts.enumerated().map { line("\($0)", $1) })
        try folder.shard("joined/a.jsonl", texts.enumerated().map { line("\($0)", "ask: " + $1) })
        expectSuccess(try embed(folder, "--prefix", "ask: "))
        expectSuccess(try embed(folder, "joined", "--out", "of-joined"))
        #expect(try folder.vectors("a.jsonl").bytes == folder.vectors("a.jsonl", "of-joined").bytes)
        #expect(try folder.vectorRows("a.jsonl").map(\.tokens) == [12, 7, 48])

        // Four tokens of a sequence are the prefix, so 42 are left. The 100 tokens of the text (the space joins the first
        // byte) are three windows.
        expectSuccess(try embed(folder, "--prefix", "ask: ", "--long", "mean", "--out", "mean"))
        let windows = try folder.vectorRows("a.jsonl", "mean").map(\.tokens)
        #expect(windows == [12, 7, 100 + 3 * 6])
        // A model can have a prefix.
        try folder.write(Array("{\"prefix\": \"ask: \"}".utf8), to: "model/embedding.json")
        expectSuccess(try embed(folder, "--out", "of-model"))
        #expect(try folder.embedded("of-model") == folder.embedded())
        expectFailure(try embed(folder, "--prefix", "", "--out", "of-model"), 2, naming: "prefix \"ask: \"")
    }

    @Test func normalizationTypesAndPoolingChangeTheVectors() throws {
        try folder.shard("in/a.jsonl", documents("a", 20, seed: 3))
        expectSuccess(try embed(folder))
        expectSuccess(try embed(folder, "--normalize", "--out", "normalized"))
        expectSuccess(try embed(folder, "--dtype", "float16", "--out", "half"))
        expectSuccess(try embed(folder, "--pooling", "cls", "--out", "cls"))
        let plain = try folder.vectors("a.jsonl")
        let normalized = try folder.vectors("a.jsonl", "normalized")
        let half = try folder.vectors("a.jsonl", "half")
        let cls = try folder.vectors("a.jsonl", "cls")
        #expect(half.type == "<f2" && half.rows == 20)
        for row in 0..<20 {
            let vector = plain.row(row)
            let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(normalized.row(row) == vector.map { Float(Double($0) / length) })
            #expect(half.row(row) == vector.map { Float(Float16($0)) })
            #expect(cls.row(row) != vector)
        }
    }

    @Test func specialTokensInTextsAreText() throws {
        try folder.shard("in/a.jsonl", [line("a", "x</s>y"), line("b", "xy")])
        expectSuccess(try embed(folder))
        expectSuccess(try embed(folder, "--special-tokens", "split", "--out", "split"))
        #expect(try folder.vectorRows("a.jsonl").map(\.tokens) == [8, 4])
        #expect(try folder.vectorRows("a.jsonl", "split").map(\.tokens) == [5, 4])
    }

    /// A document's vector does not depend on the documents that are encoded with it.
    @Test func theSameBytesForAnyThreadsShardsAndOrder() throws {
        // The texts have different lengths, so that some units hold one document and some hold many.
        let lines = (0..<150).map { line("d\($0)", text($0, words: 1 + $0 * 7 % 11)) }
        try folder.shard("in/all.jsonl", lines)
        expectSuccess(try embed(folder, "--threads", "1"))
        let expected = try folder.vectorsByID()
        #expect(expected.count == 150)
        for threads in ["2", "7"] {
            expectSuccess(try embed(folder, "--threads", threads, "--out", "t" + threads))
            #expect(try folder.embedded("t" + threads) == folder.embedded())
        }
        var generator = SeededGenerator(seed: 5)
        let shuffled = lines.shuffled(using: &generator)
        for (number, start) in stride(from: 0, to: 150, by: 13).enumerated() {
            try folder.shard("split/\(number).jsonl.zst", Array(shuffled[start..<min(150, start + 13)]))
        }
        expectSuccess(try embed(folder, "split", "--threads", "3", "--out", "split-out"))
        #expect(try folder.vectorsByID("split-out") == expected)
        try folder.shard("alone/one.jsonl", [lines[77]])
        expectSuccess(try embed(folder, "alone", "--out", "alone-out"))
        #expect(try folder.vectors("one.jsonl", "alone-out").bytes == [expected["d77"]])
    }

    @Test func fieldsAndLabelsAreRespected() throws {
        try folder.shard("x/a.jsonl", ["{\"n\":{\"k\":\"q\"},\"m\":{\"t\":\"hello\"},\"text\":\"no\"}"])
        try folder.shard("y/a.jsonl", ["{\"n\":{\"k\":\"r\"},\"m\":{\"t\":\"world\"}}"])
        expectSuccess(try embed(folder, "x", "why=y", "--text-field", "m.t", "--id-field", "n.k"))
        #expect(try folder.record().shards.map(\.name) == ["why/a.jsonl", "x/a.jsonl"])
        #expect(try folder.vectorRows("x/a.jsonl") == [.init(line: 1, id: "q", tokens: 7, truncated: false)])
    }

    // MARK: Refused requests

    @Test func wrongOptionsAreUsageErrors() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        expectFailure(try embed(folder, "--max-tokens", "65"), 2, naming: "--max-tokens 65", "64 positions")
        expectFailure(try embed(folder, "--max-tokens", "2"), 2, naming: "--max-tokens", "from 3 to")
        expectFailure(try embed(folder, "--precision", "f64"), 2, naming: "f64")
        expectFailure(try embed(folder, "--long", "no"), 2, naming: "no")
        expectFailure(try embed(folder, "--model", "nowhere"), 2, naming: "--model nowhere", "no such folder")
        expectFailure(try embed(folder, "nowhere"), 2, naming: "nowhere")
        expectFailure(try embed(folder, "--out", "in/vectors"), 2, naming: "--out in/vectors", "is inside")
        expectFailure(try embed(folder, "in/a.jsonl", "--out", "in"), 2, naming: "--out in", "contains")
        #expect(!folder.exists("vectors"))
        #expect(folder.files(below: "in") == ["a.jsonl"])
        expectSuccess(try embed(folder, "--max-tokens", "3"))
        #expect(try folder.record().tokens == 6)
    }

    @Test func modelsThatDoNotFitAreRefused() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        var model = TinyModel()
        model.vocabulary = TinyModel.ids - 1
        try model.write(to: folder / "small")
        expectFailure(
            try embed(folder, "--model", "small"), 1, naming: "small", "ids up to \(TinyModel.ids - 1)",
            "\(TinyModel.ids - 1) word vectors")
        #expect(folder.files(below: "vectors").allSatisfy { $0.hasPrefix(".dedup/") })
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            try TinyModel().write(to: folder / "broken")
            try folder.remove("broken/" + name)
            expectFailure(try embed(folder, "--model", "broken"), 1, naming: name)
            try folder.write(Array(repeating: 7, count: 20), to: "broken/" + name)
            expectFailure(try embed(folder, "--model", "broken"), 1, naming: name)
        }
        // A weight is NaN, so no file gets its final name.
        try TinyModel().write(to: folder / "nan")
        var weights = try folder.bytes("nan/model.safetensors")
        weights.replaceSubrange(weights.count - 4..<weights.count, with: [0, 0, 0xC0, 0x7F])
        try folder.write(weights, to: "nan/model.safetensors")
        expectFailure(try embed(folder, "--model", "nan"), 1, naming: "nan")
        #expect(folder.files(below: "vectors").allSatisfy { $0.hasPrefix(".dedup/") })
        expectSuccess(try embed(folder))
    }

    @Test func foreignFoldersAreRefused() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        try folder.write("mine", to: "vectors/notes.txt")
        expectFailure(try embed(folder), 2, naming: "--out vectors", "notes.txt")
        try folder.remove("vectors/notes.txt")
        expectSuccess(try embed(folder))
        try folder.write("mine", to: "vectors/b/notes.txt")
        expectFailure(try embed(folder), 2, naming: "b/notes.txt")
        expectFailure(try embed(folder, "--force"), 2, naming: "b/notes.txt")
        expectSuccess(try dedup("run", "in", "--out", "clean", in: folder.path))
        expectFailure(try embed(folder, "--out", "clean"), 2, naming: "--out clean", "output of dedup run")
        expectFailure(try dedup("run", "in", "--out", "vectors", in: folder.path), 2, naming: "--out vectors")
        try folder.write("file", to: "file")
        expectFailure(try embed(folder, "--out", "file"), 2, naming: "--out file is a file")
    }
}
