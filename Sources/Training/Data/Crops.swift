/// Chooses two pieces of a document that do not overlap: a pair whose vectors contrastive training brings together.
struct Crops {
    /// The range of a piece's length, in tokens of the text.
    let lengths: ClosedRange<Int>

    /// Whether a document with this many tokens is long enough for two pieces.
    func fit(_ tokens: Int) -> Bool { tokens >= 2 * lengths.lowerBound }

    /// Returns two pieces as ranges of the document's tokens. Their lengths, their positions and their order are random
    /// numbers derived from `key`.
    ///
    /// - Parameter tokens: the number of tokens of the document, for which `fit` has to be true.
    func pair(tokens: Int, key: UInt64) -> (Range<Int>, Range<Int>) {
        var random = RandomNumbers(key: RandomNumbers.key(key, 0x6372_6F70))
        let most = min(lengths.upperBound, tokens / 2)
        let counts = (0..<2).map { _ in lengths.lowerBound + random.next(below: most - lengths.lowerBound + 1) }
        let left = tokens - counts[0] - counts[1]
        let places = [random.next(below: left + 1), random.next(below: left + 1)].sorted()
        let first = places[0]..<places[0] + counts[0]
        let start = places[1] + counts[0]
        let second = start..<start + counts[1]
        return random.next() & 1 == 0 ? (first, second) : (second, first)
    }
}
