import Foundation
import Reports
import Testing

@Suite("dedup stats")
struct StatsCommandTests {
    @Test("shows the report of a run")
    func stats() throws {
        let folder = try Binary.Folder()
        let out = folder.path + "/out"
        #expect(try Binary.run("run", Binary.sampleCorpus, "--out", out, "--quiet").status == 0)
        let shown = try Binary.run("stats", out)
        #expect(shown.status == 0 && shown.error.isEmpty)
        #expect(shown.output.contains("news/2022.jsonl.zst\n") && shown.output.contains("last run: done"))
        let json = try Binary.run("stats", out, "--json")
        let file = try Data(contentsOf: URL(fileURLWithPath: out + "/.dedup/report.json"))
        #expect(Data(json.output.utf8) == file)
        let page = try String(contentsOfFile: out + "/.dedup/report.html", encoding: .utf8)
        #expect(Markup(page).faults.isEmpty)
        let counts = try Report(json: Array(file)).corpus.counts
        #expect(page.contains("\(counts.kept.grouped) of \(counts.documents.grouped) documents kept"))
    }

    @Test("says what is no output, and what has no report")
    func errors() throws {
        let folder = try Binary.Folder()
        try folder.write("in/a.jsonl", ["{\"text\":\"one\"}"])
        for path in ["/nowhere", folder.path, folder.path + "/in/a.jsonl"] {
            let result = try Binary.run("stats", path)
            #expect(result.status == 2 && result.output.isEmpty)
            #expect(result.error.hasPrefix("dedup: \(path): no ") && result.error.split(separator: "\n").count == 1)
        }
        let pipeline = "pipeline: copy\nstages:\n  - read\n  - write\n"
        try Data(pipeline.utf8).write(to: URL(fileURLWithPath: folder.path + "/copy.yaml"))
        let out = folder.path + "/out"
        let run = try Binary.run(
            "run", folder.path + "/in", "--out", out, "--pipeline", folder.path + "/copy.yaml", "--quiet")
        #expect(run.status == 0)
        let none = try Binary.run("stats", out)
        #expect(none.status == 1 && none.error.contains("no report in it"))
        let newer = Data("{\"version\": 99}".utf8)
        try newer.write(to: URL(fileURLWithPath: out + "/.dedup/report.json"))
        #expect(try Binary.run("stats", out).error.contains("version 99"))
    }
}

@Suite("dedup explain")
struct ExplainCommandTests {
    private static let words = (0..<60).map { "слово\($0)" }

    /// Kept, an edited copy, a blank line, one too short, an exact copy of the same id, and an unlike one.
    private func corpus(_ folder: Binary.Folder) throws -> String {
        var edited = Self.words
        edited.insert("новое", at: 30)
        let line = { (id: String, words: [String]) in
            "{\"id\":\(id),\"text\":\"\(words.joined(separator: " "))\"}"
        }
        try folder.write(
            "in/x/a.jsonl",
            [
                line("\"first\"", Self.words), line("\"edited\"", edited), "", line("\"short\"", ["one"]),
                line("7", (0..<50).map { "w\($0)" }), line("\"last\"", (0..<40).map { "z\($0)" }),
            ])
        try folder.write("in/y/b.jsonl", [line("\"first\"", Self.words), line("\"last:1\"", ["a", "b", "c"])])
        let out = folder.path + "/out"
        let run = try Binary.run(
            "run", folder.path + "/in", "--out", out, "--min-words", "2", "--bands", "20", "--rows", "5", "--quiet")
        #expect(run.status == 0, "\(run.error)")
        return out
    }

