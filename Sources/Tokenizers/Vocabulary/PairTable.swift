internal import Basics

/// The merges of a byte-level BPE tokenizer: the rank and the product of each pair of ids. It is a hash table with open
/// addressing that does not change after it was built.
struct PairTable: ~Copyable, Sendable {
    /// A merge of two tokens. Its rank is its index in the list of merges.
    struct Merge: BitwiseCopyable {
        let left, right, product: Int32
    }

    /// The rank and the product of a pair.
    struct Slot: BitwiseCopyable {
        fileprivate var key: UInt64
        fileprivate(set) var rank: UInt32
        fileprivate(set) var product: Int32
    }

    /// The rank of a pair that cannot be merged.
    static let none = UInt32.max

    private var slots = Buffer<Slot>()
    private let shift: UInt64

    /// If a pair is listed twice, its last rank counts, as in Hugging Face's library.
    ///
    /// - Parameter except: merges that make one of these tokens are left out.
    init(_ merges: UnsafeBufferPointer<Merge>, except: Set<Int32> = []) {
        var bits: UInt64 = 10
        while merges.count * 2 > 1 << bits { bits += 1 }
        shift = 64 - bits
        let capacity = 1 << Int(bits)
        let free = Slot(key: .max, rank: Self.none, product: -1)
        slots.reserve(capacity).initialize(repeating: free, count: capacity)
        slots.advance(capacity)
        for (rank, merge) in merges.enumerated() where !except.contains(merge.product) {
            let key = Lookup.key(merge.left, merge.right)
            var slot = Lookup.home(key, shift)
            while slots[slot].key != .max && slots[slot].key != key { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Slot(key: key, rank: UInt32(rank), product: merge.product)
        }
    }

    /// The table as plain pointers, for the innermost loop. It is valid as long as the table exists.
    var lookup: Lookup { Lookup(slots: slots.elements.baseAddress!, mask: slots.count - 1, shift: shift) }

    package struct Lookup: BitwiseCopyable {
        fileprivate let slots: UnsafePointer<Slot>
        fileprivate let mask: Int
        fileprivate let shift: UInt64

        @inline(__always)
        fileprivate static func key(_ left: Int32, _ right: Int32) -> UInt64 {
            UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        }

        @inline(__always)
        fileprivate static func home(_ key: UInt64, _ shift: UInt64) -> Int {
            // The upper bits of the product depend on all bits of the key.
            Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
        }

        /// The merge of two ids; a slot with the rank `none` if they cannot be merged.
        @inline(__always)
        func callAsFunction(_ left: Int32, _ right: Int32) -> Slot {
            let key = Self.key(left, right)
            var slot = Self.home(key, shift)
            while true {
                let found = slots[slot]
                // A free slot has the rank `none`. Its key belongs to no pair, because ids are not negative.
                if found.key == key || found.key == .max { return found }
                slot = (slot + 1) & mask
            }
        }
    }
}
