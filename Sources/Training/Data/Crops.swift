/// Two pieces of a document that do not overlap: what a contrastive training holds to belong together.
struct Crops {
    /// Tokens of a piece, without those that are put around a text.
    let lengths: ClosedRange<Int>

    /// Whether a document of so many tokens has two.
    func fit(_ tokens: Int) -> Bool { tokens >= 2 * lengths.lowerBound }

    /// Lengths are random, as are what lies before, between and behind, and which comes first.
    ///
    /// - Parameter tokens: of the document: they have to fit.
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
