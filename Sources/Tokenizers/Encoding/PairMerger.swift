internal import Basics

/// Turns one piece into tokens. It begins with the tokens of the piece's bytes, and merges the adjacent pair of the
/// lowest rank, the leftmost of several, until no pair can be merged.
///
/// It uses unsafe pointers, because it is the most expensive loop of tokenization. All indices in it are computed here,
/// from the length of the piece.
struct PairMerger: ~Copyable {
    /// For pieces of up to this many bytes, searching all pairs for the next merge is faster than a heap.
    static let longestScanned = 96
    /// After a piece longer than this, the memory of the buffers is freed.
    private static let longestKept = 1 << 16
    /// Marks a pair that cannot be merged.
    private static let none = UInt64.max

    private let merges: PairTable.Lookup
    private let byteIDs: UnsafePointer<Int32>
    /// For each place, the merge of its token with the next token: the rank in the upper half, the product in the lower
    /// half.
    private var pairs = Buffer<UInt64>()
    /// For each place, the places of the previous and of the next token, which form a linked list.
    private var before = Buffer<Int32>()
    private var behind = Buffer<Int32>()
    /// A binary heap of ranks and places of pairs. Pairs that no longer exist are skipped when they come up.
    private var heap = Buffer<UInt64>()

    /// - Parameter byteIDs: the ids of the 256 bytes. They and the merges have to outlive the merger.
    init(merges: PairTable.Lookup, byteIDs: UnsafePointer<Int32>) {
        self.merges = merges
        self.byteIDs = byteIDs
    }

    /// Appends the ids of the tokens of a piece.
    ///
    /// - Complexity: O(n log n) for n bytes; it uses about 40 n bytes of memory.
    mutating func append(_ piece: UnsafePointer<UInt8>, _ count: Int, to ids: inout Buffer<Int32>) {
        let tokens = ids.reserve(count)
        for place in 0..<count { tokens[place] = byteIDs[Int(piece[place])] }
        let left = count <= Self.longestScanned ? scan(tokens, count) : sift(tokens, count)
        ids.advance(left)
    }

    @inline(__always)
    private func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        let found = merges(left, right)
        return found.rank == PairTable.none
            ? Self.none : UInt64(found.rank) << 32 | UInt64(UInt32(bitPattern: found.product))
    }

    /// An element of the heap: the rank of a pair in the upper half, its place in the lower half.
    @inline(__always)
    private static func ranked(_ pair: UInt64, _ place: Int) -> UInt64 {
        pair & 0xFFFF_FFFF_0000_0000 | UInt64(truncatingIfNeeded: place)
    }

    /// Merges by searching all pairs for each merge. Returns the number of tokens that are left.
    private mutating func scan(_ tokens: UnsafeMutablePointer<Int32>, _ count: Int) -> Int {
        let pairs = self.pairs.reserve(Self.longestScanned)
        var last = count - 1
        for place in 0..<max(0, last) { pairs[place] = pair(tokens[place], tokens[place + 1]) }
        while last > 0 {
            var best = Self.none
            var at = 0
            for place in 0..<last where pairs[place] < best {
                best = pairs[place]
                at = place
            }
            if best == Self.none { break }
            tokens[at] = Int32(truncatingIfNeeded: best)
            last -= 1
            for place in at + 1..<last + 1 {
                tokens[place] = tokens[place + 1]
                pairs[place - 1] = pairs[place]
            }
            if at < last { pairs[at] = pair(tokens[at], tokens[at + 1]) }
            if at > 0 { pairs[at - 1] = pair(tokens[at - 1], tokens[at]) }
        }
        return last + 1
    }

    /// Merges with a heap of pairs and a linked list of tokens. Returns the number of tokens that are left.
    private mutating func sift(_ tokens: UnsafeMutablePointer<Int32>, _ count: Int) -> Int {
        // `before`, `behind` and `pairs` keep a count of 0, because their elements are written through pointers.
        heap.removeAll()
        let before = self.before.reserve(count)
        let behind = self.behind.reserve(count)
        let pairs = self.pairs.reserve(count)
        for place in 0..<count {
            before[place] = Int32(place - 1)
            behind[place] = Int32(place + 1)
            pairs[place] = place + 1 < count ? pair(tokens[place], tokens[place + 1]) : Self.none
            if pairs[place] != Self.none { heap.append(Self.ranked(pairs[place], place)) }
        }
        heap.makeHeap()
        while let top = heap.popLeast() {
            let at = Int(UInt32(truncatingIfNeeded: top))
            if pairs[at] >> 32 != top >> 32 || pairs[at] == Self.none { continue }
            let gone = Int(behind[at])
            tokens[at] = Int32(truncatingIfNeeded: pairs[at])
            pairs[gone] = Self.none
            let next = Int(behind[gone])
            behind[at] = Int32(next)
            pairs[at] = Self.none
            if next < count {
                before[next] = Int32(at)
                pairs[at] = pair(tokens[at], tokens[next])
                if pairs[at] != Self.none { heap.pushLeast(Self.ranked(pairs[at], at)) }
            }
            let previous = Int(before[at])
            if previous >= 0 {
                pairs[previous] = pair(tokens[previous], tokens[at])
                if pairs[previous] != Self.none { heap.pushLeast(Self.ranked(pairs[previous], previous)) }
            }
        }
        var left = 0
        var place = 0
        while place < count {
            tokens[left] = tokens[place]
            left += 1
            place = Int(behind[place])
        }
        if count > Self.longestKept { giveBack() }
        return left
    }

    private mutating func giveBack() {
        pairs = Buffer()
        before = Buffer()
        behind = Buffer()
        heap = Buffer()
    }
}

/// A binary heap with the smallest element first.
extension Buffer where Element == UInt64 {
    /// - Complexity: O(n).
    mutating func makeHeap() {
        for place in stride(from: count / 2 - 1, through: 0, by: -1) { siftDown(from: place) }
    }

    mutating func pushLeast(_ element: UInt64) {
        append(element)
        let elements = reserve(0) - count
        var place = count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            if elements[parent] <= element { break }
            elements[place] = elements[parent]
            place = parent
        }
        elements[place] = element
    }

    mutating func popLeast() -> UInt64? {
        if isEmpty { return nil }
        let least = self[0]
        let last = self[count - 1]
        truncate(to: count - 1)
        if !isEmpty {
            self[0] = last
            siftDown(from: 0)
        }
        return least
    }

    private mutating func siftDown(from start: Int) {
        let elements = reserve(0) - count
        let element = elements[start]
        var place = start
        while true {
            var child = 2 * place + 1
            if child >= count { break }
            if child + 1 < count && elements[child + 1] < elements[child] { child += 1 }
            if elements[child] >= element { break }
            elements[place] = elements[child]
            place = child
        }
        elements[place] = element
    }
}
