import Basics
import TestSupport
import Testing

@testable import Tokenizers

/// Compares the fast algorithms with slow ones that follow the definitions.
@Suite struct ReferenceTests {
    private func pieces(_ text: [UInt8]) -> [[UInt8]] {
        text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return [] }
            let scanner = PieceScanner(base, text.count)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < text.count {
                let end = scanner.end(ofPieceAt: start)
                #expect(end > start)
                pieces.append(Array(text[start..<end]))
                start = end
            }
            return pieces
        }
    }

    @Test(arguments: 0..<200)
    func piecesAreThoseOfThePattern(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let text = generator.text(Int.random(in: 0...60, using: &generator))
        #expect(pieces(Array(text.utf8)) == SlowPieces(text).pieces, "\(text.debugDescription)")
    }

    @Test func everyCodePointHasItsClass() {
        let table = CharacterTable.shared.base
        func check(_ ranges: [UInt32], _ holds: (UInt8) -> Bool) {
            var next = 0
            for code in 0..<UInt32(0x110000) {
                while next < ranges.count && ranges[next + 1] < code { next += 2 }
                let isIn = next < ranges.count && ranges[next] <= code
                if holds(table[Int(code)]) != isIn { Issue.record("U+\(String(code, radix: 16))") }
            }
        }
        check(CharacterRanges.letters) { $0 & CharacterTable.classMask == CharacterClass.letter.rawValue }
        check(CharacterRanges.numbers) { $0 & CharacterTable.classMask == CharacterClass.number.rawValue }
        check(CharacterRanges.whitespace) { $0 & CharacterTable.classMask == CharacterClass.space.rawValue }
        check(CharacterRanges.word) { $0 & CharacterTable.wordBit != 0 }
    }

    @Test func theAlphabetIsGPT2s() {
        // As in GPT-2's code: printable bytes stand for themselves, and the others are numbered.
        let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
        var next: UInt32 = 0x100
        for byte in UInt8.min...UInt8.max {
            let isPrintable = printable.contains(Int(byte))
            let expected = isPrintable ? UInt32(byte) : next
            if !isPrintable { next += 1 }
            #expect(ByteAlphabet.scalar(of: byte) == expected)
            #expect(ByteAlphabet.byte(of: expected) == byte)
        }
        #expect([0x00, 0x20, 0x7F, 0xA0, 0xAD, 0x144, 0x4E00].allSatisfy { ByteAlphabet.byte(of: $0) == nil })
    }

    @Test(arguments: 0..<30)
    func mergesAreMadeByRank(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let letters: [Character] = seed % 2 == 0 ? ["a", "b", "c"] : ["a", "ы", "é", "漢"]
        let parts = generator.parts(merges: 40 + seed * 5, letters: letters)
        let tokenizer = try parts.tokenizer()
        let slow = SlowMerges(parts)
        let worker = Tokenizer.Worker(tokenizer)
        // Lengths on both sides of the limits at which the cache and the search for the next pair change.
        for length in [1, 2, 5, 16, 30, 31, 32, 33, 40, 95, 96, 97, 98, 150, 400] {
            let text = Array(generator.run(letters, length).utf8)
            var expected: [Int32] = []
            for piece in SlowPieces(String(decoding: text, as: UTF8.self)).pieces { expected += slow.ids(piece) }
            // The second time, the result comes from the cache.
            for _ in 0..<2 {
                #expect(try text.withUnsafeBufferPointer { try worker.encoding(of: $0) }.ids == expected)
            }
            #expect(try tokenizer.decode(expected) == text)
        }
    }

    @Test(arguments: 0..<20)
    func textsAreTokenizedPieceByPiece(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(1000 + seed))
        let parts = generator.parts(merges: 300, letters: Array(" aбв.'s1\n"))
        let tokenizer = try parts.tokenizer()
        let slow = SlowMerges(parts)
        let worker = Tokenizer.Worker(tokenizer)
        for _ in 0..<20 {
            let text = generator.text(50) + generator.run(Array(" aбв.'s1\n"), 100)
            let expected = SlowPieces(text).pieces.flatMap { slow.ids($0) }
            let found = try Array(text.utf8).withUnsafeBufferPointer { try worker.encoding(of: $0) }
            #expect(found.ids == expected, "\(text.debugDescription)")
            #expect(try tokenizer.decode(found.ids) == Array(text.utf8))
        }
    }

    /// More pieces than the cache has room for.
    @Test func evictedPiecesAreTokenizedAgain() throws {
        let tokenizer = try Fixture.tokenizer("roberta")
        let worker = Tokenizer.Worker(tokenizer)
        let words = (0..<100_000).map { " word\($0 &* 2_654_435_761)" }
        let text = Array(words.joined().utf8)
        let first = try text.withUnsafeBufferPointer { try worker.encoding(of: $0) }.ids
        let second = try text.withUnsafeBufferPointer { try worker.encoding(of: $0) }.ids
        #expect(first == second)
        #expect(Array(first.dropFirst().dropLast()) == tokenizer.ids(text, .plain))
        #expect(try tokenizer.decode(first, skippingSpecial: true) == text)
    }

    @Test(arguments: 0..<100)
    func bytesThatAreNotUTF8AreTokenized(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(2000 + seed))
        let tokenizer = try Fixture.tokenizer(Fixture.names[seed % 2])
        let valid = Array(generator.text(20).utf8)
        var bytes = valid
        for _ in 0..<Int.random(in: 1...10, using: &generator) {
            bytes.insert(
                UInt8.random(in: 0x80...0xFF, using: &generator), at: Int.random(in: 0...bytes.count, using: &generator)
            )
        }
        bytes = Array(bytes.dropLast(Int.random(in: 0...3, using: &generator)))
        #expect(pieces(bytes).flatMap { $0 } == bytes)
        let ids = tokenizer.ids(bytes, .plain)
        // Added tokens that are not special may swallow whitespace, which is then lost.
        if tokenizer.ordinary.tokens.isEmpty {
            #expect(
                try tokenizer.decode(ids) == (tokenizer.addsPrefixSpace && bytes.first != 0x20 ? [0x20] : []) + bytes)
        }
        _ = tokenizer.ids(bytes, .split)
    }

    @Test func invalidBytesAreOfTheClassOther() {
        let invalid: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ]
        for bytes in invalid {
            // The invalid bytes are one piece, because all of them have the same class, which is not that of letters.
            #expect(pieces([0x61] + bytes + [0x61]) == [[0x61], bytes, [0x61]])
            #expect(pieces([0x20] + bytes) == [[0x20] + bytes])
        }
    }

    /// A quadratic algorithm would take hours.
    @Test(.timeLimit(.minutes(5)))
    func aMegabyteOfOneLetterIsTokenized() throws {
        let tokenizer = try Parts(
            tokens: ["aa", "aaaa", "ab"], merges: [["a", "b"], ["a", "a"], ["aa", "aa"]]
        ).tokenizer()
        let ids = tokenizer.ids([UInt8](repeating: 0x61, count: 1_000_003))
        #expect(ids.count == 250_002)
        #expect(ids.suffix(3).map { tokenizer.token($0) } == ["aaaa", "aa", "a"])
    }
}
