internal import Basics
internal import Tokenizers

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How often each piece of a corpus occurs: all that byte pair encoding learns from.
///
/// Pieces are what merges never cross (`PieceScanner`). A table of open addressing; the bytes of the pieces lie one
/// after the other.
package struct PieceCounts: ~Copyable, Sendable {
    struct Entry: BitwiseCopyable {
        let start: Int
        let hash: UInt64
        let length: UInt32
        var count: Int64
    }

    private var texts = Buffer<UInt8>()
    private(set) var entries = Buffer<Entry>()
    /// The upper half of the hash, and the place in `entries` plus one; 0 is free.
    private var slots = Buffer<UInt64>()

    package init() {}

    /// Distinct pieces.
    package var count: Int { entries.count }

    /// Bytes of the distinct pieces.
    package var textBytes: Int { texts.count }

    /// Bytes of memory that the table takes.
    package var memory: Int {
        texts.capacity + entries.capacity * MemoryLayout<Entry>.stride + slots.capacity * MemoryLayout<UInt64>.stride
    }

    /// Whether so many pieces are in the table that hardly more can be numbered.
    package var isFull: Bool { entries.count > Int(UInt32.max) / 2 }

    /// The bytes of a piece, valid until pieces are added.
    func text(_ entry: Entry) -> UnsafeBufferPointer<UInt8> {
        texts.slice(entry.start..<entry.start + Int(entry.length))
    }

    /// Counts the pieces of a text, UTF-8.
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
