import Foundation
import TestSupport
import Testing

/// `--quiet` leaves out progress and summary, but shows warnings.
@Suite struct QuietTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 6, seed: 1))
        try folder.shard("in/b.jsonl", documents("b", 6, seed: 50))
        try folder.write("no shard", to: "in/notes.txt")
    }

    private func quiet(_ arguments: String...) throws -> [Substring] {
        let outcome = try dedup(arguments + ["--quiet"], in: folder.path)
        expectSuccess(outcome)
        return outcome.errorLines
    }

    @Test func aQuietRunPrintsOnlyWarnings() throws {
        #expect(try quiet("run", "in", "--out", "out").isEmpty)
        try folder.remove("in/b.jsonl")
        for arguments in [["run", "in", "--out", "out"], ["run", "in", "--out", "out", "--dry-run"]] {
            let outcome = try dedup(arguments + ["--quiet"], in: folder.path)
            expectSuccess(outcome)
            #expect(outcome.errorLines.count == 1)
            #expect(outcome.error.hasPrefix("warning: 1 processed shard is missing from the inputs (b.jsonl)"))
        }
    }

    @Test func aQuietEmbedPrintsOnlyWarnings() throws {
        try TinyModel().write(to: folder / "model")
        let arguments = ["embed", "in", "--out", "vectors", "--model", "model", "--quiet"]
        #expect(try dedup(arguments, in: folder.path).error.isEmpty)
        try folder.remove("in/b.jsonl")
        let outcome = try dedup(arguments, in: folder.path)
        #expect(outcome.errorLines.count == 1)
        #expect(outcome.error.hasPrefix("warning: 1 shard with vectors is missing"), "\(outcome.error)")
    }

    @Test func aQuietTokenizerTrainingPrintsOnlyWarnings() throws {
        let lines = try quiet("tokenizer", "train", "in", "--vocab", "30000", "--out", "tokenizer")
        #expect(lines.count == 1 && lines[0].hasPrefix("warning: fewer than the 30,000 tokens wanted"), "\(lines)")
    }
}
