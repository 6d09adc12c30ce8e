import Foundation
import Testing

/// A bad line is no document, wherever documents are counted.
@Suite struct DocumentCountTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 10, seed: 1) + ["nothing", "{}", ""])
        try folder.shard("in/b.jsonl", ["nothing"])
    }

    @Test(arguments: ["keep", "drop"])
    func reports(_ policy: String) throws {
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
        #expect(stats.contains(/3 +bad lines, besides\n/), "\(stats)")
        #expect(
            try String(decoding: folder.bytes("out/.dedup/report.html"), as: UTF8.self).contains("8 of 10 documents"))
        // The stages count what the corpus counts.
        struct Stages: Decodable {
            struct Run: Decodable { var stages: [Stage] }
            struct Stage: Decodable { var documents: Int }
            var run: Run
        }
        let stages = try JSONDecoder().decode(Stages.self, from: Data(folder.bytes("out/.dedup/report.json"))).run
            .stages
        #expect(stages.map(\.documents).max() == 10)
        // Lines are found by their numbers, bad and blank ones too.
        try folder.remove("in")
        let beyond = try dedup("explain", "out", "a.jsonl:14", in: folder.path)
        #expect(beyond.error.contains("has 13 lines") || beyond.outputText.contains("was not removed"), "\(beyond)")
    }

    @Test func aReportOfVersion2IsRead() throws {
        expectSuccess(try dedup("run", "in", "--out", "out", "--on-bad-line", "keep", in: folder.path))
        let before = try dedup("stats", "out", in: folder.path).outputText
        // As version 2 had it: no "read", and "documents" with the bad lines among them.
        var report = try #require(
            try JSONSerialization.jsonObject(with: Data(folder.bytes("out/.dedup/report.json"))) as? [String: Any])
        report["version"] = 2
        var corpus = try #require(report["corpus"] as? [String: Any])
        for list in ["inputs", "shards"] {
            corpus[list] = (corpus[list] as? [[String: Any]])?.map(Self.asVersion2)
        }
        report["corpus"] = Self.asVersion2(corpus)
        try folder.write(Array(try JSONSerialization.data(withJSONObject: report)), to: "out/.dedup/report.json")
        #expect(try dedup("stats", "out", in: folder.path).outputText == before)
    }

    private static func asVersion2(_ counts: [String: Any]) -> [String: Any] {
        var counts = counts
        counts["documents"] = counts.removeValue(forKey: "read")
        return counts
    }
}
