import Foundation
import TestSupport
import Testing

/// Lines of every form: blank, with line ends of other systems, long, incomplete.
@Suite struct LineTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    }

    // MARK: Shards without documents

    static let names = ["a.jsonl", "a.ndjson", "a.json", "a.jsonl.zst", "a.jsonl.gz"]

    @Test(arguments: names, ["", "\n", "\n\n \t\r\n", "   ", "\u{FEFF}", "\u{FEFF}\n"])
    func aShardOfBlankLinesHasAnEmptyOutput(_ name: String, _ content: String) throws {
        try folder.shard("in/" + name, Array(content.utf8))
        try folder.shard("in/b.jsonl", documents("b", 2, seed: 1))
        expectSuccess(try run())
        // A shard without documents has an output, which is empty.
        #expect(try folder.decoded("out/" + name).isEmpty)
        #expect(folder.shards() == [name, "b.jsonl"])
        let shard = try #require(try folder.report().corpus.shards.first { $0.name == name })
        #expect(shard.documents == 0)
        let lines = content.utf8.drop { $0 > 0x7F }.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        #expect(shard.blankLines == (lines.last!.isEmpty ? lines.count - 1 : lines.count))
    }

    @Test func aShardOfDuplicatesHasAnEmptyOutput() throws {
        try folder.shard("in/a.jsonl.zst", documents("a", 3, seed: 1))
        try folder.shard("in/b.jsonl.zst", documents("b", 3, seed: 1))
        expectSuccess(try run())
        #expect(try folder.decoded("out/b.jsonl.zst").isEmpty)
        #expect(try folder.removedLines("b.jsonl.zst").map(\.line) == [1, 2, 3])
    }

    // MARK: Bytes of lines

    @Test(arguments: names)
    func blankLinesAreLeftOutAndNothingElseChanges(_ name: String) throws {
        let first = line("1", text(1), ",\"a\" : [ 1 , 2.50 , \"\\u0041\\/é\" ]  ")
        let second = "  " + line("2", text(2)) + "\t"
        let content = "\n" + first + "\n \t \n\n" + second + "\r\n\r\n"
        #expect(try written(name, Array(content.utf8)) == Array((first + "\n" + second + "\r\n").utf8))
    }

    @Test(arguments: names)
    func carriageReturnsBeforeNewlinesAreKept(_ name: String) throws {
        let content = [line("1", text(1)), line("2", text(2)), line("3", text(1))].map { $0 + "\r\n" }.joined()
        let kept = [line("1", text(1)), line("2", text(2))].map { $0 + "\r\n" }.joined()
        #expect(try written(name, Array(content.utf8)) == Array(kept.utf8))
    }

    @Test func carriageReturnsAloneEndNoLine() throws {
        try expectStopped(
            at: "m.jsonl", Array((line("1", text(1)) + "\r" + line("2", text(2)) + "\r").utf8),
            naming: "m.jsonl, line 1")
    }

    @Test(arguments: names)
    func theLastLineMayLackItsNewline(_ name: String) throws {
        let lines = [line("1", text(1)), line("2", text(1)), line("3", text(3))]
        // The last line is kept, and gets a newline because the shard is rewritten.
        #expect(
            try written(name, Array(lines.joined(separator: "\n").utf8))
                == Array((lines[0] + "\n" + lines[2] + "\n").utf8))
        // The last line is removed.
        #expect(
            try written(name, Array((lines[0] + "\n" + lines[1]).utf8)) == Array((lines[0] + "\n").utf8))
        // All lines are kept, so the shard is copied unchanged.
        let whole = Array((lines[0] + "\n" + lines[2]).utf8)
        #expect(try written(name, whole) == whole)
    }

    @Test func aShardThatIsKeptWholeIsCopied() throws {
        // The input was compressed by another tool; the output has the same bytes.
        let content = Array(documents("a", 4, seed: 1).map { $0 + "\n" }.joined().utf8)
        let frames =
            zstdFrame(Array(content[..<100]), level: 19) + skippableFrame(9) + zstdFrame(Array(content[100...]))
        try folder.write(frames, to: "in/a.jsonl.zst")
        expectSuccess(try run())
        #expect(try folder.bytes("out/a.jsonl.zst") == frames)
        #expect(try folder.report().corpus.shards[0].copied)
    }

    // MARK: Byte-order marks

    @Test(arguments: names)
    func byteOrderMarkAtTheStartIsDropped(_ name: String) throws {
        let lines = line("1", text(1)) + "\n" + line("2", text(2)) + "\n"
        #expect(try written(name, [0xEF, 0xBB, 0xBF] + lines) == Array(lines.utf8))
    }

    @Test func laterByteOrderMarksAreErrors() throws {
        let first = line("1", text(1)) + "\n"
        let second = [0xEF, 0xBB, 0xBF] + line("2", text(2)) + "\n"
        try expectStopped(
            at: "m.jsonl", Array(first.utf8) + second,
            naming: "m.jsonl, line 2, byte \(first.utf8.count)", "byte-order mark")
        try expectStopped(
            at: "m.jsonl", [0xEF, 0xBB, 0xBF] + second, naming: "m.jsonl, line 1, byte 3", "byte-order mark")
        // Offsets in messages refer to the decoded shard, including the byte order mark.
        try expectStopped(
            at: "m.jsonl", [0xEF, 0xBB, 0xBF] + (first + "nothing\n"),
            naming: "m.jsonl, line 2, byte \(first.utf8.count + 3)")
    }

    @Test func otherEncodingsAreRefused() throws {
        let utf16 = Array(
            "\u{FEFF}{\"text\":\"a\"}\n".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
        try expectStopped(at: "m.jsonl", utf16, naming: "m.jsonl, line 1, byte 0", "UTF-8")
    }

    // MARK: Long lines

    /// A document of the given number of bytes, most of them in a field that is not read.
    private func longLine(_ bytes: Int) -> [UInt8] {
        let start = Array("{\"id\":\"long\",\"text\":\"\(text(77))\",\"more\":\"".utf8)
        return start + [UInt8](repeating: UInt8(ascii: "x"), count: bytes - start.count - 2) + "\"}"
    }

    @Test func aLineOfAHundredMegabytesPasses() throws {
        let long = longLine(100_000_000)
        try folder.shard("in/a.jsonl.zst", documents("a", 2, seed: 1))
        try folder.write(zstdFrame(line("b", text(77)) + "\n" + long + "\n", level: 1), to: "in/b.jsonl.zst")
        expectSuccess(try run("--threads", "2"))
        #expect(try folder.removedLines("b.jsonl.zst").map(\.line) == [2])
        #expect(try folder.decodedText("out/b.jsonl.zst") == line("b", text(77)) + "\n")
        // A sanitizer needs memory of its own.
        if Sanitizer.active == nil { #expect(try folder.report().run.peakMemory < 2 << 30) }
    }

    @Test func aLineThatDoesNotFitSaysWhatItNeeds() throws {
        let before = documents("b", 40, seed: 1).map { $0 + "\n" }.joined()
        let long = longLine(30_000_000)
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 100))
        try folder.shard("in/b.jsonl.zst", Array(before.utf8) + long + "\n")
        let outcome = try run("--memory", "256M", "--threads", "2")
        expectFailure(
            outcome, 1, naming: "b.jsonl.zst, line 41, byte \(before.utf8.count)", "30000000 bytes",
            "it needs --memory ")
        try expectCommitted(["a.jsonl"], folder)
        let needed = try #require(outcome.error.firstMatch(of: /needs --memory ([0-9]+[MG])/)).1
        expectSuccess(try run("--memory", String(needed), "--threads", "2"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl.zst"])
        #expect(try folder.report().run.shardsDoneBefore == 1)
    }

    @Test func aLongLastLineMayLackItsNewline() throws {
        try folder.shard("in/b.jsonl", longLine(3_000_000))
        expectSuccess(try run("--memory", "256M"))
        #expect(try folder.decoded("out/b.jsonl").count == 3_000_000)
    }

    @Test(arguments: ["1", "7"])
    func linesMayBeAsLongAsABatch(_ threads: String) throws {
        // A batch has 64 KiB with little memory, otherwise 1 MiB. The lines end just before, at and just after these
        // sizes.
        let sizes = [65_534, 65_535, 65_536, 65_537, 131_071, 1 << 20, (1 << 20) - 1, (1 << 20) + 1, 10, 1]
        var content: [UInt8] = []
        for (number, size) in sizes.enumerated() {
            let start = line("n\(number)", text(number * 100))
            content +=
                size < start.utf8.count
                ? [] : Array((start + String(repeating: " ", count: size - start.utf8.count - 1)).utf8)
            content.append(UInt8(ascii: "\n"))
        }
        let kept = content.split(separator: UInt8(ascii: "\n")).map { $0 + "\n" }.flatMap { $0 }
        #expect(try written("a.jsonl", content, "--memory", "256M", "--threads", threads) == kept)
        #expect(try written("a.jsonl", content, "--threads", threads) == kept)
    }
}

extension ArraySlice<UInt8> {
    static func + (bytes: Self, text: String) -> [UInt8] { Array(bytes) + Array(text.utf8) }
}
