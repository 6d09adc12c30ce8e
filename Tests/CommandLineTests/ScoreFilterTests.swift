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

    /// Adds a shard with documents that cannot be judged, and returns the number of documents that can be.
    private func addUnscored() throws -> Int {
        try folder.shard(
            "in/u.jsonl", [line("u0", ""), line("u1", text(8)), line("u2", "ок"), "", line("u3", "1 2 3 4")])
        return 41
    }

    @Test func documentsThatCannotBeJudgedAreRemovedOrKept() throws {
        _ = try addUnscored()
        let outcome = try score(folder, "--min-quality", "0", "--out", "good")
        expectSuccess(outcome)
        #expect(outcome.error.contains("min-quality 0: 41 of 44 documents kept"), "\(outcome.error)")
        #expect(
            outcome.error.contains("3 documents without a score removed (1 blank, 1 no letters, 1 too short)"),
            "\(outcome.error)")
        let removed = try folder.filtered("u.jsonl")
        #expect(removed.map(\.line) == [1, 3, 5] && removed.map(\.id) == ["u0", "u2", "u3"])
        #expect(removed.map(\.reason) == ["unscored: blank", "unscored: too short", "unscored: no letters"])
        #expect(removed.allSatisfy { $0.quality == nil })
        #expect(try folder.decodedText("good/u.jsonl") == line("u1", text(8)) + "\n")
        // Another choice needs another folder.
        let keep = ["--min-quality", "0", "--unscored", "keep"]
        expectFailure(
            try score(folder, keep[0], keep[1], keep[2], keep[3], "--out", "good"), 2,
            naming: "made with min-quality 0, and this run has min-quality 0, unscored keep", "--force")
        let kept = try score(folder, keep[0], keep[1], keep[2], keep[3], "--out", "all")
        expectSuccess(kept)
        #expect(kept.error.contains("44 of 44 documents kept"), "\(kept.error)")
        #expect(kept.error.contains("3 documents without a score kept"), "\(kept.error)")
        #expect(!folder.exists("all/.dedup/removed/u.jsonl.jsonl.zst"))
        #expect(try folder.decodedText("all/u.jsonl").split(separator: "\n").count == 4)
    }

    @Test func aPercentageIsOneOfTheScoredDocuments() throws {
        let scored = try addUnscored()
        expectSuccess(try score(folder))
        let all = try folder.shards("in").flatMap { try folder.scores($0) }.compactMap(\.quality).sorted(by: >)
        #expect(all.count == scored)
        let wanted = Int((Double(scored) * 0.3).rounded(.up))
        let kept = all.count { $0 >= all[wanted - 1] }
        let without = try score(folder, "--top-percent", "30")
        #expect(without.error.contains("top-percent 30: \(kept) of 44 documents kept"), "\(without.error)")
        // Documents without scores that are kept come on top.
        let with = try score(folder, "--top-percent", "30", "--unscored", "keep", "--out", "good")
        #expect(with.error.contains("top-percent 30, unscored keep: \(kept + 3) of 44 documents kept"), "\(with.error)")
        let lines = try folder.shards("good").reduce(0) {
            try $0 + folder.decodedText("good/" + $1).split(separator: "\n").count
        }
        #expect(lines == kept + 3)
    }

    @Test func documentsOutOfDomainAreJudgedRemovedOrKept() throws {
        try folder.shard("in/o.jsonl", [line("o0", text(8)), line("o1", "短 短 短 短 短 短"), line("o2", "長 長 長 長")])
        expectSuccess(try score(folder))
        let lines = try folder.shards("in").flatMap { try folder.scores($0) }
        let outside = lines.count { $0.outOfDomain == true }
        #expect(outside >= 2 && outside < 10)
        let judged = lines.filter { $0.outOfDomain == false }.compactMap(\.quality).sorted(by: >)
        let removed = try score(folder, "--min-quality", "0", "--out-of-domain", "remove", "--out", "good")
        expectSuccess(removed)
        #expect(removed.error.contains("\(judged.count) of 43 documents kept"), "\(removed.error)")
        #expect(removed.error.contains("\(outside) documents out of domain removed"), "\(removed.error)")
        let listed = try folder.filtered("o.jsonl")
        #expect(listed.map(\.id) == ["o1", "o2"] && listed.allSatisfy { $0.reason == "out of domain" })
        #expect(listed.allSatisfy { $0.quality != nil })
        let kept = try score(folder, "--min-quality", "1", "--out-of-domain", "keep")
        #expect(
            kept.error.contains("min-quality 1, out-of-domain keep: \(outside) of 43 documents kept"), "\(kept.error)")
        // A percentage is one of the documents that their quality decides about.
        let wanted = Int((Double(judged.count) * 0.5).rounded(.up))
        let best = judged.count { $0 >= judged[wanted - 1] }
        let top = try score(folder, "--top-percent", "50", "--out-of-domain", "keep")
        #expect(
            top.error.contains("top-percent 50, out-of-domain keep: \(best + outside) of 43 documents kept"),
            "\(top.error)")
        let scored = try score(folder, "--min-quality", "0", "--out-of-domain", "score")
        #expect(scored.error.contains("43 of 43 documents kept"), "\(scored.error)")
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
        expectFailure(try score(folder, "--unscored", "keep"), 2, naming: "--unscored needs --min-quality")
        expectFailure(try score(folder, "--out-of-domain", "keep"), 2, naming: "--out-of-domain needs --min-quality")
        expectFailure(try score(folder, "--unscored", "maybe"), 2, naming: "--unscored", "keep", "remove")
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
