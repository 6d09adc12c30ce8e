import Foundation
import TestSupport
import Testing

/// The output of `dedup tokenize`, with the small tokenizer of the tokenizer's own tests.
@Suite struct TokenizeTests {
    let folder: TemporaryFolder
    private static let model = Checkout.folder + "/Tests/TokenizersTests/Fixtures/roberta"

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The ids of some texts, as Hugging Face computes them.
    private struct Expected: Decodable {
        struct Text: Decodable {
            let text: String
            let split, plain: [Int]
        }
        let texts: [Text]

        static func read() throws -> [Text] {
            let data = try Data(contentsOf: URL(fileURLWithPath: model + "/expected.json"))
            return try JSONDecoder().decode(Expected.self, from: data).texts
        }
    }

    private struct Line: Decodable, Equatable {
        var shard: String?
        var line: Int?
        var ids: [Int]?
        var tokens: [String]?
        var count: Int?
        var types: [Int]?
        var truncated: Bool?
        var bad: String?
    }

    private func tokenize(_ arguments: String...) throws -> Outcome {
        try dedup(["tokenize", "--model", Self.model] + arguments, in: folder.path)
    }

    private func lines(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) throws -> [Line] {
        expectSuccess(outcome, sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty || outcome.output.last == 0x0A, sourceLocation: sourceLocation)
        return try outcome.output.split(separator: 0x0A).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    }

    private func json(_ text: String) throws -> String {
        String(decoding: try JSONEncoder().encode(["text": text]), as: UTF8.self)
    }

    @Test func everyDocumentHasALine() throws {
        let expected = try Expected.read()
        let texts = try expected.map { try json($0.text) }
        let half = texts.count / 2
        try folder.shard("in/a.jsonl.zst", Array(texts[..<half]))
        // Blank lines have no line in the output, but their numbers count.
        try folder.shard("in/b/c.jsonl.gz", ["", " "] + texts[half...])
        for special in ["plain", "split"] {
            let found = try lines(try tokenize("in", "--special-tokens", special, "--no-special"))
            #expect(found.map(\.ids) == expected.map { special == "plain" ? $0.plain : $0.split })
            #expect(found.map(\.shard) == texts.indices.map { $0 < half ? "a.jsonl.zst" : "b/c.jsonl.gz" })
            #expect(found.map(\.line) == texts.indices.map { $0 < half ? $0 + 1 : $0 - half + 3 })
        }
        // By default, special tokens in the text are plain text, and the special tokens of the model are added.
        let found = try lines(try tokenize("x=in"))
        #expect(found.map(\.ids) == expected.map { [0] + $0.plain + [2] })
        #expect(found[0].shard == "x/a.jsonl.zst")
    }

