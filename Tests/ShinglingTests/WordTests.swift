import Basics
import Shingling
import TestSupport
import Testing

@Suite struct WordTests {
    @Test(arguments: [
        ("", []),
        ("Hello, World!", ["hello", "world"]),
        ("Ёлка ёж ЕЩЁ", ["ёлка", "ёж", "ещё"]),
        // Decomposed letters: й, ё and é of two scalars each.
        ("Мои\u{306} е\u{308}ж, cafe\u{301}.", ["мо\u{439}", "\u{451}ж", "caf\u{E9}"]),
        ("ΟΔΥΣΣΕΥΣ Σ", ["οδυσσευσ", "σ"]),
        ("\u{212A}elvin \u{23A}\u{23E}", ["kelvin", "\u{2C65}\u{2C66}"]),
        ("пере\u{AD}нос co\u{AD}operate", ["перенос", "cooperate"]),
        ("می\u{200C}خواهم क\u{94D}\u{200D}ष", ["میخواهم", "क\u{94D}ष"]),
        ("a\u{FE0F}b \u{FE0F} 葛\u{E0100}城", ["ab", "葛", "城"]),
        ("\u{FEFF}bom\u{2060}ok", ["bomok"]),
        ("10\u{FE0F}\u{20E3}", ["10\u{20E3}"]),
        ("你好，world世界", ["你", "好", "world", "世", "界"]),
        ("かな・カナ", ["か", "な", "カ", "ナ"]),
        ("ภาษาที่", ["ภ", "า", "ษ", "า", "ที\u{E48}"]),
        ("ក\u{17D2}ខab", ["ក\u{17D2}", "ខ", "ab"]),
        ("x\u{E01}", ["x", "ก"]),
        ("\u{E31}x \u{301}y \u{301}", ["\u{E31}x", "\u{301}y"]),
        ("\u{E31}\u{E01}", ["\u{E01}"]),
        ("٠١٢ ४५ Ⅷ ½ ² 𝟙", ["٠١٢", "४५", "ⅷ", "½", "²", "𝟙"]),
        ("\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF} 한글", ["한글", "한글"]),
        ("a\u{0}b\u{1C}c\u{85}d\u{A0}e\u{3000}f", ["a", "b", "c", "d", "e", "f"]),
        ("don't snake_case e-mail", ["don", "t", "snake", "case", "e", "mail"]),
        ("👍🏽 ok 🇷🇺", ["ok"]),
        ("ⒶⒷ \u{E000} \u{FFFF} z", ["z"]),
        ("ᏣᎳᎩ ꭰ Აა 𐐀", ["ꮳꮃꭹ", "ꭰ", "აა", "𐐨"]),
    ])
    func textsAreSplitIntoWords(string: String, expected: [String]) {
        let found = split(string)
        #expect(found.words == expected.map { text($0) }, "\(found)")
    }

    @Test func dottedCapitalIHasTwoScalars() {
        #expect(split("\u{130}STANBUL").words == [text("i\u{307}stanbul")])
        #expect(split("xxxxxxxxx\u{130}").words == [text("xxxxxxxxxi\u{307}")])
        #expect(split(String(repeating: "\u{130}一", count: 1000)).words.count == 2000)
    }

    @Test(arguments: Normalization.allCases)
    func formsDiffer(normalization: Normalization) {
        let words = split("\u{FF21}\u{FB01}\u{2460} e\u{301} \u{24B6}", normalization).words
        switch normalization {
        case .nfc: #expect(words == ["\u{FF41}\u{FB01}\u{2460}", "\u{E9}"].map { text($0) })
        case .nfkc: #expect(words == ["afi1", "\u{E9}", "a"].map { text($0) })
        case .none: #expect(words == ["\u{FF41}\u{FB01}\u{2460}", "e\u{301}"].map { text($0) })
        }
    }

    @Test(arguments: [
        ("🙂 🙃\n", "🙂🙃"),
        ("!!! ...", "!!!..."),
        ("\u{301}\u{302}", "\u{301}\u{302}"),
        ("\u{200D}\u{FE0F}", "\u{200D}\u{FE0F}"),
        ("\u{0} \u{0}", "\u{0}\u{0}"),
        // The remainder is part of the original text, not of its normalized form.
        ("\u{37E} \u{2000}\u{1FEF}", "\u{37E}\u{1FEF}"),
    ])
    func remaindersHoldTheRestOfTheText(string: String, expected: String) {
        let found = split(string)
        #expect(found.words.isEmpty && !found.isBlank)
        #expect(found.remainder == text(expected))
    }

    @Test(arguments: ["", " ", "\t\r\n\u{B}\u{C}", "\u{1C}\u{1D}\u{1E}\u{1F}", "\u{85}\u{A0}\u{1680}\u{2003}\u{3000}"])
    func blankTextsAreRecognized(string: String) {
        let found = split(string)
        #expect(found.isBlank && found.words.isEmpty && found.remainder.isEmpty && found.fingerprint == nil)
    }

