import Foundation
import TestSupport
import Testing

/// `dedup tokenizer train` as a command. TokenizersTests check which merges it learns.
@Suite struct TokenizerTrainTests {
    let folder: TemporaryFolder
    private static let files = [
        "merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.json",
    ]

    init() throws {
        folder = try TemporaryFolder()
    }

    private func train(_ arguments: String...) throws -> Outcome {
        try dedup(["tokenizer", "train"] + arguments, in: folder.path)
    }

    private func lines(_ range: Range<Int>) -> [String] { range.map { line("\($0)", text($0 % 400, words: 30)) } }

    @Test func threadsAndShardsDoNotChangeTheBytes() throws {
        let all = lines(0..<3000)
        try folder.shard("one/a.jsonl.zst", all)
        for number in 0..<5 {
            let part = all.enumerated().filter { $0.offset % 5 == number }.map(\.element)
            try folder.shard("five/\(number)/x.jsonl" + ["", ".gz", ".zst"][number % 3], part.reversed())
        }
        let first = try train("one", "--vocab", "900", "--out", "first")
        expectSuccess(first)
        #expect(first.error.hasPrefix("900 tokens learned from 3,000 documents, "), "\(first.error)")
        #expect(folder.files(below: "first") == Self.files)
        for threads in ["1", "2", "7"] {
            for input in ["one", "five"] {
                let out = "out-\(threads)-\(input)"
                let outcome = try train(
                    input, "--vocab", "900", "--out", out, "--threads", threads, "--memory", "256M", "--quiet")
                expectSuccess(outcome)
                #expect(outcome.error.isEmpty)
                for name in Self.files {
                    #expect(try folder.bytes(out + "/" + name) == folder.bytes("first/" + name), "\(out)/\(name)")
                }
            }
        }
    }

    @Test func theOutputTokenizes() throws {
        try folder.shard("a.jsonl", lines(0..<200))
        expectSuccess(try train("a.jsonl", "--vocab", "500", "--out", "model"))
        let outcome = try dedup("tokenize", "--model", "model", "--text", text(3, words: 2), in: folder.path)
        expectSuccess(outcome)
        #expect(outcome.outputText.hasPrefix("{\"ids\":[0,") && outcome.outputText.hasSuffix(",2]}\n"))
        // Two words of about 14 bytes each.
        #expect(outcome.outputText.split(separator: ",").count < 25, "\(outcome.outputText)")
    }

    @Test func fewerTokensThanWantedIsAWarning() throws {
        try folder.shard("a.jsonl", [line("1", "ab ab ab"), line("2", "ab")])
        let outcome = try train("a.jsonl", "--vocab", "5000", "--out", "model")
        expectSuccess(outcome)
        #expect(outcome.error.contains("fewer than the 5,000 tokens wanted"), "\(outcome.error)")
        #expect(try folder.bytes("model/merges.txt") == Array("#version: 0.2\na b\nĠ ab\n".utf8))
        expectSuccess(try train("a.jsonl", "--vocab", "5000", "--min-frequency", "3", "--out", "frequent"))
        #expect(try folder.bytes("frequent/merges.txt") == Array("#version: 0.2\na b\n".utf8))
        expectSuccess(try train("a.jsonl", "--vocab", "261", "--out", "bytes"))
        #expect(try folder.bytes("bytes/merges.txt") == Array("#version: 0.2\n".utf8))
        expectSuccess(try dedup("tokenize", "--model", "bytes", "--text", "ab", in: folder.path))
    }

