internal import Basics
internal import Tokenizers

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How often each piece of a corpus occurs. This is all that byte pair encoding learns from.
///
/// Pieces are the parts of a text that merges never cross (see `PieceScanner`). The counts are in a hash table with
/// open addressing, and the bytes of all pieces are in one buffer.
package struct PieceCounts: ~Copyable, Sendable {
    struct Entry: BitwiseCopyable {
        let start: Int
        let hash: UInt64
        let length: UInt32
        var count: Int64
    }

    private var texts = Buffer<UInt8>()
    private(set) var entries = Buffer<Entry>()
    /// The upper half of a piece's hash, and the index of the piece in `entries` plus one; 0 is a free slot.
    private var slots = Buffer<UInt64>()

    /// Creates an empty table.
    package init() {}

    /// The number of distinct pieces.
    package var count: Int { entries.count }

    /// The total length of the distinct pieces in bytes.
    package var textBytes: Int { texts.count }

    /// The memory of the table in bytes.
    package var memory: Int {
        texts.capacity + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * MemoryLayout<UInt64>.stride
    }

    /// Whether the numbers of pieces are about to exceed 32 bits.
    package var isFull: Bool { entries.count > Int(UInt32.max) / 2 }

    /// The bytes of a piece. They are valid until a piece is added.
    func text(_ entry: Entry) -> UnsafeBufferPointer<UInt8> {
        texts.slice(entry.start..<entry.start + Int(entry.length))
    }

    /// Counts the pieces of a UTF-8 text.
    package mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        guard let base = text.baseAddress else { return }
        let scanner = PieceScanner(base, text.count)
        var start = 0
        while start < text.count {
            let end = scanner.end(ofPieceAt: start)
            let piece = UnsafeBufferPointer(start: base + start, count: end - start)
            add(piece, hash64(UnsafeRawBufferPointer(piece)), 1)
            start = end
        }
    }

    /// Adds the counts of another table.
    package mutating func add(_ other: borrowing PieceCounts) {
        for index in 0..<other.entries.count {
            let entry = other.entries[index]
            add(other.text(entry), entry.hash, entry.count)
        }
    }

    private mutating func add(_ piece: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ count: Int64) {
        if (entries.count + 1) * 2 > slots.count { growSlots() }
        let mask = slots.count - 1
        let slotBits = hash & 0xFFFF_FFFF_0000_0000
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] & 0xFFFF_FFFF_0000_0000 == slotBits {
                let place = Int(UInt32(truncatingIfNeeded: slots[slot])) - 1
                let entry = entries[place]
                if Int(entry.length) == piece.count
                    && memcmp(texts.base + entry.start, piece.baseAddress!, piece.count) == 0
                {
                    entries[place].count += count
                    return
                }
            }
            slot = (slot + 1) & mask
        }
        entries.append(Entry(start: texts.count, hash: hash, length: UInt32(piece.count), count: count))
        texts.append(contentsOf: piece)
        slots[slot] = slotBits | UInt64(entries.count)
    }

    private mutating func growSlots() {
        let capacity = max(1024, slots.count * 2)
        slots = Buffer(capacity: capacity)
        slots.reserve(capacity).initialize(repeating: 0, count: capacity)
        slots.advance(capacity)
        for place in 0..<entries.count {
            let hash = entries[place].hash
            var slot = Int(truncatingIfNeeded: hash) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(place + 1)
        }
    }
}
