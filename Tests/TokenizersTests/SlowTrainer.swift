@testable import Tokenizers

/// Learns byte pair encoding straight from its definition: pairs are counted again before every merge.
struct SlowTrainer {
    private struct Pair: Hashable {
        let left, right: Int
    }

    private var words: [(tokens: [Int], count: Int)] = []
    private(set) var tokens: [[UInt8]]
    /// The merged pairs of ids.
    private(set) var merges: [[Int]] = []

    init(_ texts: [String], vocabulary: Int, minFrequency: Int) {
        tokens = Array(repeating: [], count: 5) + ByteAlphabet.ascending.map { [$0] }
        var pieces: [[UInt8]: Int] = [:]
        for text in texts {
            for piece in SlowPieces(text).pieces { pieces[piece, default: 0] += 1 }
        }
        for (piece, count) in pieces {
            words.append((piece.map { byte in tokens.firstIndex(of: [byte])! }, count))
        }
        while tokens.count < vocabulary, mergeNext(minFrequency) {}
    }

    private mutating func mergeNext(_ minFrequency: Int) -> Bool {
        var counts: [Pair: Int] = [:]
        for (word, count) in words {
            for (left, right) in zip(word, word.dropFirst()) {
                counts[Pair(left: left, right: right), default: 0] += count
            }
        }
        let best = counts.max { a, b in
            (a.value, b.key.left, b.key.right) < (b.value, a.key.left, a.key.right)
        }
        guard let (pair, count) = best, count >= minFrequency else { return false }
        merges.append([pair.left, pair.right])
        // If the vocabulary already has a token of the same bytes, that token's id is used, as when a file is read.
        let content = tokens[pair.left] + tokens[pair.right]
        let product = tokens.firstIndex(of: content) ?? tokens.count
        if product == tokens.count { tokens.append(content) }
        for index in words.indices {
            var place = 0
            while place + 1 < words[index].tokens.count {
                if words[index].tokens[place] == pair.left && words[index].tokens[place + 1] == pair.right {
                    words[index].tokens.replaceSubrange(place...place + 1, with: [product])
                }
                place += 1
            }
        }
        return true
    }
}
