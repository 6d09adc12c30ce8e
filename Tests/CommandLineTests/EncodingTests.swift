import TestSupport
import Testing

/// Valid and invalid UTF-8, NUL bytes and lone surrogates.
@Suite struct EncodingTests {
    // MARK: Invalid UTF-8

    static let invalid: [[UInt8]] = [
        [0xFF], [0x80], [0xC3], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xF0, 0x9F, 0x98], [0xFE, 0xBB],
    ]

    static let places: [(name: String, before: String, after: String)] = [
        ("the text", #"{"id":"x","text":"ab "#, #" cd"}"#),
        ("another field", #"{"id":"x","text":"ab","more":{"deep":["#, #"]}}"#),
        ("a string of another field", #"{"more":"ab"#, #"","id":"x","text":"ab"}"#),
        ("a key", #"{"id":"x","text":"ab","k"#, #"ey":1}"#),
        ("the id", #"{"text":"ab","id":"x"#, #""}"#),
        ("the end of the line", #"{"id":"x","text":"ab"}"#, ""),
    ]

    @Test(arguments: places.indices)
    func invalidUTF8IsRefused(_ place: Int) throws {
        let (_, before, after) = Self.places[place]
        let good = line("good", text(5)) + "\n"
        // One line with each kind of invalid UTF-8; all are listed and dropped.
        var content = Array(good.utf8)
        var starts: [Int] = []
        for bytes in Self.invalid {
            starts.append(content.count)
            content += before + bytes + after + "\n"
        }
        let folder = try TemporaryFolder()
        try folder.write(content, to: "in/a.jsonl")
        expectSuccess(try dedup("run", "in", "--out", "out", "--on-bad-line", "drop", in: folder.path))
        let bad = try folder.badLines("a.jsonl")
        #expect(bad.map(\.line) == Array(2..<2 + Self.invalid.count))
        #expect(bad.map(\.byte) == starts)
        #expect(bad.allSatisfy { $0.reason == "invalid UTF-8 at byte \(before.utf8.count) of the line" }, "\(bad)")
        #expect(try folder.decodedText("out/a.jsonl") == good)
        // By default, the first invalid line ends the run.
        try expectStopped(
            at: "m.jsonl", good + (before + Self.invalid[place] + after + "\n"),
            naming: "m.jsonl, line 2, byte \(good.utf8.count)", "invalid UTF-8 at byte \(before.utf8.count)")
    }

    /// Returns a shard in which a boundary of the decoder's buffer falls into a character, at every possible offset.
    private func shard(_ character: [UInt8], cutAt boundary: Int, offset: Int) -> (content: [UInt8], lineStart: Int) {
        var content: [UInt8] = []
        var number = 0
        let target = boundary - offset
        while content.count < target - 4000 {
            content += line("n\(number)", String(repeating: "\(number) ", count: 400)) + "\n"
            number += 1
        }
        let lineStart = content.count
        let start = Array("{\"id\":\"it\",\"text\":\"".utf8)
        content += start
        content += [UInt8](repeating: UInt8(ascii: "a"), count: target - content.count)
        content += character + (" end\"}\n" + line("last", text(900_000)) + "\n")
        return (content, lineStart)
    }

    static let boundaries = [64 << 10, 128 << 10, 1 << 20]

    @Test(arguments: boundaries, [["--memory", "256M", "--threads", "7"], ["--threads", "2"]])
    func aCharacterMayCrossBatches(_ boundary: Int, _ arguments: [String]) throws {
        for offset in 1...3 {
            let folder = try TemporaryFolder()
            let (valid, _) = shard(Array("😀".utf8), cutAt: boundary, offset: offset)
            try folder.write(valid, to: "in/a.jsonl")
            let (invalid, lineStart) = shard([0xF0, 0x9F, 0x98, 0x20], cutAt: boundary, offset: offset)
            try folder.write(invalid, to: "in/b.jsonl")
            let outcome = try dedup(
                ["run", "in/a.jsonl", "--out", "valid", "--quiet"] + arguments, in: folder.path)
            expectSuccess(outcome)
            #expect(try folder.bytes("valid/a.jsonl") == valid)
            let lines = invalid[..<lineStart].count { $0 == UInt8(ascii: "\n") }
            expectFailure(
                try dedup(["run", "in/b.jsonl", "--out", "invalid"] + arguments, in: folder.path), 1,
                naming: "b.jsonl, line \(lines + 1), byte \(lineStart)", "invalid UTF-8")
        }
    }

    @Test(arguments: ["a.jsonl.zst", "a.jsonl.gz"])
    func aCharacterMayCrossFrames(_ name: String) throws {
        let character = Array("😀".utf8)
        let content = line("1", text(1)) + "\n" + "{\"id\":\"2\",\"text\":\"ab 😀 cd\"}\n" + line("3", text(1)) + "\n"
        let bytes = Array(content.utf8)
        let place = bytes.firstRange(of: character)!.lowerBound
        for cut in 1...3 {
            let parts = [Array(bytes[..<(place + cut)]), Array(bytes[(place + cut)...])]
            let folder = try TemporaryFolder()
            try folder.write(parts.flatMap { encoded($0, for: name) }, to: "in/" + name)
            expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
            let kept = content.split(separator: "\n").prefix(2).map { $0 + "\n" }.joined()
            #expect(try folder.decodedText("out/" + name) == kept)
            // The rest of the character is missing.
            let broken = [parts[0], Array("\"}\n".utf8)].flatMap { encoded($0, for: name) }
            try expectStopped(at: name, broken, naming: "line 2, byte \(line("1", text(1)).utf8.count + 1)", "UTF-8")
        }
    }

    // MARK: NUL

    @Test func rawNULIsRefused() throws {
        let lines = [
            "{\"id\":\"x\",\"text\":\"a\u{0}b\"}", "{\"id\":\"x\",\"text\":\"ab\",\"k\":\"\u{0}\"}", "\u{0}",
            "{\"id\":\"x\",\"text\":\"ab\"}\u{0}", "\u{0}{\"id\":\"x\",\"text\":\"ab\"}",
            "{\"text\":\"ab\",\u{0}\"k\":1}",
            "{\"text\":\"ab\",\"k\u{0}\":1}",
        ]
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", lines + [line("good", text(5))])
        expectSuccess(try dedup("run", "in", "--out", "out", "--on-bad-line", "drop", in: folder.path))
        #expect(try folder.badLines("a.jsonl").map(\.line) == Array(1...lines.count))
        try expectStopped(at: "m.jsonl", Array((lines[0] + "\n").utf8), naming: "m.jsonl, line 1, byte 0", "not JSON")
        // A block of zeros, which a crash of another program may leave.
        try expectStopped(
            at: "m.jsonl", line("1", text(1)) + ("\n" + [UInt8](repeating: 0, count: 4096)), naming: "line 2")
    }

    @Test func anEscapedNULIsText() throws {
        let lines = [
            #"{"id":"1","text":"\u0000"}"#, #"{"id":"2","text":"a b\u0000c d e f"}"#,
            #"{"id":"a\u0000b","text":"q w e r t y"}"#,
            #"{"id":"4","text":"q w e r t y"}"#,
        ]
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try folder.decodedText("out/a.jsonl") == lines[..<3].map { $0 + "\n" }.joined())
        #expect(try folder.removedText("a.jsonl")[0].contains(#""id":"a\u0000b""#))
    }

    // MARK: Escapes

    @Test(arguments: [
        #"\ud800"#, #"\udc00"#, #"\uDBFF\uD800"#, #"\udc00\ud800"#, #"a\ud800b c"#, #"\ud83d x"#, #"\ud800\u0041"#,
        #"\ud83d\ude00\ud83d"#, #"\\\ud800 x"#,
    ])
    func loneSurrogatesReadAsReplacementCharacters(_ escaped: String) throws {
        // The second line reads as the same text as the first; the third is different.
        let read =
            escaped.replacing(#"\ud83d\ude00"#, with: "😀")
            .replacing(/\\u[dD][89a-fA-F][0-9a-fA-F]{2}/, with: "\u{FFFD}").replacing(#"\u0041"#, with: "A")
        let lines = [line("same", read), line("it", escaped), line("other", "\u{FFFC}" + read)]
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try dedup("run", "in", "--out", "out", "--match", "exact", in: folder.path))
        let removed = try folder.removedLines("a.jsonl")
        #expect(removed.first?.line == 2 && removed.first?.twin.line == 1, "\(removed)")
        // The output has the original line, with the escapes.
        #expect(try written("a.jsonl", Array((lines[1] + "\n").utf8)) == Array((lines[1] + "\n").utf8))
    }

    @Test func escapedAndRawAreTheSameText() throws {
        let lines = [
            line("1", "мир труд май июнь июль"),
            line("2", #"\u043c\u0438\u0440 \u0442\u0440\u0443\u0434 май июнь июль"#),
            line("3", "😀🎉 да"), line("4", #"\ud83d\ude00\ud83c\udf89 \u0434\u0430"#),
            line("5", #"a\/b\tc\nd\"e\\f\bg\fh\ri"#),
            line("6", #"a/b\u0009c\u000ad\u0022e\u005cf\u0008g\u000ch\u000di"#),
        ]
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try folder.removedLines("a.jsonl").map(\.line) == [2, 4, 6])
    }

    @Test func aTextThatBeginsLikeAMarkedNumberIsText() throws {
        // The text begins with a private-use character that the parser uses for numbers.
        let lines = [
            "{\"id\":\"\u{F8F0}number:1x\",\"text\":\"\u{F8F0}number:12\"}", "{\"id\":\"2\",\"text\":\"number 12\"}",
        ]
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try folder.report().corpus.documents == 2)
    }
}
