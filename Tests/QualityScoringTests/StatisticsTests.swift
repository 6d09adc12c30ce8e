import Basics
import Shingling
import TestSupport
import Testing

@testable import QualityScoring

@Suite struct StatisticsTests {
    private static let pieces = [
        "слово", "Слово", "ещё", "РУССКИЙ", "word", "Word", "ABC", "a", "x", "б", "42", "3000", "v2", "2nd", "naïve",
        "über",
        "достопримечательностями", " ", " ", " ", " ", " ", " ", "\n", "\n\n", "\t", ". ", ", ", "! ", "? ", "…", "...",
        ".", ":",
        ";", "\"", "«", "»", "'", "-", " — ", "(", ")", "[", "]", "{", "}", "#", "@", "<", ">", "&", "/", "*", "+", "=",
        "%", "$",
        "• ", "\n- ", "\n* ", "один два три четыре пять шесть семь ", "the end of the line is here\n",
        "повтор строки\n", "a b c d e f g h i j k ",
    ]

    @Test(arguments: 0..<300)
    func statisticsAreThoseOfTheSlowReference(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let choice = (0..<Int.random(in: 1...12, using: &random)).map { _ in Self.pieces.randomElement(using: &random)!
        }
        let text = (0..<Int.random(in: 0...120, using: &random)).reduce(into: "") { text, _ in
            text += Bool.random(using: &random) ? choice.randomElement(using: &random)! : " "
            if Bool.random(using: &random) { text += Self.pieces.randomElement(using: &random)! }
        }
        let fast = Analysis(text)
        for (name, value) in SlowStatistics(text).values {
            #expect(abs(Double(fast[name]) - value) < 2e-4 * max(1, abs(value)), "\(name) of \(text.debugDescription)")
        }
    }

    @Test(arguments: ["", " ", "\n\n", "\u{200B}", "...", "\u{301}"])
    func emptyTextsHaveDefinedStatistics(_ text: String) {
        let analysis = Analysis(text)
        #expect(analysis.values.allSatisfy(\.isFinite) && analysis.profile.words == 0)
        #expect(analysis.profile.script == .unknown && analysis.profile.language == .unknown)
        if text.isEmpty { #expect(analysis.values.allSatisfy { $0 == 0 }) }
    }

    @Test(arguments: 0..<200)
    func anyBytesHaveDefinedStatistics(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let analyzer = TextAnalyzer()
        for _ in 0..<5 {
            let count = Int.random(in: 0...400, using: &random)
            let bytes: [UInt8] =
                seed % 2 == 0
                ? (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                : (0..<count).flatMap { _ in
                    var scalar: Unicode.Scalar?
                    while scalar == nil {
                        scalar = Unicode.Scalar(
                            UInt32.random(in: 0...0x10FFFF, using: &random) >> (seed % 12 as UInt64))
                    }
                    return Array(String(Character(scalar!)).utf8)
                }
            let analysis = Analysis(bytes, by: analyzer)
            #expect(analysis.values == Analysis(bytes).values)
            for (value, statistic) in zip(analysis.values, TextStatistics.all) {
                #expect(value.isFinite, "\(statistic.name)")
                let isShare = statistic.name.hasSuffix("share") || statistic.name.hasSuffix("ratio")
                if isShare { #expect((0...1).contains(value), "\(statistic.name) is \(value)") }
            }
        }
    }

    @Test(arguments: 0..<100)
    func brokenUTF8IsReplacedAsByTheStandardLibrary(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let some: [UInt8] = [
            0x41, 0x80, 0xBF, 0xC2, 0xC0, 0xD0, 0xE0, 0xA0, 0x9F, 0xED, 0xE2, 0xF0, 0x90, 0x8F, 0xF4, 0xF5, 0xFF,
        ]
        let bytes = (0..<30).map { _ in some.randomElement(using: &random)! }
        var (place, scalars): (Int, [UInt32]) = (0, [])
        bytes.withUnsafeBufferPointer { while place < $0.count { scalars.append(UTF8Reader.next($0, &place)) } }
        #expect(scalars == String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value))
    }

    @Test func longTextsAreAnalyzedInPart() {
        let line = "Это строка, которая повторяется. "
        let text = String(repeating: line, count: 40_000) + "И конец."
        let analysis = Analysis(text)
        #expect(
            analysis.profile
                == TextProfile(
                    words: 160_002, characters: 1_160_007, sentences: 40_001, script: .cyrillic, language: .russian))
        #expect(analysis["duplicate10_gram_share"] > 0.999 && analysis["recent_word_share"] == 1 - 4.0 / 65_536)
    }

    @Test func statisticsHaveUniqueDocumentedNames() {
        let names = TextStatistics.all.map(\.name)
        #expect(Set(names).count == TextStatistics.count)
        for statistic in TextStatistics.all {
            #expect(statistic.name.allSatisfy { $0 == "_" || $0.isLowercase || $0.isNumber }, "\(statistic.name)")
            #expect(statistic.summary.count > 10 && !statistic.summary.hasSuffix("."))
        }
        #expect(
            names.contains("duplicate5_gram_share") && names.contains("utf8_as_cp1251_share")
                && names[0] == "mean_word_length")
    }

    /// A text, and why it cannot be judged.
    static let unjudged: [(String, Unscored?)] = [
        ("", .blank), (" \n\u{A0}\u{3000}", .blank), ("...", .noLetters), ("👍👍👍", .noLetters), ("\u{200B}", .noLetters),
        ("1 2 3 4 5 6", .noLetters), ("=====", .noLetters), ("ok", .tooShort), ("404 Not Found", .tooShort),
        ("http://example.org/", .tooShort), ("a \u{FFFD} b", .tooShort), ("раз-два три", .tooShort),
        ("раз два три четыре", nil), ("раз, два; 3 - 4", nil), ("人人生而", nil), ("人人生", .tooShort),
        // Format characters are no word boundaries, and a mark belongs to the letter before it.
        ("а\u{200B}б\u{200B}в\u{200B}г", .tooShort), ("e\u{301} e\u{301} e\u{301}", .tooShort),
        (String(repeating: " ", count: 200) + "раз два три", .tooShort),
        (String(repeating: "a", count: 200) + " раз два", .tooShort),
        (String(repeating: "a", count: 200) + " раз два три", nil),
    ]

    @Test(arguments: unjudged)
    func textsThatCannotBeJudgedSayWhy(_ text: String, _ reason: Unscored?) {
        #expect(Analysis(text).profile.unscored == reason, "\(text.debugDescription)")
    }

    @Test(arguments: 0..<100)
    func shortTextsAreThoseOfFewWords(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let text =
            (0..<Int.random(in: 1...8, using: &random)).map { _ in Self.pieces.randomElement(using: &random)! }
            .joined(separator: Bool.random(using: &random) ? " " : "") + "слово"
        var splitter = WordSplitter(normalization: .nfc)
        var list = WordList()
        var bytes = text
        bytes.withUTF8 { splitter.append($0, to: &list) }
        #expect((Analysis(text).profile.unscored == .tooShort) == (list.documents[0].wordCount < 4), "\(text)")
    }
}
