import Foundation
import TestSupport
import Testing

/// Texts of several fields, of lists and of alternatives.
@Suite struct TextFieldsTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ lines: [String], _ arguments: [String]) throws -> Outcome {
        try folder.remove("in")
        try folder.remove("out")
        try folder.shard("in/a.jsonl", lines)
        return try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    }

    /// The lines that are removed, because their text equals that of an earlier line.
    private func removed(_ lines: [String], _ arguments: String...) throws -> [Int] {
        expectSuccess(try run(lines, ["--match", "exact"] + arguments))
        return try folder.removedLines("a.jsonl").map(\.line)
    }

    @Test func aListOfStringsIsJoined() throws {
        let lines = [
            #"{"text":"one two\nthree"}"#, #"{"text":["one two","three"]}"#, #"{"text":["one two",null,"three"]}"#,
            #"{"text":[null,"one","two three"]}"#, #"{"text":["onetwo three"]}"#,
            #"{"text":["one","two","three","four"]}"#,
            #"{"text":["\u006fne two three"],"n":1e999}"#,
        ]
        #expect(try removed(lines) == [2, 3, 4, 7])
        // An empty list is a blank text, which is kept.
        #expect(try removed([#"{"text":[]}"#, #"{"text":[null]}"#, #"{"text":""}"#]) == [])
    }

    @Test(arguments: [
        #"{"text":["a",1]}"#, #"{"text":[["a"]]}"#, #"{"text":["a",{}]}"#, #"{"text":[true]}"#, #"{"text":{"a":"b"}}"#,
        #"{"text":["a",1e999]}"#,
    ])
    func anyOtherItemOfAListMakesABadLine(_ line: String) throws {
        expectFailure(try run([line], []), 1, naming: "a.jsonl, line 1, byte 0", "\"text\" is not a string")
    }

    @Test func severalFieldsAreJoined() throws {
        let lines = [
            #"{"title":"one","body":"two three"}"#, #"{"body":"two three","title":"one"}"#,
            #"{"title":["one","two"],"body":"three"}"#,
            #"{"title":null,"body":"one two three"}"#, #"{"body":["one",null,"two three"]}"#,
            #"{"title":"two three","body":"one"}"#,
        ]
        #expect(try removed(lines, "--text-field", "title", "--text-field", "body") == [2, 3, 4, 5])
        #expect(try removed(lines, "--text-field", "body", "--text-field", "title") == [2, 5, 6])
    }

    @Test(arguments: [
        (#"{"text":"a"}"#, "no field of \"title\", \"body\""), (#"{"title":"a","body":1}"#, "is not a string"),
        (#"{"title":["a",2]}"#, "a list with items that are not strings"), (#"{"title":null}"#, "is not a string"),
    ])
    func linesWithoutUsableFieldsAreBadLines(_ line: String, _ reason: String) throws {
        expectFailure(
            try run([line], ["--text-field", "title", "--text-field", "body"]), 1, naming: "line 1, byte 0", reason)
    }

    @Test func theFirstAlternativeOfALineIsRead() throws {
        let lines = [
            #"{"content":"one two","text":"x"}"#, #"{"text":"one two"}"#, #"{"content":null,"text":"one two"}"#,
            #"{"content":["one","two"]}"#, #"{"text":"one two","content":"y"}"#,
        ]
        #expect(try removed(lines, "--text-field", "content,text") == [2, 3, 4])
        expectFailure(
            try run([#"{"content":1,"text":"a"}"#], ["--text-field", "content,text"]), 1, naming: "is not a string")
        expectFailure(
            try run([#"{"body":"a"}"#], ["--text-field", "content,text"]), 1,
            naming: "no field of \"content\", \"text\"")
        let ids = [
            #"{"text":"a b","_id":1}"#, #"{"text":"a b","_id":2,"id":null}"#, #"{"text":"a b","_id":3,"id":"x"}"#,
        ]
        #expect(try removed(ids, "--id-field", "id,_id") == [2, 3])
        #expect(try folder.removedText("a.jsonl").map { $0.split(separator: ",")[1] } == [#""id":2"#, #""id":"x""#])
    }

    @Test func keysMayHoldDotsAndCommas() throws {
        let lines = [#"{"meta.text":"one two","meta":{"text":"x"}}"#, #"{"meta.text":"one two","meta":{"text":"y"}}"#]
        #expect(try removed(lines, "--text-field", #"meta\.text"#) == [2])
        #expect(try removed(lines, "--text-field", "meta.text") == [])
        #expect(try removed(lines, "--text-field", #"meta.none,meta\.text"#) == [2])
        #expect(try removed([#"{"a,b":"one"}"#, #"{"a,b":"one"}"#], "--text-field", #"a\,b"#) == [2])
        expectFailure(try run([#"{"meta.text":"a"}"#], ["--text-field", "meta.text"]), 1, naming: #"\. is a dot"#)
    }

    @Test func theListOfFieldsBindsTheOutput() throws {
        let lines = [#"{"title":"one","body":"two"}"#]
        let several = ["--text-field", "title", "--text-field", "body"]
        expectSuccess(try run(lines, several))
        expectSuccess(try dedup(["run", "in", "--out", "out"] + several, in: folder.path))
        for other in [
            ["--text-field", "title,body"], ["--text-field", "title"], several.reversed().reversed().dropLast(2),
        ] {
            let outcome = try dedup(["run", "in", "--out", "out"] + other, in: folder.path)
            expectFailure(outcome, 2, naming: #"text-field ["title","body"]"#)
        }
        try folder.write("stages:\n  - read: {text-field: [title, body]}\n  - write\n", to: "list.yaml")
        try folder.write("stages:\n  - read: {text-field: \"title,body\"}\n  - write\n", to: "one.yaml")
        expectSuccess(try dedup("run", "in", "--out", "list", "--pipeline", "list.yaml", in: folder.path))
        let outcome = try dedup("run", "in", "--out", "list", "--pipeline", "one.yaml", in: folder.path)
        expectFailure(outcome, 2, naming: #"["title","body"]"#, "title,body")
    }

    @Test func everyCommandJoinsFields() throws {
        try TinyModel().write(to: folder / "model")
        let lines = [
            #"{"id":"a","title":"one","body":["two","three"]}"#, #"{"id":"b","title":"one\ntwo\nthree"}"#,
            #"{"id":"c","body":"x"}"#,
        ]
        expectSuccess(try run(lines, ["--text-field", "title", "--text-field", "body"]))
        let explained = try dedup("explain", "out", "b", in: folder.path)
        #expect(explained.outputText.contains("three"), "\(explained.outputText)\(explained.error)")
        let fields = ["--text-field", "title", "--text-field", "body"]
        expectSuccess(try embed(folder, fields))
        let vectors = try folder.vectors("a.jsonl")
        #expect(vectors.row(0) == vectors.row(1) && vectors.row(0) != vectors.row(2))
        let similar = try dedup("similar", "vectors", "c", "--json", in: folder.path)
        #expect(similar.outputText.contains(#"one\ntwo\nthree"#), "\(similar.outputText)\(similar.error)")
        let tokens = try dedup(
            ["tokenize", "in", "--model", "model", "--quiet", "--output", "tokens"] + fields, in: folder.path)
        let rows = tokens.outputText.split(separator: "\n").map { $0.split(separator: "\"tokens\":")[1] }
        #expect(rows[0] == rows[1])
        let again = try embed(folder, ["--text-field", "title"])
        expectFailure(again, 2, naming: #"text-field ["title","body"]"#)
    }
}