    @Test func existingFilesAreKept() throws {
        try folder.shard("in/a.jsonl", lines(0..<20))
        try folder.write("mine", to: "model/notes.txt")
        expectFailure(try train("in", "--vocab", "300", "--out", "model"), 2, naming: "notes.txt")
        #expect(folder.files(below: "model") == ["notes.txt"])
        expectSuccess(try train("in", "--vocab", "300", "--out", "model", "--force"))
        #expect(folder.files(below: "model") == (Self.files + ["notes.txt"]).sorted())
        // An existing tokenizer is replaced only with --force.
        try folder.remove("model/notes.txt")
        let before = try folder.bytes("model/vocab.json")
        expectFailure(try train("in", "--vocab", "310", "--out", "model"), 2, naming: "--force")
        #expect(try folder.bytes("model/vocab.json") == before)
        expectSuccess(try train("in", "--vocab", "310", "--out", "model", "--force"))
        #expect(try folder.bytes("model/vocab.json") != before)
        try folder.write("", to: "file")
        expectFailure(try train("in", "--vocab", "300", "--out", "file"), 2, naming: "is a file")
        expectFailure(try train("in", "--vocab", "300", "--out", "in/model"), 2, naming: "is inside the input")
        expectFailure(try train("in", "--vocab", "300", "--out", ""), 2, naming: "--out is empty")
    }

    @Test func badLinesStopTheRunOrAreDropped() throws {
        try folder.shard("a.jsonl", [line("1", "ab ab"), "{", line("2", "ab"), "{\"text\":1}"])
        expectFailure(
            try train("a.jsonl", "--vocab", "300", "--out", "model"), 1, naming: "a.jsonl, line 2, byte 26",
            "--on-bad-line drop")
        #expect(!folder.exists("model"))
        let dropped = try train("a.jsonl", "--vocab", "300", "--out", "model", "--on-bad-line", "drop")
        expectSuccess(dropped)
        #expect(dropped.error.contains("2 lines left out, because they are not documents"), "\(dropped.error)")
        try folder.shard("b.jsonl", [#"{"m":{"t":"ab ab"},"text":7}"#])
        expectSuccess(try train("b.jsonl", "--vocab", "300", "--out", "nested", "--text-field", "m.t"))
        #expect(try folder.bytes("nested/merges.txt") == Array("#version: 0.2\na b\n".utf8))
    }

    @Test func wrongOptionsAreUsageErrors() throws {
        try folder.shard("a.jsonl", lines(0..<5))
        try folder.shard("empty.jsonl", [] as [String])
        expectFailure(try train("a.jsonl", "--vocab", "260", "--out", "model"), 2, naming: "from 261 tokens")
        expectFailure(try train("a.jsonl", "--vocab", "0", "--out", "model"), 2, naming: "from 261 tokens")
        expectFailure(try train("a.jsonl", "--vocab", "99999999999", "--out", "model"), 2, naming: "16777216")
        expectFailure(
            try train("a.jsonl", "--vocab", "300", "--min-frequency", "0", "--out", "model"), 2, naming: "not 0")
        expectFailure(try train("empty.jsonl", "--vocab", "300", "--out", "model"), 1, naming: "no documents")
        expectFailure(try train("nothing", "--vocab", "300", "--out", "model"), 2, naming: "nothing: no such file")
        expectFailure(try train("a.jsonl", "--vocab", "300"), 2, naming: "--out")
        expectFailure(try train("a.jsonl", "--out", "model"), 2, naming: "--vocab")
        expectFailure(try train("a.jsonl", "--vocab", "300", "--out", "m", "--memory", "1M"), 2, naming: "256M")
        #expect(!folder.exists("model"))
    }

    /// Millions of different words exceed the bound of the word table, and the run says so.
    @Test func moreWordsThanTheMemoryHoldsAreAnError() throws {
        var generator = SeededGenerator(seed: 9)
        var content: [UInt8] = []
        for number in 0..<7_000 {
            let words = (0..<300).map { _ in String(generator.next(), radix: 36).filter(\.isLetter) + "qzx" }
            content += line("\(number)", words.joined(separator: "-")) + "\n"
        }
        try folder.shard("a.jsonl", content)
        let outcome = try train("a.jsonl", "--vocab", "300", "--out", "model", "--memory", "256M")
        expectFailure(outcome, 1, naming: "do not fit the memory setting", "--memory")
        #expect(!folder.exists("model"))
    }
}