    @Test func idsAreWrittenAsTheyAreRead() throws {
        try folder.shard(
            "a.jsonl", [#"{"id":"x\"y","text":"a"}"#, #"{"id":7,"text":"a"}"#, #"{"text":"a"}"#])
        let outcome = try tokenize("a.jsonl", "--output", "counts")
        #expect(
            outcome.outputText == """
                {"shard":"a.jsonl","line":1,"id":"x\\"y","count":3}
                {"shard":"a.jsonl","line":2,"id":7,"count":3}
                {"shard":"a.jsonl","line":3,"id":null,"count":3}

                """)
        #expect(outcome.error.hasPrefix("3 documents, 9 tokens; "))
        #expect(try tokenize("a.jsonl", "--quiet").error.isEmpty)
        try folder.shard("b.jsonl", [#"{"k":{"t":"b","n":"z"},"text":1}"#])
        let nested = try tokenize("b.jsonl", "--text-field", "k.t", "--id-field", "k.n", "--output", "tokens")
        #expect(
            nested.outputText == "{\"shard\":\"b.jsonl\",\"line\":1,\"id\":\"z\",\"tokens\":[\"<s>\",\"b\",\"</s>\"]}\n"
        )
    }

    @Test func aLimitTruncates() throws {
        try folder.shard("a.jsonl", try ["abc abc abc abc", "a", ""].map(json))
        let whole = try lines(try tokenize("a.jsonl")).compactMap(\.ids)
        let outcome = try tokenize("a.jsonl", "--max-tokens", "5")
        let cut = try lines(outcome)
        #expect(cut.map(\.truncated) == [true, false, false])
        #expect(cut[0].ids == Array(whole[0].prefix(4)) + [2])
        #expect(cut.dropFirst().map(\.ids) == whole.dropFirst().map { $0 })
        #expect(outcome.error.contains("1 truncated (33.3 %)"))
        #expect(try lines(try tokenize("a.jsonl", "--max-tokens", "5", "--no-special"))[0].ids?.count == 5)
        #expect(try lines(try tokenize("a.jsonl", "--max-tokens", "2")).map(\.ids) == [[0, 2], [0, 2], [0, 2]])
        expectFailure(try tokenize("a.jsonl", "--max-tokens", "1"), 2, naming: "no room for the 2")
        expectFailure(try tokenize("a.jsonl", "--max-tokens", "0"), 2, naming: "--max-tokens")
    }

    @Test func aTextAndAPairAreTokenized() throws {
        #expect(try tokenize("--text", "a<s>", "--special-tokens", "split").outputText == "{\"ids\":[0,69,0,2]}\n")
        #expect(try lines(try tokenize("--text", "a<s>"))[0].ids?.filter { $0 == 0 } == [0])
        // Values of options may begin with a minus sign.
        let pair = try lines(try tokenize("--text", "-a", "--text", "--text", "--output", "tokens"))[0]
        #expect(pair.tokens?.first == "<s>" && pair.tokens?.filter { $0 == "</s>" }.count == 3)
        #expect(pair.types == pair.tokens?.map { _ in 0 })
        #expect(try tokenize("--text", "", "--output", "counts").outputText == "{\"count\":2}\n")
    }

    @Test func badLinesStopTheRunOrAreDropped() throws {
        try folder.shard("a.jsonl", [try json("a"), "{", try json("b"), "{\"text\":1}"])
        let stopped = try tokenize("a.jsonl")
        #expect(stopped.code == 1 && stopped.error.hasPrefix("dedup: a.jsonl, line 2, byte 13: "), "\(stopped.error)")
        // The lines before the bad line have been written.
        #expect(stopped.outputText == "{\"shard\":\"a.jsonl\",\"line\":1,\"id\":null,\"ids\":[0,69,2]}\n")
        let kept = try tokenize("a.jsonl", "--on-bad-line", "keep", "--output", "counts")
        #expect(try lines(kept).map(\.count) == [3, nil, 3, nil])
        #expect(try lines(kept).map { $0.bad != nil } == [false, true, false, true])
        #expect(try lines(kept)[3].bad == "the field \"text\" is not a string")
        #expect(kept.error.contains("2 bad lines"))
        #expect(try lines(try tokenize("a.jsonl", "--on-bad-line", "drop")).map(\.line) == [1, 3])
    }

    @Test func wrongOptionsAreUsageErrors() throws {
        try folder.shard("a.jsonl", [try json("a")])
        expectFailure(try tokenize(), 2, naming: "either shards or --text")
        expectFailure(try tokenize("a.jsonl", "--text", "a"), 2, naming: "either shards or --text")
        expectFailure(try tokenize("--text", "a", "--text", "b", "--text", "c"), 2, naming: "3 times")
        expectFailure(try tokenize("nothing"), 2, naming: "nothing: no such file or folder")
        expectFailure(try tokenize("a.jsonl", "--output", "words"), 2, naming: "'words'")
        expectFailure(try tokenize("a.jsonl", "--special-tokens", "merge"), 2, naming: "'merge'")
        expectFailure(try tokenize("a.jsonl", "--text-field", "a..b"), 2, naming: "a..b")
        expectFailure(
            try dedup(["tokenize", "a.jsonl"], in: folder.path, environment: ["DEDUP_MODEL": "gone"]), 2,
            naming: "DEDUP_MODEL gone: no such folder")
        expectFailure(
            try dedup("tokenize", "--model", "", "--text", "a", in: folder.path), 2, naming: "--model is empty")
    }

    @Test func damagedModelsAreRefused() throws {
        expectFailure(
            try dedup("tokenize", "--model", ".", "--text", "a", in: folder.path), 1, naming: "no tokenizer in it")
        try folder.write("{\"model\":", to: "tokenizer.json")
        expectFailure(
            try dedup("tokenize", "--model", ".", "--text", "a", in: folder.path), 1,
            naming: "./tokenizer.json: not JSON")
        let good = try String(contentsOfFile: Self.model + "/tokenizer.json", encoding: .utf8)
        try folder.write(
            good.replacingOccurrences(of: "\"normalizer\":null", with: "\"normalizer\":{\"type\":\"NFKC\"}"),
            to: "tokenizer.json")
        expectFailure(
            try dedup("tokenize", "--model", ".", "--text", "a", in: folder.path), 1,
            naming: "the normalizer NFKC is not supported")
    }

    @Test func aReaderThatLeavesEndsTheRun() throws {
        try folder.shard("a.jsonl", try (0..<20_000).map { try json(text($0)) })
        let outcome = try shell("$DEDUP tokenize a.jsonl --model '\(Self.model)' --quiet | head -n 1", in: folder.path)
        #expect(outcome.outputText.split(separator: "\n").count == 1)
        #expect(outcome.error == "dedup: cannot write to standard output: Broken pipe\n", "\(outcome.error)")
    }
}
