import Foundation
import TestSupport

/// Words that no text of another seed shares in order.
func text(_ seed: Int, words count: Int = 12) -> String {
    var generator = SeededGenerator(seed: UInt64(seed) &* 1_000_003)
    let syllables = ["ба", "ке", "ли", "мо", "ну", "re", "so", "ti", "va", "зы", "че", "шё", "ja", "хо", "гу", "ди"]
    var words: [String] = []
    for _ in 0..<count {
        let bits = generator.next()
        words.append((0..<4).map { syllables[Int(bits >> (4 * UInt64($0)) & 15)] }.joined())
    }
    return words.joined(separator: " ")
}

/// A document as a line, without its newline; `more` follows the text, as `,"key":value`.
func line(_ id: String, _ text: String, _ more: String = "") -> String {
    "{\"id\":\"\(id)\",\"text\":\"\(text)\"\(more)}"
}

/// Lines of documents with ids `<name>-<number>`, every fifth a copy of an earlier one under an id of its own.
func documents(_ name: String, _ count: Int, seed: Int, words: Int = 12) -> [String] {
    (0..<count).map { number in
        line("\(name)-\(number)", text(number % 5 == 4 ? seed + number / 10 * 5 : seed + number, words: words))
    }
}

extension [UInt8] {
    static func + (bytes: [UInt8], text: String) -> [UInt8] { bytes + Array(text.utf8) }
    static func += (bytes: inout [UInt8], text: String) { bytes += Array(text.utf8) }
    static func + (text: String, bytes: [UInt8]) -> [UInt8] { Array(text.utf8) + bytes }
}
