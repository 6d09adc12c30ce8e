import Corpus
import Foundation
import Reports
import Testing

@Suite struct HTMLTests {
    private func page(_ report: Report) throws -> String { String(decoding: try report.html(), as: UTF8.self) }

    /// The element that shows the corpus.
    private func corpusPart(_ page: String) throws -> Substring {
        let start = try #require(page.range(of: "<article id=\"corpus\">"))
        let end = try #require(page.range(of: "</article>"))
        return page[start.lowerBound..<end.upperBound]
    }

    @Test func thePageIsWellFormedAndSelfContained() throws {
        let page = try page(Samples.small)
        let markup = Markup(page)
        #expect(markup.faults.isEmpty)
        let names = Set(markup.elements.map(\.name))
        #expect(names.isDisjoint(with: ["script", "link", "img", "iframe", "object", "base"]))
        #expect(!page.contains("http") && !page.contains("url(") && !page.contains("@import"))
        #expect(markup.elements.count(where: { $0.name == "h1" }) == 1)
        #expect(!page.contains("{{") && !page.contains("nan") && !page.contains("inf "))
    }

    static let hostileNames = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</style><script>",
        "</article><article id=\"run\">", "{{headline}}", "{{{style}}}", "&lt;b&gt;", "<!-- ", "a\u{0}b\nc\u{1B}[31m",
        // Each is a single character for Swift, although it begins with a delimiter of HTML.
        "<\u{301}b>\u{301}", "\"\u{301} onclick=\"\u{301}", "&\u{200D}lt;", "\u{202E}gnp.exe",
    ]

    @Test(arguments: hostileNames)
    func foreignTextIsEscaped(_ name: String) throws {
        var run = Samples.run(busy: [("read" + name, 1)])
        run.error = name
        run.outcome = "failed"
        run.inputs = [name]
        run.out = name
        run.ignoredFiles = [name]
        run.ignoredFilesCount = 1
        run.instructionSet = name
        (run.missingShards, run.missingShardsCount, run.against) = ([name], 1, [name])
        var harmless = run
        (harmless.error, harmless.inputs, harmless.out, harmless.ignoredFiles) = ("x", ["x"], "x", ["x"])
        harmless.stages[0].name = "x"
        (harmless.missingShards, harmless.against) = (["x"], ["x"])
        let hostile = try page(Samples.report([(name, .init(kept: 1, removed: 1))], hostile: name, run: run))
        let plain = try page(Samples.report([("x", .init(kept: 1, removed: 1))], hostile: "x", run: harmless))
        let markup = Markup(hostile)
        #expect(markup.faults.isEmpty)
        #expect(markup.elements == Markup(plain).elements)
        let controls = hostile.unicodeScalars.filter {
            ($0.value < 0x20 && $0 != "\n") || (0x202A...0x202E).contains($0.value)
        }
        #expect(controls.isEmpty)
    }

    @Test func theCorpusPartDoesNotDependOnTheRun() throws {
        var other = Samples.small
        other.run = Samples.run(seconds: 99, threads: 7, busy: [("read", 90), ("write", 1)])
        other.run.out = "/elsewhere"
        other.run.error = "no space left"
        let one = try corpusPart(page(Samples.small))
        #expect(try one == corpusPart(page(Samples.small)))
        #expect(try one == corpusPart(page(other)))
        #expect(try page(Samples.small) != page(other))
    }

    @Test func anEmptyCorpusHasAPage() throws {
        let report = Report(
            dedup: "1.0", pipeline: "exact", parameters: [:], detection: nil,
            corpus: .init(inputs: [], shards: [], shardsOutOfOrder: 0), run: Report.Run())
        let page = try page(report)
        #expect(Markup(page).faults.isEmpty)
        #expect(page.contains("no shards yet"))
        #expect(page.contains("0 of 0 documents kept"))
        #expect(!page.contains("<svg") && !page.contains("nan"))
        #expect(report.text(shards: 20).contains("no shards yet"))
    }

    @Test func countsOfShardsAddUp() throws {
        let rows = Markup(try page(Samples.small)).rows
        let numbers = { (row: [String], column: Int) in
            Int(row[column].replacing(",", with: "")) ?? .min
        }
        let inputRow = try #require(rows.first { $0.first == "web" })
        let shardRows = rows.filter { ["a/1.jsonl.zst", "a/2.jsonl", "b.json.gz"].contains($0.first) }
        #expect(shardRows.map(\.[0]) == ["a/1.jsonl.zst", "a/2.jsonl", "b.json.gz"])
        // The columns are documents, kept, removed, dropped and bad. The table of inputs has one more column before
        // them.
        for column in [1, 2, 3, 5, 6] {
            #expect(shardRows.reduce(0) { $0 + numbers($1, column) } == numbers(inputRow, column + 1))
        }
        for row in shardRows {
            #expect(numbers(row, 1) == [2, 3, 5].reduce(0) { $0 + numbers(row, $1) })
        }
        #expect(numbers(inputRow, 2) == Samples.small.corpus.counts.documents)
    }

    @Test func aLongListOfShardsIsCut() throws {
        let shards = (0..<1203).map { ("part-\(1000 + $0).jsonl.zst", DocumentCounts(kept: 1)) }
        let page = try page(Samples.report(shards))
        #expect(page.contains("part-1999.jsonl.zst") && !page.contains("part-2000.jsonl.zst"))
        #expect(page.contains("203 more shards"))
        #expect(Markup(page).faults.isEmpty)
    }

    @Test func thePageShowsComparedOutputsAndTheIndex() throws {
        let report = Samples.report([("a.jsonl", .init(kept: 1))], run: Samples.persistent)
        let page = try page(report)
        #expect(Markup(page).faults.isEmpty)
        for text in [
            "<dt>Compared with</dt><dd><bdi>old, ../crawl</bdi></dd>",
            "<dt>Gone from the inputs</dt><dd><bdi>12 shards: s1.jsonl, s2.jsonl, …</bdi></dd>",
            "<dt>Segments</dt><dd>3</dd>", "<dt>Bytes of segments</dt><dd>4.5 MB</dd>",
            "<dt>Pages read per look-up</dt><dd>0.250</dd>",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!(try self.page(Samples.small)).contains("Compared with"))
    }

    @Test func thePageShowsTheBandingCurve() throws {
        let page = try page(Samples.small)
        // The table by which users choose a banding: 10 x 10 finds .249, .679 and .986.
        for share in ["24.9\u{A0}%", "67.9\u{A0}%", "98.6\u{A0}%"] { #expect(page.contains(share)) }
        #expect(page.contains("threshold 0.7"))
    }
}
