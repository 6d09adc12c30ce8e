internal import Basics

/// Lists of piece numbers. Learning makes and frees millions of lists, so they are stored in chunks of a single buffer.
struct PieceLists: ~Copyable {
    /// A list, given by its last chunk and the number of elements in that chunk.
    struct List: BitwiseCopyable {
        fileprivate(set) var chunk: UInt32 = 0
        fileprivate(set) var filled: UInt32 = 0

        package var isEmpty: Bool { filled == 0 }
    }

    // This is not private because the compiler of Swift 6.3 fails on a buffer of a private type here.
    struct Chunk: BitwiseCopyable {
        var numbers: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0, 0)
        /// The index plus one of the list's previous chunk, or, in a free chunk, of the next free chunk; 0 for none.
        var before: UInt32 = 0
    }

    private static let chunkSize: UInt32 = 7

    private var chunks = Buffer<Chunk>()
    /// The index plus one of the first free chunk; 0 for none.
    private var free: UInt32 = 0

    /// The memory in bytes.
    var memory: Int { chunks.capacity * MemoryLayout<Chunk>.stride }

    /// Whether the numbers of chunks are about to exceed 32 bits.
    var isFull: Bool { chunks.count > Int(UInt32.max) / 2 }

    /// Appends a number, unless it is equal to the last one in the list.
    mutating func append(_ number: UInt32, to list: inout List) {
        if list.filled > 0 && self[list.chunk, list.filled - 1] == number { return }
        if list.filled == 0 || list.filled == Self.chunkSize {
            let before = list.filled == 0 ? 0 : list.chunk + 1
            list.chunk = take(before: before)
            list.filled = 0
        }
        self[list.chunk, list.filled] = number
        list.filled += 1
    }

    /// Calls `body` with the numbers of a list, from the last to the first, and frees the list.
    mutating func consume(_ list: List, _ body: (UInt32) -> Void) {
        var filled = list.filled
        var chunk = list.chunk
        while filled > 0 {
            for place in (0..<filled).reversed() { body(self[chunk, place]) }
            let before = chunks[Int(chunk)].before
            chunks[Int(chunk)].before = free
            free = chunk + 1
            filled = before == 0 ? 0 : Self.chunkSize
            chunk = before == 0 ? 0 : before - 1
        }
    }

    private subscript(chunk: UInt32, place: UInt32) -> UInt32 {
        get {
            UnsafeRawPointer(chunks.base + Int(chunk)).loadUnaligned(
                fromByteOffset: Int(place) * MemoryLayout<UInt32>.stride, as: UInt32.self)
        }
        set {
            UnsafeMutableRawPointer(chunks.base + Int(chunk)).storeBytes(
                of: newValue, toByteOffset: Int(place) * MemoryLayout<UInt32>.stride, as: UInt32.self)
        }
    }

    private mutating func take(before: UInt32) -> UInt32 {
        if free > 0 {
            let chunk = free - 1
            free = chunks[Int(chunk)].before
            chunks[Int(chunk)].before = before
            return chunk
        }
        chunks.append(Chunk(before: before))
        return UInt32(chunks.count - 1)
    }
}

/// The number of occurrences of each pair of tokens, and the pieces in which new pairs occur.
struct PairStatistics: ~Copyable {
    /// A pair of ids: the left one in the upper half, the right one in the lower half.
    struct Pair: BitwiseCopyable, Hashable, Comparable {
        let bits: UInt64

        init(_ left: Int32, _ right: Int32) {
            bits = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        }

        var left: Int32 { Int32(truncatingIfNeeded: bits >> 32) }
        var right: Int32 { Int32(truncatingIfNeeded: bits) }

        /// By the left id, then by the right one.
        static func < (a: Pair, b: Pair) -> Bool { a.bits < b.bits }
    }

    struct Entry: BitwiseCopyable {
        let pair: Pair
        var count: Int64 = 0
        /// The pieces in which occurrences of the pair were added. When the pair is queued, the list moves to the
        /// queue.
        var pieces = PieceLists.List()
    }

    private(set) var entries = Buffer<Entry>()
    private(set) var lists = PieceLists()
    /// A hash table with open addressing: the index of a pair in `entries` plus one; 0 is a free slot.
    private var slots = Buffer<UInt32>()
    /// The indices of the pairs that are new and not queued yet.
    private(set) var pending = Buffer<UInt32>()

    /// The memory in bytes.
    var memory: Int {
        entries.capacity * MemoryLayout<Entry>.stride + lists.memory + (slots.capacity + pending.capacity) * 4
    }

    /// Whether the numbers of pairs or of chunks are about to exceed 32 bits.
    var isFull: Bool { entries.count > Int(UInt32.max) / 4 || lists.isFull }

    /// Adds `count` occurrences of a pair that is new in a piece.
    mutating func add(_ pair: Pair, _ count: Int64, in piece: UInt32) {
        let place = place(of: pair)
        entries[place].count += count
        if entries[place].pieces.isEmpty { pending.append(UInt32(place)) }
        // A copy, because `lists.append` and `entries` would both access `self`.
        var list = entries[place].pieces
        lists.append(piece, to: &list)
        entries[place].pieces = list
    }

    /// Subtracts `count` occurrences of a pair.
    mutating func subtract(_ pair: Pair, _ count: Int64) {
        entries[place(of: pair)].count -= count
    }

    /// Calls `body` with the new pairs that still occur, and with the pieces of each. After this, no pair is new.
    mutating func takePending(_ body: (_ place: UInt32, Entry) -> Void) {
        for index in 0..<pending.count {
            let place = pending[index]
            let entry = entries[Int(place)]
            entries[Int(place)].pieces = PieceLists.List()
            if entry.count > 0 { body(place, entry) } else { consume(entry.pieces) { _ in } }
        }
        pending.removeAll()
    }

    mutating func consume(_ list: PieceLists.List, _ body: (UInt32) -> Void) { lists.consume(list, body) }

    private mutating func place(of pair: Pair) -> Int {
        if (entries.count + 1) * 2 > slots.count { growSlots() }
        let mask = slots.count - 1
        var slot = Self.home(pair, slots.count)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if entries[place].pair == pair { return place }
            slot = (slot + 1) & mask
        }
        entries.append(Entry(pair: pair))
        slots[slot] = UInt32(entries.count)
        return entries.count - 1
    }

    /// The upper bits of the product depend on all bits of the pair.
    private static func home(_ pair: Pair, _ capacity: Int) -> Int {
        Int(truncatingIfNeeded: (pair.bits &* 0x9E37_79B9_7F4A_7C15) &>> 32) & (capacity - 1)
    }

    private mutating func growSlots() {
        let capacity = max(1024, slots.count * 2)
        slots = Buffer(capacity: capacity)
        slots.reserve(capacity).initialize(repeating: 0, count: capacity)
        slots.advance(capacity)
        for place in 0..<entries.count {
            var slot = Self.home(entries[place].pair, capacity)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = UInt32(place + 1)
        }
    }
}
