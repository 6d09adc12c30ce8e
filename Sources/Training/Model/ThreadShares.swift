/// Divides consecutive items among threads, so that each gets about as many tokens.
///
/// - Parameter tokens: the number of tokens of each item.
/// - Returns: a range of items for each thread; it may be empty.
func threadShares(of tokens: [Int], among threads: Int) -> [Range<Int>] {
    let total = tokens.reduce(0, +)
    var counts = Array(repeating: 0, count: threads)
    var before = 0
    for count in tokens {
        counts[min(threads - 1, before * threads / max(1, total))] += 1
        before += count
    }
    var end = 0
    return counts.map { count in
        defer { end += count }
        return end..<end + count
    }
}
