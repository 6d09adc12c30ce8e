import Foundation
import TestSupport
import Testing

@testable import QualityScoring

@Suite struct CanonicalTextTests {
    static func form(_ text: String) -> (text: String, links: Int) {
        var canonical = CanonicalText()
        var text = text
        let form = text.withUTF8 { String(decoding: canonical.read($0), as: UTF8.self) }
        return (form, canonical.links)
    }

    /// A text, its canonical form, and the number of links that were taken away.
    static let forms: [(String, String, Int)] = [
        ("", "", 0), (" \n\t\u{A0}\u{2003}\u{3000}\r\n", "", 0),
        ("  Одно\n\nдва\t три\u{A0}четыре\u{2028}пять ", "Одно два три четыре пять", 0),
        ("# Заголовок\n\nТекст ##\n===\nи --- ещё", "Заголовок Текст и ещё", 0),
        ("- раз\n* два\n+ три\n• четыре\n> пять\n>> шесть", "раз два три четыре пять шесть", 0),
        ("1. раз\n2) два", "1. раз 2) два", 0),
        ("Москва — столица -- да - да", "Москва — столица -- да да", 0),
        ("a -b --long x = 5 == y", "a -b --long x = 5 == y", 0),
        ("**жирный** и *курсив*, __оба__ (_так_) ~~нет~~ `код`", "жирный и курсив, оба (так) нет код", 0),
        ("snake_case 2*3 don`t х**ня", "snake_case 2*3 don`t х**ня", 0),
        ("**Важно:** да", "Важно: да", 0),
        ("```swift\nlet a\n```", "swift let a", 0),
        ("📌 Новости 🔥🔥 дня 👍🏽 🇷🇺 ➡️ ура🎉", "Новости дня ура🎉", 0),
        ("См. [сайт](https://example.org/a_(b)) и [другой сайт](/x \"имя\").", "См. сайт и другой сайт.", 2),
        ("![рисунок](a.png) [![значок](b.svg)](https://example.org)", "рисунок значок", 3),
        ("[ссылка] (не она) [1] [a]() a](b)", "[ссылка] (не она) [1] [a]() a](b)", 0),
        ("Тут https://example.org/news/2024/?a=b#c и www.example.com.", "Тут и.", 2),
        ("(https://example.org). <https://example.org>, конец", "конец", 2),
        ("см.:https://example.org!", "см.:!", 1),
        ("<a href=\"https://example.org\">текст</a>", "<a href=\"\">текст</a>", 1),
        ("example.org и name@example.org и a://", "example.org и name@example.org и a://", 0),
        ("wwww. www. awww.b", "wwww. www. awww.b", 0),
    ]

    @Test(arguments: forms)
    func formsAreThoseWrittenByHand(_ text: String, _ form: String, _ links: Int) {
        let found = Self.form(text)
        #expect(found.text == form && found.links == links, "\(found) of \(text.debugDescription)")
    }

    /// Tokens of all sorts, most of them ordinary.
    private static let tokens = [
        "слово", "Слово", "дом,", "конец.", "word", "Да!", "—", "-", "*", "#", "**жирно**", "_так_", "snake_case",
        "[1]", "[сайт](https://example.org/a)", "https://example.org/b.", "(www.example.com)", "📌", "1.", "«цитата»",
        "```", "a*b", "`код`", "•", "...", "x](y)", "[", "]", "(", ")", "e.g.", "2024", "---", "a\u{200B}b",
    ]

    @Test(arguments: 0..<300)
    func formsAreThoseOfTheSlowReference(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let text = (0..<Int.random(in: 0...60, using: &random)).reduce(into: "") { text, _ in
            text += Self.tokens.randomElement(using: &random)!
            text += [" ", " ", "\n", "\n\n", "  ", "\u{A0}", "", "*", "\t- "].randomElement(using: &random)!
        }
        let (fast, slow) = (Self.form(text), SlowCanonicalText(text))
        #expect(
            fast.text == slow.form && fast.links == slow.links, "\(fast) and \(slow.form) of \(text.debugDescription)")
    }

    @Test(arguments: 0..<100)
    func anyBytesHaveAFormThatIsNotLonger(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var canonical = CanonicalText()
        let some = Array("[]()!*_`#-=~> wW:/.\"\n".utf8) + [0xC2, 0xA0, 0xE2, 0x80, 0xA2, 0xF0, 0x9F, 0xFF]
        for _ in 0..<50 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in some.randomElement(using: &random)! }
            let form = bytes.withUnsafeBufferPointer { Array(canonical.read($0)) }
            #expect(form.count <= bytes.count && form.first != 0x20)
        }
    }

    // MARK: Layouts

    private static let sentences = [
        "Это обычное предложение, в котором нет ничего особенного.", "Дом стоит на берегу реки!", "А что было потом?",
        "The quick brown fox jumps over the lazy dog.", "В 2024 году их было 15, а стало 20 %.", "Ну… не знаю.",
        "Он сказал: «Приду завтра», — и ушёл.", "Список без точки",
    ]

    /// Other layouts of a text. The words, and what is between them apart from white space and marks, stay the same.
    static let layouts: [(name: String, change: @Sendable (String) -> String)] = [
        ("one line", { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }),
        ("a word per line", { $0.split(whereSeparator: \.isWhitespace).joined(separator: "\n") }),
        ("blank lines", { $0.replacing(". ", with: ".\n\n") }),
        (
            "wrapped",
            { text in
                text.split(whereSeparator: \.isWhitespace).enumerated()
                    .map { $0 % 7 == 6 ? $1 + "\r\n    " : $1 + " " }.joined()
            }
        ),
        ("list", { "- " + $0.replacing(". ", with: ".\n- ") }),
        ("quotation", { "> " + $0.replacing("! ", with: "!\n> ") }),
        ("heading", { "## " + $0.replacing(". ", with: ".\n\n---\n\n## ") }),
        (
            "emphasis",
            { text in
                text.split(separator: " ").enumerated().map { $0 % 5 == 2 ? "**\($1)**" : String($1) }.joined(
                    separator: " ")
            }
        ),
        ("emoji in front", { "📌 " + $0 }), ("emoji before sentences", { "🔹 " + $0.replacing(". ", with: ". ✅ ") }),
    ]

    @Test(arguments: 0..<60)
    func layoutChangesNoStatistic(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...12, using: &random)
        let text = (0..<count).map { _ in Self.sentences.randomElement(using: &random)! }.joined(separator: " ")
        let plain = Analysis(text)
        for layout in Self.layouts {
            let other = Analysis(layout.change(text))
            #expect(other.values == plain.values && other.profile == plain.profile, "\(layout.name) of \(text)")
        }
    }

    @Test func linksAreCountedAndChangeNothingElse() {
        let text = "Это обычное предложение, в котором нет ничего особенного. И ещё одно."
        let plain = Analysis(text)
        let linked = Analysis(text + "\n\nhttps://example.org/news/2024/11/17/")
        for (statistic, (a, b)) in zip(TextStatistics.all, zip(plain.values, linked.values)) {
            if statistic.name == "link_share" {
                #expect(a == 0 && b == 1.0 / 12)
            } else {
                #expect(a == b, "\(statistic.name)")
            }
        }
    }
}
