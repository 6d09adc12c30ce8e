internal import Basics

/// A priority queue of pairs: the most frequent pair first; among equally frequent pairs, the one with the lower ids.
///
/// It is a binary heap. An item has the count that its pair had when it was queued, and counts only decrease. So
/// whoever takes out an item compares its count with the present count and, if they differ, queues it again with the
/// present count.
struct PairQueue: ~Copyable {
    struct Item: BitwiseCopyable {
        var count: Int64
        let pair: PairStatistics.Pair
        /// The index of the pair in `PairStatistics.entries`.
        let place: UInt32
        /// The pieces that may contain the pair.
        let pieces: PieceLists.List

        func precedes(_ other: Item) -> Bool {
            count == other.count ? pair < other.pair : count > other.count
        }
    }

    private var items = Buffer<Item>()

    /// The memory in bytes.
    var memory: Int { items.capacity * MemoryLayout<Item>.stride }

    /// Adds a pair with its present count, and the pieces that may contain it.
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

    /// Removes and returns the first item; nil if there is none.
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
