internal import Basics

/// Sorts hashes and removes repeated ones. Hashes are uniformly distributed, so their top bits determine approximately
/// where each belongs.
///
/// One pass distributes n hashes to about n buckets (at most 2048); insertion sort then orders the hashes within the
/// buckets. A bucket that is still large is distributed by its next bits. Every pass uses at least 5 bits, so any input
/// takes at most 13 passes, even if all hashes are equal.
package struct HashSorter: ~Copyable {
    private static let maximumBits = 11
    /// The largest number of hashes, or of hashes in a bucket, that is left to insertion sort.
    private static let small = 24

    private var scratch = Buffer<UInt64>()
    /// The ends of the buckets: 2048 entries for each of the nested passes.
    private var ends = Buffer<UInt32>(capacity: 13 << maximumBits)

    /// Creates a sorter. Its scratch memory grows to the size of the largest input and is kept.
    package init() {}

    /// Sorts `count` hashes (fewer than 2^32) in place, moves the distinct ones to the front and returns their number.
    package mutating func sort(_ hashes: UnsafeMutablePointer<UInt64>, _ count: Int) -> Int {
        precondition(count <= UInt32.max)
        if count < 2 { return count }
        scratch.removeAll()
        scratch.reserve(count)
        sort(hashes, count, spent: 0, ends.base)
        return Self.distinct(hashes, count)
    }

    /// Sorts hashes whose top `spent` bits are all equal.
    private mutating func sort(
        _ hashes: UnsafeMutablePointer<UInt64>, _ count: Int, spent: Int, _ ends: UnsafeMutablePointer<UInt32>
    ) {
        if count <= Self.small {
            if count > 1 { Self.insert(hashes, count, to: hashes) }
            return
        }
        if spent >= 64 { return }
        let bits = min(Int.bitWidth - (count - 1).leadingZeroBitCount, Self.maximumBits, 64 - spent)
        let buckets = 1 << bits
        let left = UInt64(spent)
        let right = UInt64(64 - bits)

        ends.update(repeating: 0, count: buckets)
        for index in 0..<count { ends[Int((hashes[index] &<< left) &>> right)] &+= 1 }
        var start: UInt32 = 0
        var largest: UInt32 = 0
        for bucket in 0..<buckets {
            let length = ends[bucket]
            ends[bucket] = start
            start &+= length
            largest = max(largest, length)
        }
        // In this loop `ends[bucket]` advances from the start of the bucket to its end.
        for index in 0..<count {
            let hash = hashes[index]
            let bucket = Int((hash &<< left) &>> right)
            scratch.base[Int(ends[bucket])] = hash
            ends[bucket] &+= 1
        }
        if largest <= Self.small {
            Self.insert(scratch.base, count, to: hashes)
            return
        }
        hashes.update(from: scratch.base, count: count)
        var begin = 0
        for bucket in 0..<buckets {
            let end = Int(ends[bucket])
            sort(hashes + begin, end - begin, spent: spent + bits, ends + buckets)
            begin = end
        }
    }

    /// Insertion sort of nearly sorted hashes; `target` may be the same memory as `hashes`.
    @inline(__always)
    private static func insert(
        _ hashes: UnsafeMutablePointer<UInt64>, _ count: Int, to target: UnsafeMutablePointer<UInt64>
    ) {
        var last = hashes[0]
        target[0] = last
        for index in 1..<count {
            let hash = hashes[index]
            if hash >= last {
                target[index] = hash
                last = hash
                continue
            }
            target[index] = last
            var place = index - 1
            while place > 0 && target[place - 1] > hash {
                target[place] = target[place - 1]
                place -= 1
            }
            target[place] = hash
        }
    }

    /// Moves the distinct hashes of a sorted sequence to the front and returns their number.
    private static func distinct(_ hashes: UnsafeMutablePointer<UInt64>, _ count: Int) -> Int {
        var kept = 1
        var last = hashes[0]
        for index in 1..<count {
            let hash = hashes[index]
            hashes[kept] = hash
            kept &+= hash == last ? 0 : 1
            last = hash
        }
        return kept
    }
}
