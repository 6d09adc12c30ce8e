internal import Basics

/// Pairs by how often they occur: the most frequent first, of equals the one of the lower ids.
///
/// A binary heap. Counts are those of the time when a pair was queued: who takes a pair out compares, and queues it
/// again with its count of now if that is another: counts only become lower.
struct PairQueue: ~Copyable {
    struct Item: BitwiseCopyable {
        var count: Int64
        let pair: PairStatistics.Pair
        /// Its place in the statistics.
        let place: UInt32
        /// Pieces in which it may be.
        let pieces: PieceLists.List

        func precedes(_ other: Item) -> Bool {
            count == other.count ? pair < other.pair : count > other.count
        }
    }

    private var items = Buffer<Item>()

    /// Bytes of memory.
    var memory: Int { items.capacity * MemoryLayout<Item>.stride }

    /// Adds a pair with its count of now and the pieces in which it may be.
    mutating func append(_ entry: PairStatistics.Entry, place: UInt32) {
        append(Item(count: entry.count, pair: entry.pair, place: place, pieces: entry.pieces))
    }

    /// - Complexity: O(log n).
    mutating func append(_ item: Item) {
        items.append(item)
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !item.precedes(items[parent]) { break }
            items[child] = items[parent]
            child = parent
        }
        items[child] = item
    }

    /// Takes out the first one.
    ///
    /// - Complexity: O(log n).
    mutating func popFirst() -> Item? {
        if items.isEmpty { return nil }
        let first = items[0]
        let last = items[items.count - 1]
        items.truncate(to: items.count - 1)
        let count = items.count
        if count == 0 { return first }
        var parent = 0
        while true {
            var child = parent * 2 + 1
            if child >= count { break }
            if child + 1 < count && items[child + 1].precedes(items[child]) { child += 1 }
            if !items[child].precedes(last) { break }
            items[parent] = items[child]
            parent = child
        }
        items[parent] = last
        return first
    }
}
