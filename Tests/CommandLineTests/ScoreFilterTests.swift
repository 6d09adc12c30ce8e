import Foundation
import TestSupport
import Testing

/// Filtered corpora, of documents whose quality is high enough.
@Suite struct ScoreFilterTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writeScoringModel()
        try folder.shard(
            "in/a.jsonl.zst", documents("a", 15, seed: 1) + (0..<6).map { line("d\($0)", ScoringHead.digits($0)) })
        try folder.shard(
            "in/b/c.jsonl", (0..<8).map { line("s\($0)", ScoringHead.shouts($0)) } + ["", line("e", text(9))])
        try folder.shard("in/good.jsonl.gz", documents("g", 10, seed: 300))
    }

    /// Expects that `good` holds the lines of this quality, and that the others are listed.
    private func expectFiltered(_ least: Double, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        #expect(folder.shards("good") == folder.shards("in"), sourceLocation: sourceLocation)
        for shard in folder.shards("in") {
            let lines = try folder.decodedText("in/" + shard).split(separator: "\n", omittingEmptySubsequences: false)
            let scores = try folder.scores(shard)
            #expect(lines.count - 1 == scores.count, sourceLocation: sourceLocation)
            let kept = zip(lines, scores).filter { ($1.quality ?? -1) >= least }.map(\.0)
            #expect(
                try folder.decodedText("good/" + shard) == kept.map { $0 + "\n" }.joined(), "\(shard)",
                sourceLocation: sourceLocation)
            let left = scores.enumerated().filter { $1.quality.map { $0 < least } ?? false }
            let listed = try folder.filtered(shard)
            #expect(listed.map(\.line) == left.map { $0.offset + 1 }, sourceLocation: sourceLocation)
            #expect(listed.map(\.id) == left.map(\.element.id), sourceLocation: sourceLocation)
            #expect(listed.map(\.quality) == left.map { $0.element.quality! }, sourceLocation: sourceLocation)
            #expect(listed.allSatisfy { $0.reason.hasPrefix(reason) }, "\(listed)", sourceLocation: sourceLocation)
        }
        #expect(folder.files(below: "good/.dedup/tmp").isEmpty, sourceLocation: sourceLocation)
    }

    @Test func minQualityFilters() throws {
        let outcome = try score(folder, "--min-quality", "0.5", "--out", "good")
        expectSuccess(outcome)
        try expectFiltered(0.5, "quality below 0.5")
        let kept = try folder.shards("in").flatMap { try folder.scores($0) }.count { $0.quality ?? 0 >= 0.5 }
        #expect(outcome.error.contains("min-quality 0.5: \(kept) of 40 documents kept"), "\(outcome.error)")
        // If all documents are kept, the output is a copy of the shard.
        #expect(try folder.bytes("good/good.jsonl.gz") == folder.bytes("in/good.jsonl.gz"))
        // Shards that are done are not written again; a shard that has changed is.
        let before = folder.modified("good/a.jsonl.zst")
        try folder.shard(
            "in/b/c.jsonl", (0..<5).map { line("n\($0)", $0 % 2 == 0 ? text($0) : ScoringHead.digits($0)) })
        expectSuccess(try score(folder, "--min-quality", "0.5", "--out", "good"))
        try expectFiltered(0.5, "quality below 0.5")
        #expect(folder.modified("good/a.jsonl.zst").tv_nsec == before.tv_nsec)
        try folder.remove("in/good.jsonl.gz")
        try folder.remove("good/a.jsonl.zst")
        expectSuccess(try score(folder, "--min-quality", "0.5", "--out", "good"))
        try expectFiltered(0.5, "quality below 0.5")
        // If no document is removed any more, the shard's list is deleted.
        try folder.shard("in/b/c.jsonl", [line("only", text(4))])
        expectSuccess(try score(folder, "--min-quality", "0.5", "--out", "good"))
        #expect(!folder.exists("good/.dedup/removed/b/c.jsonl.jsonl.zst"))
        try expectFiltered(0.5, "quality below 0.5")
        // One run from the beginning gives the same result.
        let results = try folder.results("good")
        try folder.remove("good")
        try folder.remove("in/.dedup")
        expectSuccess(try score(folder, "--min-quality", "0.5", "--out", "good", "--threads", "1"))
        #expect(try folder.results("good") == results)
    }

    @Test func topPercentFilters() throws {
        expectSuccess(try score(folder))
        for percent in ["0.1", "10", "37.5", "100"] {
            let all = try folder.shards("in").flatMap { try folder.scores($0) }.compactMap(\.quality).sorted(by: >)
            let wanted = Int((Double(percent)! * Double(all.count) / 100).rounded(.up))
            let least = all[wanted - 1]
            let outcome = try score(folder, "--top-percent", percent)
            // Copies have equal qualities. All documents that are as good as the last chosen one are kept.
            let kept = all.count { $0 >= least }
            #expect(outcome.error.contains("top-percent \(percent): \(kept) of 40 documents kept"), "\(outcome.error)")
            expectSuccess(try score(folder, "--top-percent", percent, "--out", "good"))
            try expectFiltered(least, "quality below \(least), that of the best \(percent) %")
            try folder.remove("good")
        }
        // When the corpus grows, the same percentage gives another threshold.
        expectSuccess(try score(folder, "--top-percent", "50", "--out", "good"))
        try folder.shard("in/z.jsonl", documents("z", 30, seed: 900))
        expectSuccess(try score(folder, "--top-percent", "50", "--out", "good"))
        let results = try folder.results("good")
        try folder.remove("good")
        expectSuccess(try score(folder, "--top-percent", "50", "--out", "good"))
        #expect(try folder.results("good") == results)
    }

    @Test func optionsThatDoNotFitAreRefused() throws {
        expectFailure(try score(folder, "--min-quality", "2"), 2, naming: "--min-quality", "0 to 1")
        expectFailure(try score(folder, "--top-percent", "0"), 2, naming: "--top-percent")
        expectFailure(try score(folder, "--top-percent", "5", "--min-quality", "0.5"), 2, naming: "give one of them")
        expectFailure(try score(folder, "--out", "good"), 2, naming: "--min-quality or --top-percent")
        expectFailure(try score(folder, "--min-quality", "0.5", "--out", "in/good"), 2, naming: "is inside")
        try folder.write("mine", to: "mine/file.txt")
        expectFailure(try score(folder, "--min-quality", "0.5", "--out", "mine"), 2, naming: "did not write (file.txt)")
        expectFailure(try score(folder, "nowhere"), 2, naming: "nowhere: no such folder")
        try folder.folder("empty")
        expectFailure(try score(folder, "empty"), 2, naming: "empty: no shards found")
        #expect(!folder.exists("in/.dedup") && !folder.exists("empty/.dedup"))
        expectSuccess(try score(folder, "--min-quality", "0.5", "--out", "good"))
        let before = try folder.results("good")
        expectFailure(
            try score(folder, "--min-quality", "0.6", "--out", "good"), 2, naming: "made with min-quality 0.5",
            "min-quality 0.6", "--force")
        try folder.shard("other/a.jsonl", documents("a", 3, seed: 1))
        expectFailure(
            try score(folder, "other", "--min-quality", "0.5", "--out", "good"), 2, naming: "good was made of", "/in")
        try folder.write("mine", to: "good/file.txt")
        expectFailure(
            try score(folder, "--min-quality", "0.5", "--out", "good"), 2, naming: "file.txt", "move them away")
        try folder.remove("good/file.txt")
        #expect(try folder.results("good") == before)
        expectSuccess(try score(folder, "--min-quality", "0.6", "--out", "good", "--force"))
        try expectFiltered(0.6, "quality below 0.6")
    }
}
