import Foundation
import Testing

/// What a second run makes of what a first one left.
@Suite struct AgainTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) throws -> Outcome {
        try dedup(["run"] + arguments, in: folder.path)
    }

    /// Names are bytes: an é of one scalar and one of two are two shards, in one folder and in two.
    @Test func namesThatLookAlikeAreTwo() throws {
        try folder.shard("in/\u{E9}.jsonl", documents("a", 2, seed: 1))
        try folder.shard("in/\u{E9}/x.jsonl", documents("b", 2, seed: 10))
        expectSuccess(try run("in", "--out", "out"))
        try folder.shard("in/e\u{301}.jsonl", documents("c", 2, seed: 20))
        try folder.shard("in/e\u{301}/y.jsonl", documents("d", 2, seed: 30))
        for _ in 1...2 {
            expectSuccess(try run("in", "--out", "out"))
            #expect(try folder.report().corpus.documents == 8)
            #expect(folder.shards().count == 4)
        }
    }

    /// A run that committed nothing binds nothing.
    @Test func aFirstRunThatFailedBindsNothing() throws {
        try folder.shard("in/a.jsonl", [#"{"body":"eins zwei drei"}"#])
        expectFailure(try run("in", "--out", "out"), 1, naming: "--text-field")
        expectSuccess(try run("in", "--out", "out", "--text-field", "body"))
        #expect(folder.shards() == ["a.jsonl"])
    }

    @Test func anOutputThatIsGoneIsNoticed() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("in/b.jsonl", documents("b", 2, seed: 10))
        expectSuccess(try run("in", "--out", "out"))
        try FileManager.default.removeItem(atPath: folder.path + "/out/b.jsonl")
        expectFailure(try run("in", "--out", "out"), 1, naming: "out/b.jsonl", "--force")
        expectSuccess(try run("in", "--out", "out", "--force"))
        #expect(folder.shards() == ["a.jsonl", "b.jsonl"])
    }

    @Test func inputsAreReportedInTheirOrder() throws {
        try folder.shard("z/a.jsonl", documents("a", 2, seed: 1))
        try folder.shard("b/a.jsonl", documents("b", 2, seed: 10))
        expectSuccess(try run("z", "b", "--out", "out"))
        #expect(try folder.report().corpus.inputs.map(\.name) == ["z", "b"])
    }

    @Test func whatAKilledReplacementLeftGoes() throws {
        try folder.shard("in/a.jsonl", documents("a", 2, seed: 1))
        expectSuccess(try run("in", "--out", "out"))
        try FileManager.default.copyItem(atPath: folder.path + "/out", toPath: folder.path + "/.out.dedup-new")
        expectSuccess(try run("in", "--out", "out"))
        #expect(!folder.exists(".out.dedup-new"))
    }

    @Test(arguments: [
        #"{"x":"\ud800","text":"\uf8f0number: eins"}"#, #"{"x":1e999,"text":"\ue000eins","id":"\ue000zwei"}"#,
        "{\"x\":1e999,\"text\":\"\u{E000}\u{E001}eins\"}",
    ])
    func privateUseCharactersAreText(_ line: String) throws {
        try folder.shard("in/a.jsonl", [line, line])
        expectSuccess(try run("in", "--out", "out"))
        #expect(try folder.report().corpus.removed == 1)
    }

    @Test func anErrorIsOneLineWhateverTheName() throws {
        try folder.shard("in/a\nb.jsonl", ["no JSON"])
        expectFailure(try run("in", "--out", "out"), 1, naming: "line 1")
        expectFailure(try run("in", "--out", ""), 2, naming: "--out")
    }
}
