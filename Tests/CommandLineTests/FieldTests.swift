import Foundation
import TestSupport
import Testing

/// The fields that hold the text and the id of a document, and how lists write the id.
@Suite struct FieldTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Returns the removed lines. The second line is not a copy of the first only if the fields are read correctly.
    private func removed(_ lines: [String], _ arguments: String...) throws -> [Int] {
        try folder.remove("in")
        try folder.remove("out")
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path))
        return try folder.removedLines("a.jsonl").map(\.line)
    }

    @Test func ofARepeatedKeyTheLastCounts() throws {
        let lines = [
            #"{"text":"one two three","id":1}"#, #"{"text":"four","text":"one two three","id":2,"id":3}"#,
            #"{"text":"one two three","text":"five","id":4}"#, #"{"text":7,"text":"five","id":5}"#,
            #"{"te\u0078t":"five","id":"x","\u0069d":6}"#,
        ]
        #expect(try removed(lines) == [2, 4, 5])
        let ids = try folder.removedText("a.jsonl").map { $0.split(separator: ",")[1] }
        #expect(ids == [#""id":3"#, #""id":5"#, #""id":6"#])
    }

    @Test func nestedFieldsAreRead() throws {
        let lines = [
            #"{"meta":{"text":"one two","id":"a"}}"#, #"{"meta":{"text":"x"},"meta":{"text":"one two","id":"b"}}"#,
            #"{"meta":{"text":"one two","text":"three","id":"c"}}"#, #"{"text":"three","meta":{"text":"three"}}"#,
            #"{"meta.text":"x","meta":{"meta":{"text":"x"},"text":"three","id":"d"}}"#,
        ]
        #expect(try removed(lines, "--text-field", "meta.text", "--id-field", "meta.id") == [2, 4, 5])
        #expect(
            try folder.removedText("a.jsonl")[1].contains(#""id":null,"twin":{"shard":"a.jsonl","line":3,"id":"c"}"#))
    }

    @Test(arguments: [
        #"{"meta":{"text":"ab"},"meta":{}}"#, #"{"meta":{"text":"ab"},"meta":null}"#, #"{"meta":[{"text":"ab"}]}"#,
        #"{"meta.text":"ab"}"#, #"{"meta":"text"}"#,
    ])
    func missingNestedFieldsMakeABadLine(_ bad: String) throws {
        try folder.shard("in/a.jsonl", [bad])
        let outcome = try dedup("run", "in", "--out", "out", "--text-field", "meta.text", in: folder.path)
        expectFailure(outcome, 1, naming: "a.jsonl, line 1, byte 0", "no field \"meta.text\"")
    }

    @Test func fieldsMayHaveAnyName() throws {
        let lines = [#"{"тело":"one two","№":1}"#, #"{"тело":"one two","\u2116":2}"#]
        #expect(try removed(lines, "--text-field", "тело", "--id-field", "№") == [2])
        #expect(try folder.removedText("a.jsonl")[0].hasPrefix(#"{"line":2,"id":2,"#))
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b"])
    func impossibleFieldsAreRefused(_ field: String) throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        for option in ["--text-field", "--id-field"] {
            expectFailure(try dedup("run", "in", "--out", "out", option, field, in: folder.path), 2, naming: option)
        }
        #expect(!folder.exists("out"))
    }

    /// Ids as they are in a line, and as the list of removed documents writes them.
    static let ids: [(read: String, written: String)] = [
        (#""id":"plain""#, #""plain""#), (#""id":"""#, #""""#),
        (#""id":"q\"b\\s\/n\n\u0001é\u00e9\ud83d\ude00""#, #""q\"b\\s/n\u000a\u0001éé😀""#),
        (#""id":"\ud800""#, "\"\u{FFFD}\""), (#""id":0"#, "0"), (#""id":-7"#, "-7"),
        (#""id":12345678901"#, "12345678901"),
        (#""id":18446744073709551615"#, "18446744073709551615"),
        (#""id":-9223372036854775808"#, "-9223372036854775808"),
        (#""id":123456789012345678901234567890"#, "123456789012345678901234567890"), (#""id":1.5"#, "1.5"),
        (#""id":null"#, "null"), (#""id":true"#, "null"), (#""id":[1]"#, "null"), (#""id":{"id":1}"#, "null"),
        (#""x":1"#, "null"),
        (#""id":1,"big":1e999"#, "1"), (#""id":"number:1","big":1e999"#, #""number:1""#),
    ]

    @Test func idsAreWrittenAsTheyAre() throws {
        var lines = [#"{"id":"first","text":"one two three"}"#]
        for id in Self.ids { lines.append(#"{"text":"one two three",\#(id.read)}"#) }
        #expect(try removed(lines) == Array(2...Self.ids.count + 1))
        for (line, id) in zip(try folder.removedText("a.jsonl"), Self.ids) {
            #expect(
                line.contains(#","id":\#(id.written),"twin":{"shard":"a.jsonl","line":1,"id":"first"}"#),
                "\(id.read): \(line)")
        }
        // The twin's id is written in the same form.
        for id in Self.ids {
            _ = try removed([#"{"text":"one two three",\#(id.read)}"#, #"{"id":"second","text":"one two three"}"#])
            let line = try folder.removedText("a.jsonl")[0]
            #expect(line.contains(#""twin":{"shard":"a.jsonl","line":1,"id":\#(id.written)}"#), "\(id.read): \(line)")
        }
    }

    @Test func anIdMayHaveAMegabyte() throws {
        let id = String(repeating: "ы", count: 500_000)
        let lines = [line(id + "1", text(1)), line(id + "2", text(1))]
        #expect(try removed(lines) == [2])
        #expect(
            try folder.removedText("a.jsonl")[0].contains(
                #""id":"\#(id)2","twin":{"shard":"a.jsonl","line":1,"id":"\#(id)1"}"#))
    }

    @Test func textsWithoutWordsAreCompared() throws {
        // Blank texts are kept. Texts of punctuation alone are compared by their punctuation.
        let lines = ["", " ", "\\n\\t", "", "!!!", "! ! !", "!!!", "😀", "😀", "..."].map { line("x", $0) }
        #expect(try removed(lines) == [6, 7, 9])
    }
}
