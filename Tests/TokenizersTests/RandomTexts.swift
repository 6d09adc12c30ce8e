import TestSupport

@testable import Tokenizers

extension SeededGenerator {
    /// A random text in which all alternatives of the pattern meet.
    mutating func text(_ length: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<length {
            switch Int.random(in: 0..<10, using: &self) {
            case 0, 1:
                text.append(
                    contentsOf: [" ", "  ", "\n", "\t", "\u{A0}", "\u{3000}"].randomElement(using: &self)!
                        .unicodeScalars)
            case 2:
                text.append(
                    contentsOf: ["'s", "'re", "'ll", "'", "'l", "'v", "'D"].randomElement(using: &self)!.unicodeScalars)
            case 3, 4: text.append(UnicodeScalar(UInt8.random(in: 0x21...0x7E, using: &self)))
            case 5, 6: text.append(UnicodeScalar(UInt32.random(in: 0x410...0x44F, using: &self))!)
            case 7: text.append(UnicodeScalar(UInt32.random(in: 0...0x7FF, using: &self))!)
            case 8: text.append(UnicodeScalar(UInt32.random(in: 0x800...0xD7FF, using: &self))!)
            default: text.append(UnicodeScalar(UInt32.random(in: 0xE000...0x10FFFF, using: &self))!)
            }
        }
        return String(text)
    }

    /// A text of few letters, to which many merges apply.
    mutating func run(_ letters: [Character], _ length: Int) -> String {
        String((0..<length).map { _ in letters.randomElement(using: &self)! })
    }

    /// A vocabulary with random merges of earlier tokens, and ids in another order than the ranks.
    mutating func parts(merges count: Int, letters: [Character]) -> Parts {
        var seen = Set<String>()
        var tokens: [String] = []
        var merges: [[String]] = []
        // The bytes of the letters.
        var pieces = Set(letters.flatMap { String($0).utf8 }).sorted()
            .map { String(UnicodeScalar(ByteAlphabet.scalar(of: $0))!) }
        while merges.count < count {
            let left = pieces.randomElement(using: &self)!
            let right = pieces.randomElement(using: &self)!
            guard left.unicodeScalars.count + right.unicodeScalars.count <= 12, seen.insert(left + " " + right).inserted
            else { continue }
            merges.append([left, right])
            if !tokens.contains(left + right) { tokens.append(left + right) }
            pieces.append(left + right)
        }
        var parts = Parts(tokens: tokens, merges: merges)
        let ids = parts.vocabulary.map { $0.id * 3 }.shuffled(using: &self)
        parts.vocabulary = zip(parts.vocabulary, ids).map { ($0.token, $1) }
        return parts
    }
}