    @Test func zeroWidthSpaceIsNotBlank() {
        #expect(!split("\u{200B}").isBlank)
    }

    @Test func chunksMayHaveAnyAlignment() {
        for lead in 0..<70 {
            for word in ["a", "я", "я́", "İ", "中", "\u{AD}b", "—", "\u{301}", "É", "ÿ", "«", "Ѯ", "Ҋ", "…", "\u{200B}"] {
                let source = text(String(repeating: "x", count: lead) + " " + word + "; " + word + "ю1 конец")
                let expected = SlowReference.found(source, .nfc)
                #expect(split([source]) == [expected])
                #expect(split([source], usesKernel: false) == [expected])
            }
        }
    }

    /// Long runs of characters that the kernel handles, with others between.
    @Test(arguments: Normalization.allCases)
    func blocksOfCommonScriptsMatchTheReference(normalization: Normalization) {
        var generator = SeededGenerator(seed: 64)
        let pools: [ClosedRange<UInt32>] = [0...0x7F, 0x61...0x7A, 0x80...0xFF, 0x400...0x48F, 0x410...0x44F]
        let rare: [ClosedRange<UInt32>] = [
            0x2000...0x206F, 0x300...0x304, 0x100...0x3FF, 0x4E00...0x4E10, 0x1F600...0x1F610,
        ]
        let texts = (0..<400).map { _ in
            var source = Text()
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                let pool = pools.randomElement(using: &generator)!
                for _ in 0..<Int.random(in: 1...60, using: &generator) {
                    // About every sixth scalar is a space, so that there are words and sometimes several spaces in a
                    // row.
                    let isSpace = Int.random(in: 0..<6, using: &generator) == 0
                    source.append(Unicode.Scalar(isSpace ? 0x20 : UInt32.random(in: pool, using: &generator))!)
                }
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    let stops = rare.randomElement(using: &generator)!
                    source.append(Unicode.Scalar(UInt32.random(in: stops, using: &generator))!)
                }
            }
            return source.filter(SlowReference.isKnown)
        }
        let found = split(texts, normalization)
        #expect(found == split(texts, normalization, usesKernel: false))
        for (source, found) in zip(texts, found) {
            #expect(found == SlowReference.found(source, normalization), "of \(hexadecimal(source))")
        }
    }

    @Test func longWordsAreKeptWhole() {
        let long = String(repeating: "Абв", count: 100_000)
        #expect(split(long + " " + long).words.map(\.count) == [300_000, 300_000])
        // The first mark of each kind composes with the letter.
        #expect(split("a" + String(repeating: "\u{302}\u{323}", count: 50_000)).words.map(\.count) == [99_999])
    }

    @Test func documentsOfABatchStandBesideEachOther() {
        let strings = ["one two", "", "!?", "е\u{308}", " \n", "三", "end"]
        let together = split(strings.map { text($0) })
        #expect(together == strings.map { split($0) })
        #expect(together.map(\.words.count) == [2, 0, 0, 1, 0, 1, 1])
    }

    @Test func anEmptyTextMayHaveNoAddress() {
        var splitter = WordSplitter(normalization: .nfc)
        var list = WordList()
        splitter.append(UnsafeBufferPointer(start: nil, count: 0), to: &list)
        #expect(list.isBlank(0) && list.documents[0].wordCount == 0 && list.starts.count == 2)
    }

    @Test func fingerprintsTellTextsApart() {
        func fingerprint(_ string: String) -> Hash128? { split(string).fingerprint }
        #expect(fingerprint("One, two!") == fingerprint("one TWO"))
        #expect(fingerprint("One two") == Array("one two".utf8).withUnsafeBytes { Hash128($0) })
        #expect(fingerprint("one two") != fingerprint("onetwo"))
        #expect(fingerprint("! ?") == fingerprint("!?"))
        #expect(fingerprint("!?") != fingerprint("?!"))
        #expect(fingerprint("!?") != Array("!?".utf8).withUnsafeBytes { Hash128($0) })
    }

    @Test(arguments: Normalization.allCases, [1, 2, 3] as [UInt64])
    func randomTextsMatchTheReference(normalization: Normalization, seed: UInt64) {
        var random = RandomTexts(seed: seed)
        let texts = (0..<1500).map { _ in random.text() }
        for (source, found) in zip(texts, split(texts, normalization)) {
            let expected = SlowReference.found(source, normalization)
            #expect(found == expected, "of \(hexadecimal(source))")
        }
    }

    @Test func everyScalarMatchesTheReference() {
        let scalars = (0...0x10FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
            .filter(SlowReference.isKnown)
        let texts = scalars.map { ["a", $0, "b"] as Text }
        for (source, found) in zip(texts, split(texts, .none)) {
            let expected = SlowReference.words(source, .none)
            if found.words != expected { Issue.record("U+\(String(source[1].value, radix: 16)): \(found)") }
        }
    }
}
