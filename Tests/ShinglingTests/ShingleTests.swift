import Basics
import Shingling
import TestSupport
import Testing

@Suite struct ShingleTests {
    private func hashes(_ shingles: [String]) -> [UInt64] { Set(shingles.map { hash(Array($0.utf8)) }).sorted() }

    @Test(arguments: [
        ("", []),
        (" \u{1C}", []),
        ("?! ?!", ["?!?!"]),
        ("One", ["one"]),
        ("One two", ["one two"]),
        ("one two three four", ["one two three four"]),
        ("one two three four five", ["one two three four five"]),
        ("a b c d e f", ["a b c d e", "b c d e f"]),
        ("a a a a a a a", ["a a a a a"]),
        ("мама мыла раму, мама мыла раму", ["мама мыла раму мама мыла", "мыла раму мама мыла раму"]),
    ])
    func wordShinglesAreRunsOfWords(string: String, expected: [String]) {
        #expect(shingleSets([text(string)], unit: .word, size: 5) == [hashes(expected)])
    }

    @Test(arguments: [
        ("", []),
        ("?! ?!", ["?!?!"]),
        ("Ёж", ["ёж"]),
        ("Ёж и я", ["ёж и ", "ж и я"]),
        ("abcde", ["abcde"]),
        ("a中\u{1F600}b", ["a 中 b"]),
        ("aaaaaaa", ["aaaaa"]),
    ])
    func scalarShinglesAreRunsOfScalars(string: String, expected: [String]) {
        #expect(shingleSets([text(string)], unit: .char, size: 5) == [hashes(expected)])
    }

    /// The hashes are part of the index format.
    @Test func hashesAreXXH3() {
        #expect(shingleSets([text("abc"), text("!")], unit: .word, size: 5)[0] == [0x78AF_5F94_892F_3950])
    }

    @Test(arguments: ShingleUnit.allCases, [1, 2, 5, 13])
    func randomTextsMatchTheReference(unit: ShingleUnit, size: Int) {
        var random = RandomTexts(seed: UInt64(size))
        let texts = (0..<400).map { _ in random.text() }
        let sets = shingleSets(texts, unit: unit, size: size)
        for (source, set) in zip(texts, sets) {
            let found = SlowReference.found(source, .nfc)
            let expected = SlowReference.shingles(found, unit: unit, size: size).map(hash).sorted()
            #expect(set == expected, "of \(hexadecimal(source))")
        }
    }

    @Test func oneRepeatedWordHasOneShingle() {
        let source = text(String(repeating: "эхо ", count: 50_000))
        #expect(shingleSets([source], unit: .word, size: 5)[0].count == 1)
        #expect(shingleSets([source], unit: .char, size: 5)[0].count == 4)
    }
}

@Suite struct HashSorterTests {
    private func check(_ hashes: [UInt64]) {
        var sorter = HashSorter()
        var sorted = hashes
        let count = sorted.withUnsafeMutableBufferPointer { sorter.sort($0.baseAddress!, $0.count) }
        #expect(Array(sorted[..<count]) == Set(hashes).sorted())
    }

    @Test func uniformHashesAreSortedAndUnique() {
        var generator = SeededGenerator(seed: 5)
        for count in Array(1...200) + [255, 256, 257, 1000, 2048, 2049, 5000, 100_000] {
            check((0..<count).map { _ in generator.next() })
        }
    }

    /// Hashes as an attacker might construct them: many equal ones, or equal upper or lower bits.
    @Test(arguments: [0, 1, 0xFF, 0xFFFF, 0xFFF0_0000_0000_0000, 0xFFF, 0xFF00_0000_FF00_0000, .max] as [UInt64])
    func maskedHashesAreSortedAndUnique(mask: UInt64) {
        var generator = SeededGenerator(seed: mask)
        for count in [2, 24, 25, 26, 110, 3000, 100_000] {
            check((0..<count).map { _ in generator.next() & mask })
            check((0..<count).map { _ in generator.next() | mask })
        }
    }

    @Test func orderedHashesAreSortedAndUnique() {
        check((0..<50_000).map { UInt64($0) })
        check((0..<50_000).map { UInt64.max - UInt64($0) })
        check((0..<64).flatMap { bit in [1 << UInt64(bit), ~(1 << UInt64(bit))] })
    }
}
