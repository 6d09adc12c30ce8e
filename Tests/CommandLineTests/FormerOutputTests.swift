import Foundation
import TestSupport
import Testing

/// An output that dedup 0.1.0 made (see Fixtures/output-0.1.0/make.py) is read, continued and replaced.
@Suite struct FormerOutputTests {
    private static let fixture =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
        + "/Fixtures/output-0.1.0"

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["inputs", "output"] {
            try FileManager.default.copyItem(atPath: Self.fixture + "/" + name, toPath: folder / name)
        }
    }

    private func run(_ out: String, _ arguments: String...) throws -> Outcome {
        try dedup(
            ["run", "inputs/books", "crawl=inputs/crawl", "--out", out, "--on-bad-line", "keep", "--min-words", "2"]
                + arguments, in: folder.path)
    }

    private func isOfFormerFormat() throws -> Bool {
        // The file contains the statements that created the tables, and so the old name of a column.
        String(decoding: try folder.bytes("output/.dedup/catalog.sqlite"), as: UTF8.self).contains("compared INTEGER")
    }

    /// The files of both outputs, with decoded lists, since another libzstd writes other frames.
    private func content(_ out: String) throws -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: try folder.results(out).keys.map { name in
                let text = try folder.decodedText(out + "/" + name)
                // The wording of the reasons may differ between versions.
                return (name, name.contains("/bad/") ? text.replacing(#/"reason":"[^\n]*/#, with: "") : text)
            })
    }

    @Test func anOutputOfAnEarlierVersionIsRead() throws {
        let before = try folder.listing("output")
        for arguments in [
            ["stats", "output"], ["index", "stats", "output"], ["verify", "output"],
            ["explain", "output", "books/a.jsonl:3"],
        ] {
            let outcome = try dedup(arguments, in: folder.path)
            #expect(outcome.code == 0, "\(arguments): \(outcome.error)")
        }
        expectSuccess(try run("output", "--dry-run", "--quiet"))
        let against = try dedup(
            "run", "inputs/crawl", "--out", "other", "--against", "output", "--on-bad-line", "drop", "--min-words", "2",
            in: folder.path)
        expectSuccess(against)
        #expect(try folder.report("other").corpus.kept == 0)
        // A run that is refused does not convert the catalog either.
        expectFailure(try run("output", "--threshold", "0.9"), 2, naming: "threshold 0.7")
        #expect(
            try folder.listing("output").filter { !$0.contains("lock") && !$0.hasPrefix(".dedup ") }
                == before.filter { !$0.hasPrefix(".dedup ") })
        #expect(try isOfFormerFormat())
    }

    @Test func anOutputOfAnEarlierVersionIsContinued() throws {
        try folder.shard("inputs/crawl/d.jsonl", documents("d", 20, seed: 7) + ["no document", ""])
        expectSuccess(try run("output"))
        #expect(try !isOfFormerFormat())
        expectSuccess(try run("fresh"))
        #expect(try content("output") == content("fresh"))
        #expect(try folder.corpusOfReport("output") == folder.corpusOfReport("fresh"))
        let report = try folder.report("output")
        #expect(report.run.shardsDoneBefore == 3 && report.run.shardsWritten == 1)
        expectSuccess(try dedup("verify", "output", in: folder.path))
        // After the conversion, runs continue as usual.
        try folder.shard("inputs/crawl/e.jsonl", documents("e", 20, seed: 90))
        expectSuccess(try run("output"))
        expectSuccess(try run("fresh"))
        #expect(try content("output") == content("fresh"))
    }

    @Test func anOutputOfAnEarlierVersionIsCompactedAndReplaced() throws {
        expectSuccess(try dedup("index", "compact", "output", in: folder.path))
        #expect(try !isOfFormerFormat())
        expectSuccess(try dedup("verify", "output", in: folder.path))
        expectSuccess(try run("output", "--force", "--threshold", "0.9"))
        expectSuccess(try dedup("verify", "output", in: folder.path))
    }
}
