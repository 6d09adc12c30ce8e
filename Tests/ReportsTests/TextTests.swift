import Basics
import Corpus
import Reports
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        // Stages with their CPU seconds and those in order, of a run of 10 seconds.
        (
            [("read", 1.0, 1.0), ("minhash", 9.5, 9.5), ("commit", 2.0, 0.5)], 4,
            Bound.Cause.inOrder("minhash", share: 0.95), "minhash", 10 / 9.5
        ),
        ([("read", 8, 5), ("minhash", 9.5, 0.5)], 2, .cores(2, most: "minhash", share: 9.5 / 17.5), "read", 2),
        ([("read", 1, 1), ("commit", 3, 2)], 2, .waiting(busiest: "commit", share: 0.2), "commit", 5),
    ])
    func theStageThatBoundsTheRunIsNamed(
        _ stages: [(String, Double, Double)], _ cores: Int, _ cause: Bound.Cause, _ limiting: String, _ speedup: Double
    ) {
        var run = Samples.run(threads: 64, busy: stages.map { ($0.0, 1) })
        run.cores = cores
        for (number, stage) in stages.enumerated() {
            (run.stages[number].cpu, run.stages[number].cpuInOrder) = (stage.1, stage.2)
        }
        let bound = Bound(run)
        #expect(bound.cause == cause)
        #expect(bound.limit == .init(stage: limiting, speedup: speedup))
        #expect(bound.sentences.contains("not make it faster") == (speedup < 1.2))
        #expect(bound.sentences.hasSuffix("."))
    }

    @Test func aShortRunOrOneWithoutCPUTimesNamesNoBound() {
        var old = Samples.run(busy: [("read", 9)])
        old.stages[0].cpu = nil
        for run in [Samples.run(seconds: 0.01, busy: [("read", 0.009)]), Samples.run(), old] {
            #expect(Bound(run).cause == .unknown && Bound(run).limit == nil)
            #expect(Bound(run).sentences.hasSuffix("."))
        }
        #expect(Samples.report([], run: old).text(shards: nil).contains("read"))
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
