internal import Basics
internal import CSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A band key and the document that has it.
package struct BandEntry: BitwiseCopyable, Sendable {
    package let key: UInt64
    /// Where the document stands: ascending in the order of the corpus.
    package let document: UInt64

    package init(key: UInt64, document: UInt64) {
        self.key = key
        self.document = document
    }
}

/// Band keys in memory: a hash table with open addressing, 16 bytes a slot.
///
/// A key has one slot; the documents of a key that several have hang on a list beside the table, so that a band that
/// a whole layout of pages shares does not crowd out its neighbours.
package struct BandTable: ~Copyable {
    private struct Slot: BitwiseCopyable {
        var key: UInt64
        /// `empty`, a document shifted left by one, or a place in `links` shifted left by one with the low bit set.
        var value: UInt64

        static let empty = UInt64.max
    }

    private struct Link: BitwiseCopyable {
        let document: UInt64
        /// The next link's place, or -1.
        let next: Int
    }

    private var slots: UnsafeMutablePointer<Slot>
    private var capacity: Int
    private var usedSlots = 0
    private var links = Buffer<Link>()
    /// Entries in the table.
    package private(set) var count = 0

    package init(capacity: Int = 1 << 12) {
        precondition(capacity.nonzeroBitCount == 1)
        self.capacity = capacity
        slots = Self.allocate(capacity)
    }

    deinit {
        free(slots)
    }

    /// Makes room for `capacity` slots, of which those after the first `initialized` are empty. What is large is not
    /// copied: the system moves its pages.
    private static func allocate(
        _ capacity: Int, initialized: Int = 0, at old: UnsafeMutablePointer<Slot>? = nil
    ) -> UnsafeMutablePointer<Slot> {
        guard let room = realloc(old, bytes(slots: capacity)) else { fatalError("out of memory for band keys") }
        let slots = room.bindMemory(to: Slot.self, capacity: capacity)
        (slots + initialized).initialize(
            repeating: Slot(key: 0, value: Slot.empty), count: capacity - initialized)
        return slots
    }

    private static func bytes(slots: Int) -> Int { slots * MemoryLayout<Slot>.stride }

    /// The most memory that the table takes, in bytes, once so many more entries are in: up to the moment when its
    /// entries are copied out to be sorted, which takes 16 bytes for each besides the table.
    package func bytesToInsert(_ more: Int = 1) -> Int {
        var slots = capacity
        while usedSlots + more > slots / 4 * 3 { slots *= 2 }
        return Self.bytes(slots: slots) / 4 * 7 + links.capacity * MemoryLayout<Link>.stride * 2
    }

    /// Takes in the keys of a document, which comes after all others.
    package mutating func insert(keys: UnsafeBufferPointer<UInt64>, document: UInt64) {
        while usedSlots + keys.count > capacity / 4 * 3 { grow() }
        for key in keys { insert(key, document) }
    }

    package mutating func insert(key: UInt64, document: UInt64) {
        withUnsafePointer(to: key) { insert(keys: UnsafeBufferPointer(start: $0, count: 1), document: document) }
    }

    @inline(__always)
    private mutating func insert(_ key: UInt64, _ document: UInt64) {
        count += 1
        let slot = slot(of: key)
        switch slots[slot].value {
        case Slot.empty:
            slots[slot] = Slot(key: key, value: document << 1)
            usedSlots += 1
        case let value where value & 1 == 0:
            links.append(Link(document: value >> 1, next: -1))
            links.append(Link(document: document, next: links.count - 1))
            slots[slot].value = UInt64(links.count - 1) << 1 | 1
        case let value:
            links.append(Link(document: document, next: Int(value >> 1)))
            slots[slot].value = UInt64(links.count - 1) << 1 | 1
        }
    }

    /// Has the slots where the keys' searches begin come from memory, while other work is done.
    package borrowing func prefetch(_ keys: UnsafeBufferPointer<UInt64>) {
        for key in keys {
            let slot = slots + (Int(truncatingIfNeeded: key) & (capacity - 1))
            // A cache line is four slots, and many a search goes on in the next one.
            dedup_prefetch(slot)
            dedup_prefetch(slot + 4)
        }
    }

    /// Calls `body` with the documents that have the key, the last one first, until it returns false.
    package borrowing func scan(key: UInt64, while body: (UInt64) -> Bool) {
        let value = slots[slot(of: key)].value
        if value != Slot.empty { scanDocuments(of: value, while: body) }
    }

    /// Every entry, in no order.
    package borrowing func forEachEntry(_ body: (BandEntry) -> Void) {
        for slot in 0..<capacity where slots[slot].value != Slot.empty {
            let key = slots[slot].key
            scanDocuments(of: slots[slot].value) {
                body(BandEntry(key: key, document: $0))
                return true
            }
        }
    }

    /// Drops all entries, and the memory that they took.
    package mutating func removeAll() {
        free(slots)
        capacity = 1 << 12
        slots = Self.allocate(capacity)
        links = Buffer()
        usedSlots = 0
        count = 0
    }

    private borrowing func scanDocuments(of value: UInt64, while body: (UInt64) -> Bool) {
        guard value & 1 == 1 else {
            _ = body(value >> 1)
            return
        }
        var next = Int(value >> 1)
        while next >= 0 && body(links[next].document) { next = links[next].next }
    }

    /// The key's slot, or the empty one where it belongs.
    private borrowing func slot(of key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: key) & (capacity - 1)
        while slots[slot].value != Slot.empty && slots[slot].key != key { slot = (slot + 1) & (capacity - 1) }
        return slot
    }

    /// Doubles the table where it lies, so that no more fresh memory is touched than it grows by.
    ///
    /// A key's search then begins at the same place, or at that place in the new half: seen in their order, the
    /// entries move to places before their own, or to the new half, and no search passes one that has yet to move.
    private mutating func grow() {
        let old = capacity
        capacity *= 2
        slots = Self.allocate(capacity, initialized: old, at: slots)
        // Searches that began near the end of the old half may have gone around it: those entries move last.
        var first = 0
        while slots[first].value != Slot.empty { first += 1 }
        let around = Array(UnsafeBufferPointer(start: slots, count: first))
        slots.update(repeating: Slot(key: 0, value: Slot.empty), count: first)
        for i in first..<old where slots[i].value != Slot.empty {
            let entry = slots[i]
            slots[i].value = Slot.empty
            slots[slot(of: entry.key)] = entry
        }
        for entry in around { slots[slot(of: entry.key)] = entry }
    }
}
