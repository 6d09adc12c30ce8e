import Dedup
import Foundation
import TestSupport

/// Texts with planted near-duplicates: copies with a few changed words, exact copies, blank and wordless texts.
func someDocuments(_ count: Int, seed: UInt64) -> [Document] {
    var random = SeededGenerator(seed: seed)
    let vocabulary = (0..<400).map { number in
        number % 3 == 0 ? "слово\(number)" : number % 3 == 1 ? "Word\(number)" : "mot\(number)é"
    }
    var texts: [String] = []
    for _ in 0..<count {
        let text: String
        switch Int.random(in: 0..<20, using: &random) {
        case 0: text = ["", " \n", "!!!", "🙂🙂"].randomElement(using: &random)!
        case 1: text = (0..<3).map { _ in vocabulary.randomElement(using: &random)! }.joined(separator: " ")
        case 2...10 where !texts.isEmpty:
            var words = texts.randomElement(using: &random)!.split(separator: " ").map(String.init)
            for _ in 0..<Int.random(in: 0...4, using: &random) where !words.isEmpty {
                words[Int.random(in: words.indices, using: &random)] = vocabulary.randomElement(using: &random)!
            }
            text = words.joined(separator: random.chance(0.5) ? " " : " - ")
        default:
            let length = Int.random(in: 10...120, using: &random)
            text = (0..<length).map { _ in vocabulary.randomElement(using: &random)! }.joined(separator: " ")
        }
        texts.append(text)
    }
    return texts.enumerated().map { number, text in
        Document(text, id: number % 7 == 0 ? nil : "№\(number)")
    }
}

extension TemporaryFolder {
    func url(_ name: String) -> URL { URL(fileURLWithPath: self / name) }
}

/// The error that a call throws.
func dedupError(_ work: () async throws -> Void) async -> DedupError? {
    do {
        try await work()
        return nil
    } catch {
        return error as? DedupError
    }
}
