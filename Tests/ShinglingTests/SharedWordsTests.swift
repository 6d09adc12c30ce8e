import Basics
import Shingling
import TestSupport
import Testing

@Suite struct SharedWordsTests {
    /// Finds the words of `text` that are in shingles of `other`, and those after which `other` continues differently.
    private func shared(
        _ text: String, _ other: String, unit: ShingleUnit = .word, size: Int = 3
    ) -> SharedWords {
        var words = WordList()
        var splitter = WordSplitter(normalization: .nfc)
        for var text in [text, other] { text.withUTF8 { splitter.append($0, to: &words) } }
        var sets = ShingleSets()
        var shingler = Shingler(unit: unit, size: size)
        shingler.append(words, document: 1, to: &sets)
        return words.sharedWords(of: 0, unit: unit, size: size, with: sets.set(0))
    }

    private func marks(_ flags: [Bool]) -> String { flags.map { $0 ? "x" : "." }.joined() }

    @Test(arguments: [
        ("a b c d e", "a b c d e", "xxxxx"), ("a b c X d e f", "a b c Y d e f", "xxx.xxx"),
        ("a b c d", "c d a b", "...."), ("a b X c d e", "c d e", "...xxx"), ("a b", "a b", "xx"),
        ("a b", "a c", ".."),
        ("!!!", "!!!", "x"), ("!!!", "???", "."), ("", "a", "."), ("你好世界", "你好世间", "xxx."),
    ])
    func wordsAreSharedInRuns(_ text: String, _ other: String, _ expected: String) {
        #expect(marks(shared(text, other).isShared) == expected)
    }

    @Test func seamsAreWhereWordsWerePutInOrLeftOut() {
        let less = shared("a b c d e f", "a b c NEW d e f")
        #expect(marks(less.isShared) == "xxxxxx" && marks(less.isSeam) == "..x...")
        let more = shared("a b c NEW d e f", "a b c d e f")
        #expect(marks(more.isShared) == "xxx.xxx" && marks(more.isSeam) == ".......")
        #expect(marks(shared("a b c d", "a b c d").isSeam) == "....")
    }

    @Test func aWordIsSharedWhenAllItsScalarsAre() {
        #expect(marks(shared("дом у реки", "дом у леса", unit: .char).isShared) == "xx.")
        #expect(marks(shared("мир", "мир", unit: .char).isShared) == "x")
    }

    @Test(arguments: 1...6)
    func equalSetsShareAllWords(_ size: Int) {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let text = (0..<Int.random(in: 1...40, using: &generator))
                .map { _ in "w\(Int.random(in: 0...5, using: &generator))" }.joined(separator: " ")
            for unit in ShingleUnit.allCases {
                let result = shared(text, text, unit: unit, size: size)
                #expect(result.isShared.allSatisfy { $0 } && !result.isSeam.contains(true), "\(text)")
            }
        }
    }
}
