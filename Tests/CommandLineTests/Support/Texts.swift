import Foundation
import TestSupport

/// Returns random words; two seeds give texts that share no run of words.
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

/// Returns the line of a document, without a newline; `more` follows the text, as `,"key":value`.
func line(_ id: String, _ text: String, _ more: String = "") -> String {
    "{\"id\":\"\(id)\",\"text\":\"\(text)\"\(more)}"
}

/// Returns lines of documents with the ids `<name>-<number>`; every fifth copies the text of an earlier one.
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
