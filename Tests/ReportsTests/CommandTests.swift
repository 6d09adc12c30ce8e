import Corpus
import Foundation
import Reports
import TestSupport
import Testing

@Suite struct StatsCommandTests {
    @Test func statsShowsTheReport() throws {
        let folder = try TemporaryFolder()
        let out = folder / "out"
        #expect(try dedup("run", Checkout.folder + "/SampleCorpus", "--out", out, "--quiet").code == 0)
        let shown = try dedup("stats", out)
        #expect(shown.code == 0 && shown.error.isEmpty)
        #expect(shown.outputText.contains("news/2022.jsonl.zst\n") && shown.outputText.contains("last run: done"))
        let json = try dedup("stats", out, "--json")
        let file = try Data(contentsOf: URL(fileURLWithPath: out + "/.dedup/report.json"))
        #expect(Data(json.outputText.utf8) == file)
        let page = try String(contentsOfFile: out + "/.dedup/report.html", encoding: .utf8)
        #expect(Markup(page).faults.isEmpty)
        let counts = try Report(json: Array(file)).corpus.counts
        #expect(page.contains("\(counts.kept.grouped) of \(counts.documents.grouped) documents kept"))
    }

    @Test func statsNamesWhatIsMissing() throws {
        let folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", ["{\"text\":\"one\"}"])
        for path in ["/nowhere", folder.path, folder / "in/a.jsonl"] {
            let result = try dedup("stats", path)
            #expect(result.code == 2 && result.outputText.isEmpty)
            #expect(result.error.hasPrefix("dedup: \(path): no ") && result.error.split(separator: "\n").count == 1)
        }
        let pipeline = "pipeline: copy\nstages:\n  - read\n  - write\n"
        try Data(pipeline.utf8).write(to: URL(fileURLWithPath: folder / "copy.yaml"))
        let out = folder / "out"
        let run = try dedup(
            "run", folder / "in", "--out", out, "--pipeline", folder / "copy.yaml", "--quiet")
        #expect(run.code == 0)
        let none = try dedup("stats", out)
        #expect(none.code == 1 && none.error.contains("no report in it"))
        let newer = Data("{\"version\": 99}".utf8)
        try newer.write(to: URL(fileURLWithPath: out + "/.dedup/report.json"))
        #expect(try dedup("stats", out).error.contains("its content differs from what was written"))
    }
}

@Suite struct ExplainCommandTests {
    private static let words = (0..<60).map { "слово\($0)" }

    /// Makes an output of a kept document, an edited copy, a blank line, a short document, an exact copy with the same
    /// id, and a different document.
    private func corpus(_ folder: TemporaryFolder) throws -> String {
        var edited = Self.words
        edited.insert("новое", at: 30)
        let line = { (id: String, words: [String]) in
            "{\"id\":\(id),\"text\":\"\(words.joined(separator: " "))\"}"
        }
        try folder.shard(
            "in/x/a.jsonl",
            [
                line("\"first\"", Self.words), line("\"edited\"", edited), "", line("\"short\"", ["one"]),
                line("7", (0..<50).map { "w\($0)" }), line("\"last\"", (0..<40).map { "z\($0)" }),
            ])
        try folder.shard("in/y/b.jsonl", [line("\"first\"", Self.words), line("\"last:1\"", ["a", "b", "c"])])
        let out = folder / "out"
        let run = try dedup(
            "run", folder / "in", "--out", out, "--min-words", "2", "--bands", "20", "--rows", "5", "--quiet")
        #expect(run.code == 0, "\(run.error)")
        return out
    }

    @Test func explainShowsARemovedDocumentAndItsTwin() throws {
        let folder = try TemporaryFolder()
        let out = try corpus(folder)
        let result = try dedup("explain", out, "edited")
        #expect(result.code == 0)
        #expect(result.outputText.hasPrefix("x/a.jsonl:2 (id edited) was removed"))
        #expect(result.outputText.contains("x/a.jsonl:1 (id first)"))
        // The text has 56 shingles. The inserted word removes 4 of them and adds 5.
        #expect(result.outputText.contains("0.8525 (removed above 0.7): 52 of 61 shingles of 5 words are in both"))
        #expect(result.outputText.contains("слово29] новое [слово30"))
        #expect(result.outputText.contains("слово29] ^ [слово30"))
        #expect(try dedup("explain", out, "x/a.jsonl:2").outputText == result.outputText)
    }

    @Test func explainNamesDocumentsThatWereNotRemoved() throws {
        let folder = try TemporaryFolder()
        let out = try corpus(folder)
        let expected = [
            "7": "x/a.jsonl:5 (id 7) was kept", "short": "x/a.jsonl:4 (id short) was dropped: it has 1 word",
            "x/a.jsonl:3": "x/a.jsonl:3 is a blank line", "last:1": "y/b.jsonl:2 (id last:1) was kept",
        ]
        for (id, text) in expected {
            let result = try dedup("explain", out, id)
            #expect(result.code == 0 && result.outputText.hasPrefix(text), "\(id): \(result)")
        }
        for id in ["nothing", "x/a.jsonl:7", "x/b.jsonl:1"] {
            let result = try dedup("explain", out, id)
            #expect(result.code == 1 && result.error.hasPrefix("dedup: \(id): "), "\(id): \(result)")
        }
        let ambiguous = try dedup("explain", out, "first")
        #expect(ambiguous.code == 1)
        #expect(ambiguous.outputText == "x/a.jsonl:1\ny/b.jsonl:1\n")
        #expect(ambiguous.error.contains("2 documents have this id"))
    }