    @Test("a removed document, its twin, and what they share")
    func removed() throws {
        let folder = try Binary.Folder()
        let out = try corpus(folder)
        let result = try Binary.run("explain", out, "edited")
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("x/a.jsonl:2 (id edited) was removed"))
        #expect(result.output.contains("x/a.jsonl:1 (id first)"))
        // 56 shingles; the word in the middle breaks 4 and makes 5.
        #expect(result.output.contains("0.8525 (removed above 0.7): 52 of 61 shingles of 5 words are in both"))
        #expect(result.output.contains("слово29] новое [слово30"))
        #expect(result.output.contains("слово29] ^ [слово30"))
        #expect(try Binary.run("explain", out, "x/a.jsonl:2").output == result.output)
    }

    @Test("documents that were not removed")
    func others() throws {
        let folder = try Binary.Folder()
        let out = try corpus(folder)
        let expected = [
            "7": "x/a.jsonl:5 (id 7) was kept", "short": "x/a.jsonl:4 (id short) was dropped: it has 1 word",
            "x/a.jsonl:3": "x/a.jsonl:3 is a blank line", "last:1": "y/b.jsonl:2 (id last:1) was kept",
        ]
        for (id, text) in expected {
            let result = try Binary.run("explain", out, id)
            #expect(result.status == 0 && result.output.hasPrefix(text), "\(id): \(result)")
        }
        for id in ["nothing", "x/a.jsonl:7", "x/b.jsonl:1"] {
            let result = try Binary.run("explain", out, id)
            #expect(result.status == 1 && result.error.hasPrefix("dedup: \(id): "), "\(id): \(result)")
        }
        let ambiguous = try Binary.run("explain", out, "first")
        #expect(ambiguous.status == 1)
        #expect(ambiguous.output == "x/a.jsonl:1\ny/b.jsonl:1\n")
        #expect(ambiguous.error.contains("2 documents have this id"))
    }

    @Test("two documents")
    func pairs() throws {
        let folder = try Binary.Folder()
        let out = try corpus(folder)
        let alike = try Binary.run("explain", out, "edited", "x/a.jsonl:1").output
        #expect(alike.contains("earlier     x/a.jsonl:1 (id first), kept"))
        #expect(alike.contains("The rule removes the later one"))
        let other = try Binary.run("explain", out, "7", "last").output
        #expect(other.contains("0 of 82 shingles") && other.contains("0 of 20 shared"))
        #expect(other.contains("does not remove the later one"))
        let chained = try Binary.run("explain", out, "edited", "y/b.jsonl:1").output
        #expect(chained.contains("the earlier one was removed itself"))
    }

    @Test("inputs that moved, changed or are gone")
    func inputs() throws {
        let folder = try Binary.Folder()
        let out = try corpus(folder)
        let files = FileManager.default
        try files.moveItem(atPath: folder.path + "/in", toPath: folder.path + "/moved")
        let gone = try Binary.run("explain", out, "edited")
        #expect(gone.status == 0 && gone.output.contains("52 of 61") && gone.output.contains("--input in=PATH"))
        #expect(try Binary.run("explain", out, "y/b.jsonl:2").output.contains("was kept"))
        // Which line of the input a kept line is cannot be told where lines were left out that no list has.
        #expect(try Binary.run("explain", out, "x/a.jsonl:5").output.contains("was not removed"))
        for input in [folder.path + "/moved", "in=" + folder.path + "/moved"] {
            let found = try Binary.run("explain", out, "edited", "--input", input)
            #expect(found.output.contains("слово29] новое [слово30"))
        }
        let shard = folder.path + "/moved/x/a.jsonl"
        let text = try String(contentsOfFile: shard, encoding: .utf8)
        try text.replacing("слово5 ", with: "слово9 ").write(toFile: shard, atomically: true, encoding: .utf8)
        let changed = try Binary.run("explain", out, "x/a.jsonl:2", "--input", folder.path + "/moved")
        #expect(changed.status == 0 && changed.output.contains("has changed since"))
        let wrong = try Binary.run("explain", out, "edited", "--input", "other=" + folder.path)
        #expect(wrong.status == 2 && wrong.error.contains("the output has no input other"))
    }

    @Test("a twin in another output")
    func against() throws {
        let folder = try Binary.Folder()
        let old = try corpus(folder)
        var edited = Self.words
        edited[30] = "иное"
        let texts = [Self.words.reversed().map { $0 }, edited]
        try folder.write(
            "new/n.jsonl",
            texts.enumerated().map { "{\"id\":\"n\($0)\",\"text\":\"\($1.joined(separator: " "))\"}" })
        let out = folder.path + "/next"
        let run = try Binary.run(
            "run", folder.path + "/new", "--out", out, "--against", old, "--bands", "20", "--rows", "5", "--quiet")
        #expect(run.status == 0, "\(run.error)")
        let place = "x/a.jsonl:1 (id first) in the output \((old as NSString).lastPathComponent)"
        let found = try Binary.run("explain", out, "n1")
        #expect(found.status == 0)
        #expect(found.output.hasPrefix("n.jsonl:2 (id n1) was removed: it duplicates a document of another output"))
        #expect(found.output.contains("twin        \(place)\n"))
        #expect(found.output.contains("0.8361 (removed above 0.7): 51 of 61 shingles of 5 words are in both"))
        #expect(found.output.contains("слово29] иное [слово31") && found.output.contains("слово29] слово30 [слово31"))
        #expect(try Binary.run("explain", out, "n0", "n1").output.contains("removed as a duplicate of \(place)"))
        // Its inputs are not needed, but it is.
        let files = FileManager.default
        try files.moveItem(atPath: folder.path + "/in", toPath: folder.path + "/moved")
        #expect(try Binary.run("explain", out, "n1").output == found.output)
        try files.moveItem(atPath: old, toPath: folder.path + "/elsewhere")
        let gone = try Binary.run("explain", out, "n1")
        #expect(gone.status == 0)
        #expect(gone.output.contains("51 of 61") && gone.output.contains("\(old): no such folder"))
    }

    @Test("what is explained is what the run recorded", arguments: ["deberta", "recall", "short-texts", "exact"])
    func recorded(_ pipeline: String) throws {
        let folder = try Binary.Folder()
        let out = folder.path + "/out"
        let run = try Binary.run("run", Binary.sampleCorpus, "--out", out, "--pipeline", pipeline, "--quiet")
        #expect(run.status == 0)
        var removed = 0
        for line in 1...30 {
            let shown = try Binary.run("explain", out, "comments/part-03.jsonl.zst:\(line)").output
            if !shown.contains("was removed") { continue }
            removed += 1
            #expect(shown.contains("\ntwin, "))
            #expect(!shown.contains("other ones than were compared") && !shown.contains("cannot be compared"))
        }
        #expect(removed > 0)
    }
}
