import Basics
import Corpus
import Reports
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        ([("read", 1.0), ("minhash", 9.5), ("commit", 2.0)], 4, Bound.stage("minhash", busy: 0.95)),
        ([("read", 8.0), ("minhash", 9.5)], 2, .threads(2, most: "minhash", share: 9.5 / 17.5)),
        ([("read", 1.0), ("commit", 3.0)], 2, .nothing(busiest: "commit", busy: 0.3)),
        ([], 2, .unknown),
    ])
    func theStageThatBoundsTheRunIsNamed(_ busy: [(String, Double)], _ threads: Int, _ expected: Bound) {
        let run = Samples.run(threads: threads, busy: busy)
        #expect(Bound(run) == expected)
        #expect(Bound(run).sentence.hasSuffix("."))
    }

    @Test func aStageOfSeveralWorkersIsBusyWhenAllAre() {
        var run = Samples.run(threads: 8, busy: [("words", 12), ("commit", 7)])
        run.stages[0].workers = 4
        #expect(Bound(run) == .stage("commit", busy: 0.7))
        #expect(Bound(run).sentence.contains("70.0\u{A0}%"))
    }

    @Test func aShortRunNamesNoBound() {
        #expect(Bound(Samples.run(seconds: 0.01, busy: [("read", 0.009)])) == .unknown)
    }

    @Test func theShardsWithTheMostRemovedAreListed() {
        let report = Samples.report((0..<50).map { ("s\($0).jsonl", .init(kept: 5, removed: $0 % 10)) })
        let few = report.text(shards: 5)
        for name in ["s9.jsonl", "s19.jsonl", "s49.jsonl"] { #expect(few.contains(name)) }
        #expect(!few.contains("s8.jsonl") && few.contains("the 5 of 50"))
        let all = report.text(shards: nil)
        #expect((0..<50).allSatisfy { all.contains(" s\($0).jsonl\n") })
    }

    @Test func numbersEndInOneColumn() throws {
        let lines = Samples.small.text(shards: nil).split(separator: "\n")
        let rows = lines.filter {
            $0.hasSuffix("a/1.jsonl.zst") || $0.hasSuffix("a/2.jsonl") || $0.hasSuffix("b.json.gz")
        }
        #expect(rows.count == 3)
        let ends = rows.map { row in row.distance(from: row.startIndex, to: row.lastIndex(of: " ")!) }
        #expect(Set(ends).count == 1)
    }

    @Test func theTextShowsComparedOutputsAndTheIndex() {
        let text = Samples.report([("a.jsonl", .init(kept: 1))], run: Samples.persistent).text(shards: nil)
        #expect(text.contains("\n  12 shards: s1.jsonl, s2.jsonl, … (gone from the inputs since)\n"))
        #expect(text.contains("\n  compared with the outputs old, ../crawl\n"))
        let words = text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        #expect(words.contains("1,000 documents in 2.0 MB, 10,000 band keys, of which 9,000 in 3 segments of 4.5 MB"))
        #expect(words.contains("0.250 pages read per look-up"))
    }

    @Test func hostile() {
        let report = Samples.report([("\u{1B}]0;x\u{7}.jsonl", .init(kept: 1)), ("b\r.jsonl", .init(kept: 1))])
        #expect(!report.text(shards: nil).unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test func reportsOfOtherVersionsAndOtherFilesAreRefused() throws {
        let json = try Samples.small.json()
        #expect(try Report(json: json, path: "r").corpus.counts == Samples.small.corpus.counts)
        let newer = String(decoding: json, as: UTF8.self).replacing("\"version\" : 3", with: "\"version\" : 4")
        let faults = [
            newer: "versions up to 3", "{\"version\":1}": "an earlier dedup", "[": "not JSON",
            "{}": "\"version\" is missing", "{\"version\":2}": "missing",
        ]
        for (text, reason) in faults {
            let failure = #expect(throws: Failure.self) { try Report(json: Array(text.utf8), path: "r") }
            #expect(failure?.message.contains(reason) == true)
        }
    }
}

@Suite struct MarkedTextTests {
    private func text(_ words: String) -> MarkedText {
        MarkedText(
            words.split(separator: " ").flatMap { word -> [MarkedText.Piece] in
                let isSeam = word.hasSuffix("^")
                let bare = String(isSeam ? word.dropLast() : word)
                return [.init(bare, bare.hasPrefix("-") ? .own : .shared, isSeam: isSeam), .init(" ", .between)]
            })
    }

    @Test(arguments: [
        ("a b -c d", "  [a b] -c [d] \n"), ("-a -b", "  -a -b \n"), ("a b^ c", "  [a b] ^ [c] \n"), ("", ""),
    ])
    func runsOfSharedWordsAreMarked(_ words: String, _ expected: String) {
        #expect(text(words).text(.brackets, isWhole: false) == expected)
    }

    @Test func textsAreAbbreviatedToTheirDifferences() {
        let words = (0..<500).map { $0 == 250 ? "-x" : "w\($0)" }
        let short = text(words.joined(separator: " ")).text(.brackets, isWhole: false)
        #expect(short.hasPrefix("  … 242 words … [w242 "))
        #expect(short.contains("w249] -x [w251") && short.hasSuffix("w258] … 241 words …\n"))
        let whole = text(words.joined(separator: " ")).text(.brackets, isWhole: true)
        #expect(whole.contains("[w0 w1") && whole.contains("w499]"))
    }

    @Test func aTextThatDiffersEverywhereIsCut() {
        let words = (0..<5000).map { "-w\($0)" }.joined(separator: " ")
        let shown = text(words).text(.brackets, isWhole: false)
        #expect(shown.split(separator: " ").count < 400 && shown.contains("words …"))
    }

    @Test func hostile() {
        let text = MarkedText([.init("a\u{1B}[2J\u{9B}1m", .shared), .init("\u{7}\n", .between), .init("b", .own)])
        let shown = text.text(.brackets, isWhole: true)
        #expect(!shown.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x80..<0xA0).contains($0.value) })
    }
}
