import Foundation
import TestSupport
import Testing

/// Bare NaN and Infinity, which other tools write although JSON does not allow them.
@Suite struct NaNTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
    }

    static let accepted = [
        #"{"text":"a b","score":NaN}"#, #"{"score": -Infinity ,"text":"c d"}"#,
        #"{"text":"e f","l":[NaN,Infinity,-Infinity]}"#,
        #"{"text":"NaN Infinity -Infinity","o":{"n":NaN}}"#, #"{"text":"\ud800 x","n":NaN}"#,
        #"{"n":NaN,"text":"g","b":1e999}"#,
        #"{"n":[NaN , 12, -0.5e3],"text":"h \"NaN: "}"#,
    ]

    @Test func nanIsAcceptedInFieldsThatAreNotRead() throws {
        try folder.shard("in/a.jsonl", Self.accepted)
        let refused = try run()
        expectFailure(refused, 1, naming: "a.jsonl, line 1", "NaN", "--allow-nan")
        expectSuccess(try run("--allow-nan"))
        #expect(try folder.report().corpus.kept == Self.accepted.count)
        // The lines are written unchanged.
        #expect(try folder.decodedText("out/a.jsonl") == Self.accepted.map { $0 + "\n" }.joined())
        try folder.shard("in/b.jsonl", [#"{"text":"fresh words","n":Infinity}"#, #"{"text":"a b","x":NaN}"#, ""])
        expectSuccess(try run("--allow-nan"))
        #expect(try folder.decodedText("out/b.jsonl") == #"{"text":"fresh words","n":Infinity}"# + "\n")
    }

    @Test(arguments: [
        #"{"text":"a","n":nan}"#, #"{"text":"a","n":+Infinity}"#, #"{"text":"a","n":NaN1}"#, #"{"text":"a","n":-NaN}"#,
        #"{"text":"a","n":inf}"#, #"{"text":"a","n":NaNs}"#, #"{"text":"a",NaN:1}"#, #"{"text":"a","n":1NaN}"#,
        #"{"text":"a","n":NaN NaN}"#, #"{"text":"a","n":--Infinity}"#, #"{"text":"a","n":InfinityNaN}"#, "NaN", "[NaN]",
        #"{"text":"a","n":"x"NaN}"#, #"{"text":"a","n":NaN"#, #"{NaN}"#, #"{1:2,"text":"a","n":NaN}"#,
        #"{"n":1e999,1:2,"text":"a"}"#, #"{"text":"a","n":NaN"x"}"#, #"{"text":"a","n":N aN}"#,
        #"{"text":"a","n":- Infinity}"#,
        #"{"text":NaN}"#, #"{"text":["a",NaN]}"#, #"{"text":[Infinity]}"#, #"{"text":-Infinity,"n":1}"#,
    ])
    func nanIsAnErrorElsewhere(_ line: String) throws {
        try expectStopped(at: "m.jsonl", Array((line + "\n").utf8), "--allow-nan", naming: "m.jsonl, line 1")
    }

    @Test func nanAsAnIdIsNull() throws {
        let lines = [
            line("first", "one two"), #"{"id":NaN,"text":"one two"}"#, #"{"id":-Infinity,"text":"one two"}"#,
            #"{"id":12.50,"text":"one two","n":NaN}"#, #"{"id":"NaN","text":"one two","n":NaN}"#,
        ]
        try folder.shard("in/a.jsonl", lines)
        expectSuccess(try run("--allow-nan"))
        let ids = try folder.removedText("a.jsonl").map { $0.split(separator: ",")[1] }
        #expect(ids == [#""id":null"#, #""id":null"#, #""id":12.5"#, #""id":"NaN""#])
    }

    @Test func allowNaNBindsTheOutput() throws {
        try folder.shard("in/a.jsonl", documents("a", 3, seed: 1))
        expectSuccess(try run())
        expectFailure(try run("--allow-nan"), 2, naming: "allow-nan not set", "true")
        expectSuccess(try run("--allow-nan", "--force"))
        expectFailure(try run(), 2, naming: "allow-nan true", "not set")
        try folder.write("stages:\n  - read: {allow-nan: true}\n  - write\n", to: "p.yaml")
        expectSuccess(try dedup("run", "in", "--out", "other", "--pipeline", "p.yaml", in: folder.path))
        expectFailure(
            try dedup(
                "run", "in", "--out", "other", "--pipeline", "p.yaml", "--allow-nan", "--threshold", "0.8",
                in: folder.path), 2)
    }

    @Test func everyCommandThatReadsDocumentsTakesAllowNaN() throws {
        try TinyModel().write(to: folder / "model")
        try folder.shard("in/a.jsonl", [#"{"id":1,"text":"one two","n":NaN}"#, line("b", "three")])
        for command in [
            ["embed", "in", "--out", "vectors", "--model", "model"], ["tokenize", "in", "--model", "model"],
            ["tokenizer", "train", "in", "--vocab", "265", "--out", "tokenizer"],
            ["train", "whitening", "in", "--model", "model"],
        ] {
            let refused = try dedup(command, in: folder.path)
            #expect(refused.code == 1 && refused.error.contains("--allow-nan"), "\(command): \(refused.error)")
            expectSuccess(try dedup(command + ["--allow-nan"], in: folder.path))
        }
        let other = try dedup("embed", "in", "--out", "vectors", "--model", "model", "--no-whitening", in: folder.path)
        expectFailure(other, 2, naming: "allow-nan true")
    }
}
