import Corpus
import Dedup
import Foundation
import Reports
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct ReportTests {
    @Test func everyFieldIsReadBack() async throws {
        let corpus = RandomCorpus(documents: 60, seed: 61, label: "α/")
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        var report = try await dedup(definition(Settings()), ["α=" + folder / "in"], to: folder / "out")
        report.run.error = "a \"message\"\n"
        report.run.ignoredFiles = ["a/b", "ё"]
        let bytes = try report.json()
        let again = try Report(json: bytes)
        #expect(try again.json() == bytes)
        #expect(again.version == Report.version && again.parameters == report.parameters)
        #expect(again.corpus.counts == report.corpus.counts)
        #expect(again.corpus.shards.map(\.counts) == report.corpus.shards.map(\.counts))
        #expect(again.corpus.shards.map(\.name) == corpus.shards.map { "α/" + $0.path })
        #expect(again.run.error == report.run.error && again.run.ignoredFiles == report.run.ignoredFiles)
        #expect(bytes.last == UInt8(ascii: "\n"))
    }

    /// Other programs rely on the keys of report.json.
    @Test func keysOfTheReportAreStable() async throws {
        let corpus = RandomCorpus(documents: 60, seed: 61)
        let folder = try TemporaryFolder()
        try corpus.write(to: folder / "in")
        try await dedup(definition(Settings()), [folder / "in"], to: folder / "out")
        let data = try Data(contentsOf: URL(fileURLWithPath: folder / "out/.dedup/report.json"))
        let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(report.keys) == ["version", "dedup", "pipeline", "parameters", "detection", "corpus", "run"])
        let counts: Set = [
            "read", "documents", "kept", "removed", "dropped", "bad", "blankLines", "bytes", "keptBytes", "candidates",
        ]
        let whole = try #require(report["corpus"] as? [String: Any])
        #expect(Set(whole.keys) == counts.union(["inputs", "shards", "shardsOutOfOrder"]))
        let shard = try #require((whole["shards"] as? [[String: Any]])?.first)
        #expect(Set(shard.keys) == counts.union(["name", "input", "copied"]))
        let detection = try #require(report["detection"] as? [String: Any])
        #expect((detection["curve"] as? [Any])?.count == 21)
        let run = try #require(report["run"] as? [String: Any])
        let stages = try #require(run["stages"] as? [[String: Any]])
        #expect(
            stages.compactMap { $0["name"] as? String } == [
                "read", "parse", "words", "filter", "shingles", "minhash", "deduplicate", "assemble", "compress",
                "commit", "report",
            ])
    }
}
