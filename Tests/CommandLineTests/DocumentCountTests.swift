import Foundation
import TestSupport
import Testing

/// Bad lines are not counted as documents.
@Suite struct DocumentCountTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 10, seed: 1) + ["nothing", "{}", ""])
        try folder.shard("in/b.jsonl", ["nothing"])
    }

    @Test(arguments: ["keep", "drop"])
    func badLinesAreNoDocumentsInReports(_ policy: String) throws {
        let outcome = try dedup("run", "in", "--out", "out", "--on-bad-line", policy, in: folder.path)
        expectSuccess(outcome)
        #expect(outcome.error.hasPrefix("10 documents in 2 shards: 8 kept, 2 removed (20.0 %); 3 bad lines besides; "))
        let report = try folder.report()
        #expect(report.version == 3)
        #expect(report.corpus.read == 13 && report.corpus.documents == 10 && report.corpus.bad == 3)
        #expect(report.corpus.shards.map(\.read) == [12, 1] && report.corpus.shards.map(\.documents) == [10, 0])
        #expect(report.corpus.shards.allSatisfy { $0.documents == $0.kept + $0.removed + $0.dropped })
        let stats = try dedup("stats", "out", in: folder.path).outputText
        #expect(stats.contains(#/10 +read, /#), "\(stats)")
        #expect(stats.contains(#/3 +bad lines, not counted as documents\n/#), "\(stats)")
        #expect(
            try String(decoding: folder.bytes("out/.dedup/report.html"), as: UTF8.self).contains("8 of 10 documents"))
        // The report's stages count documents in the same way as the corpus.
        struct Stages: Decodable {
            struct Run: Decodable { var stages: [Stage] }
            struct Stage: Decodable { var documents: Int }
            var run: Run
        }
        let stages = try JSONDecoder().decode(Stages.self, from: Data(folder.bytes("out/.dedup/report.json"))).run
            .stages
        #expect(stages.map(\.documents).max() == 10)
        // Line numbers include bad and blank lines.
        try folder.remove("in")
        let beyond = try dedup("explain", "out", "a.jsonl:14", in: folder.path)
        #expect(beyond.error.contains("has 13 lines") || beyond.outputText.contains("was not removed"), "\(beyond)")
    }

    /// The fixture's report is of version 2, which counts bad lines among the documents.
    @Test func aReportOfVersion2IsRead() throws {
        let output = Checkout.folder + "/Tests/CommandLineTests/Fixtures/output-0.1.0/output"
        let stats = try dedup("stats", output, in: folder.path).outputText
        #expect(stats.contains(#/71 +read, /#), "\(stats)")
        #expect(stats.contains(#/2 +bad lines, not counted as documents\n/#), "\(stats)")
    }

    @Test func badLinesAreNoDocumentsInVectors() throws {
        try TinyModel().write(to: folder / "model")
        let first = try embed(folder, "--on-bad-line", "keep")
        expectSuccess(first)
        #expect(first.error.hasPrefix("10 documents in 2 shards: "), "\(first.error)")
        #expect(first.error.contains("3 lines that are not documents: rows of zeros"), "\(first.error)")
        let record = try folder.record()
        #expect(record.documents == 10 && record.bad == 3)
        #expect(record.shards.map(\.documents) == [10, 0] && record.shards.map(\.bad) == [2, 1])
        let vectors = try folder.embedded()
        // In schema 1, "documents" includes the bad lines. Such a record is read, and rewritten in the new schema.
        var old = try #require(
            try JSONSerialization.jsonObject(with: Data(folder.bytes("vectors/embeddings.json"))) as? [String: Any])
        old["schema"] = 1
        old["documents"] = 13
        old["shards"] = (old["shards"] as? [[String: Any]])?.map { shard in
            var shard = shard
            shard["documents"] = (shard["documents"] as? Int ?? 0) + (shard["bad"] as? Int ?? 0)
            return shard
        }
        try folder.write(Array(try JSONSerialization.data(withJSONObject: old)), to: "vectors/embeddings.json")
        expectSuccess(try dedup("similar", "vectors", "a-1", in: folder.path))
        let again = try embed(folder, "--on-bad-line", "keep")
        #expect(again.error.hasPrefix("nothing new: 10 documents in 2 shards with vectors"), "\(again.error)")
        try folder.shard("in/c.jsonl", documents("c", 5, seed: 90) + ["{}"])
        expectSuccess(try embed(folder, "--on-bad-line", "keep"))
        let written = try folder.record()
        #expect(written.schema == 2 && written.documents == 15 && written.shards.map(\.documents) == [10, 0, 5])
        let after = try folder.embedded()
        for (name, bytes) in vectors where name != "embeddings.json" { #expect(after[name] == bytes, "\(name)") }
    }
}
