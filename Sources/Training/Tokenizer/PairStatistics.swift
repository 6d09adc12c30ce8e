internal import Basics

/// Numbers of pieces, in chunks of one buffer: lists that grow and go by the million.
struct PieceLists: ~Copyable {
    /// A list: its last chunk, and how many numbers are in that.
    struct List: BitwiseCopyable {
        fileprivate(set) var chunk: UInt32 = 0
        fileprivate(set) var filled: UInt32 = 0

        package var isEmpty: Bool { filled == 0 }
    }

    // Not private: the compiler of Swift 6.3 fails at a buffer of a private type here.
    struct Chunk: BitwiseCopyable {
        var numbers: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0, 0)
        /// The chunk before this one, plus one; 0 for none. Of a free chunk the next free one.
        var before: UInt32 = 0
    }

    private static let chunkSize: UInt32 = 7

    private var chunks = Buffer<Chunk>()
    /// The first free chunk, plus one.
    private var free: UInt32 = 0

    /// Bytes of memory.
    var memory: Int { chunks.capacity * MemoryLayout<Chunk>.stride }

    /// Whether so many chunks are in use that hardly more can be numbered.
    var isFull: Bool { chunks.count > Int(UInt32.max) / 2 }

    /// Appends a number, unless it is the last one of the list.
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

    /// Hands out the numbers of a list, the last first, and lets go of its memory.
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

/// How often each pair of tokens occurs, and the pieces in which it came up lately.
struct PairStatistics: ~Copyable {
    /// A pair: the left id in the upper half, the right one in the lower.
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
        /// Pieces in which the pair came up, until it is queued.
        var pieces = PieceLists.List()
    }

    private(set) var entries = Buffer<Entry>()
    private(set) var lists = PieceLists()
    /// Places in `entries` plus one; 0 is free.
    private var slots = Buffer<UInt32>()
    /// Pairs that came up and are not queued yet.
    private(set) var pending = Buffer<UInt32>()

    /// Bytes of memory.
    var memory: Int {
        entries.capacity * MemoryLayout<Entry>.stride + lists.memory + (slots.capacity + pending.capacity) * 4
    }

    /// Whether hardly more pairs, or pieces of them, can be numbered.
    var isFull: Bool { entries.count > Int(UInt32.max) / 4 || lists.isFull }

    /// Adds occurrences of a pair that came up in a piece.
    mutating func add(_ pair: Pair, _ count: Int64, in piece: UInt32) {
        let place = place(of: pair)
        entries[place].count += count
        if entries[place].pieces.isEmpty { pending.append(UInt32(place)) }
        // Out of the buffer while it changes.
        var list = entries[place].pieces
        lists.append(piece, to: &list)
        entries[place].pieces = list
    }

    /// Takes away occurrences of a pair.
    mutating func subtract(_ pair: Pair, _ count: Int64) {
        entries[place(of: pair)].count -= count
    }

    /// Hands out the pairs that came up and still occur, each with its pieces, and forgets that they did.
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

    /// The upper bits of a product depend on all of the pair.
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