    @Test func explainRefusesAMissingList() throws {
        let folder = try TemporaryFolder()
        let out = try corpus(folder)
        let list = out + "/.dedup/removed/x/a.jsonl.jsonl.zst"
        try FileManager.default.removeItem(atPath: list)
        for id in ["edited", "x/a.jsonl:1"] {
            let result = try dedup("explain", out, id)
            #expect(result.code == 1 && result.error.contains("\(list): missing"), "\(id): \(result)")
        }
    }

    @Test func explainComparesTwoDocuments() throws {
        let folder = try TemporaryFolder()
        let out = try corpus(folder)
        let alike = try dedup("explain", out, "edited", "x/a.jsonl:1").outputText
        #expect(alike.contains("earlier     x/a.jsonl:1 (id first), kept"))
        #expect(alike.contains("The rule removes the later one"))
        let other = try dedup("explain", out, "7", "last").outputText
        #expect(other.contains("0 of 82 shingles") && other.contains("0 of 20 shared"))
        #expect(other.contains("does not remove the later one"))
        let chained = try dedup("explain", out, "edited", "y/b.jsonl:1").outputText
        #expect(chained.contains("the earlier one was removed itself"))
    }

    @Test func explainCopesWithMovedChangedAndMissingInputs() throws {
        let folder = try TemporaryFolder()
        let out = try corpus(folder)
        let files = FileManager.default
        try files.moveItem(atPath: folder / "in", toPath: folder / "moved")
        let gone = try dedup("explain", out, "edited")
        #expect(gone.code == 0 && gone.outputText.contains("52 of 61") && gone.outputText.contains("--input in=PATH"))
        #expect(try dedup("explain", out, "y/b.jsonl:2").outputText.contains("was kept"))
        // The number of the input line is not known, because lines before it were left out without being listed.
        #expect(try dedup("explain", out, "x/a.jsonl:5").outputText.contains("was not removed"))
        for input in [folder / "moved", "in=" + folder / "moved"] {
            let found = try dedup("explain", out, "edited", "--input", input)
            #expect(found.outputText.contains("слово29] новое [слово30"))
        }
        let shard = folder / "moved/x/a.jsonl"
        let text = try String(contentsOfFile: shard, encoding: .utf8)
        try text.replacing("слово5 ", with: "слово9 ").write(toFile: shard, atomically: true, encoding: .utf8)
        let changed = try dedup("explain", out, "x/a.jsonl:2", "--input", folder / "moved")
        #expect(changed.code == 0 && changed.outputText.contains("has changed since"))
        let wrong = try dedup("explain", out, "edited", "--input", "other=" + folder.path)
        #expect(wrong.code == 2 && wrong.error.contains("the output has no input other"))
    }

    @Test func explainFindsATwinInAnotherOutput() throws {
        let folder = try TemporaryFolder()
        let old = try corpus(folder)
        var edited = Self.words
        edited[30] = "иное"
        let texts = [Self.words.reversed().map { $0 }, edited]
        try folder.shard(
            "new/n.jsonl",
            texts.enumerated().map { "{\"id\":\"n\($0)\",\"text\":\"\($1.joined(separator: " "))\"}" })
        let out = folder / "next"
        let run = try dedup(
            "run", folder / "new", "--out", out, "--against", old, "--bands", "20", "--rows", "5", "--quiet")
        #expect(run.code == 0, "\(run.error)")
        let place = "x/a.jsonl:1 (id first) in the output \((old as NSString).lastPathComponent)"
        let found = try dedup("explain", out, "n1")
        #expect(found.code == 0)
        #expect(found.outputText.hasPrefix("n.jsonl:2 (id n1) was removed: it duplicates a document of another output"))
        #expect(found.outputText.contains("twin        \(place)\n"))
        #expect(found.outputText.contains("0.8361 (removed above 0.7): 51 of 61 shingles of 5 words are in both"))
        #expect(
            found.outputText.contains("слово29] иное [слово31")
                && found.outputText.contains("слово29] слово30 [слово31"))
        #expect(try dedup("explain", out, "n0", "n1").outputText.contains("removed as a duplicate of \(place)"))
        // The other output's inputs are not needed, but the output itself is.
        let files = FileManager.default
        try files.moveItem(atPath: folder / "in", toPath: folder / "moved")
        #expect(try dedup("explain", out, "n1").outputText == found.outputText)
        try files.moveItem(atPath: old, toPath: folder / "elsewhere")
        let gone = try dedup("explain", out, "n1")
        #expect(gone.code == 0)
        #expect(gone.outputText.contains("51 of 61") && gone.outputText.contains("\(old): no such folder"))
    }

    @Test(arguments: ["deberta", "recall", "short-texts", "exact"])
    func explainAgreesWithTheRun(_ pipeline: String) throws {
        let folder = try TemporaryFolder()
        let out = folder / "out"
        let run = try dedup("run", Checkout.folder + "/SampleCorpus", "--out", out, "--pipeline", pipeline, "--quiet")
        #expect(run.code == 0)
        var removed = 0
        for line in 1...30 {
            let shown = try dedup("explain", out, "comments/part-03.jsonl.zst:\(line)").outputText
            if !shown.contains("was removed") { continue }
            removed += 1
            #expect(shown.contains("\ntwin, "))
            #expect(!shown.contains("other ones than were compared") && !shown.contains("cannot be compared"))
        }
        #expect(removed > 0)
    }
}
