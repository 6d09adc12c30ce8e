@testable import Tokenizers

/// Byte pair encoding learned by its definition: pairs are counted anew before every merge, and the next one is looked
/// for among all that wait.
struct SlowTrainer {
    private struct Pair: Hashable {
        let left, right: Int
    }

    /// A pair that waits, and the words in which it came up.
    private struct Waiting {
        let pair: Pair
        var count: Int
        let words: Set<Int>
    }

    private var words: [[Int]] = []
    private var counts: [Int] = []
    private(set) var tokens: [[UInt8]]
    /// Occurrences of pairs that were merged.
    private var merged: [Pair: Int] = [:]
    private var waiting: [Waiting] = []
    private var cameUp: [Pair: Set<Int>] = [:]
    /// In the order in which they were made, the same one perhaps twice.
    private var made: [Pair] = []

    init(_ texts: [String], vocabulary: Int, minFrequency: Int) {
        tokens = Array(repeating: [], count: 5) + ByteAlphabet.ascending.map { [$0] }
        var pieces: [[UInt8]: Int] = [:]
        for text in texts {
            for piece in SlowPieces(text).pieces { pieces[piece, default: 0] += 1 }
        }
        for (piece, count) in pieces {
            words.append(piece.map { byte in tokens.firstIndex(of: [byte])! })
            counts.append(count)
        }
        for (index, word) in words.enumerated() {
            for pair in Self.pairs(word) { cameUp[pair, default: []].insert(index) }
        }
        queue()
        while tokens.count < vocabulary, mergeNext(minFrequency) {}
    }

    private static func pairs(_ word: [Int]) -> [Pair] {
        zip(word, word.dropFirst()).map { Pair(left: $0, right: $1) }
    }

    private func count(_ pair: Pair) -> Int {
        var count = merged[pair, default: 0]
        for (word, times) in zip(words, counts) { count += times * Self.pairs(word).count { $0 == pair } }
        return count
    }

    private mutating func queue() {
        for (pair, words) in cameUp {
            let count = count(pair)
            if count > 0 { waiting.append(Waiting(pair: pair, count: count, words: words)) }
        }
        cameUp = [:]
    }

    private mutating func mergeNext(_ minFrequency: Int) -> Bool {
        for index in waiting.indices { waiting[index].count = count(waiting[index].pair) }
        // Of one pair that waits twice, the one that came later.
        let best = waiting.indices.max { a, b in
            let (first, second) = (waiting[a], waiting[b])
            return (first.count, second.pair.left, second.pair.right, a)
                < (second.count, first.pair.left, first.pair.right, b)
        }
        guard let best, waiting[best].count >= minFrequency else { return false }
        let next = waiting.remove(at: best)
        let content = tokens[next.pair.left] + tokens[next.pair.right]
        let product = tokens.firstIndex(of: content) ?? tokens.count
        if product == tokens.count { tokens.append(content) }
        made.append(next.pair)
        for word in next.words { merge(next.pair, product, in: word) }
        queue()
        return true
    }

    private mutating func merge(_ pair: Pair, _ product: Int, in word: Int) {
        var place = 0
        while place + 1 < words[word].count {
            if words[word][place] == pair.left && words[word][place + 1] == pair.right {
                words[word].replaceSubrange(place...place + 1, with: [product])
                merged[pair, default: 0] += counts[word]
                let around = words[word][max(0, place - 1)..<min(words[word].count, place + 2)]
                for pair in Self.pairs(Array(around)) { cameUp[pair, default: []].insert(word) }
            }
            place += 1
        }
    }

    /// The merges, each once, at the last place where it was made.
    var merges: [[Int]] {
        made.indices.filter { !made[($0 + 1)...].contains(made[$0]) }.map { [made[$0].left, made[$0].right] }
    }

    /// Whether a merge was made again, of a token that two merges make.
    var hasRepeats: Bool { Set(made).count < made.count }
}
