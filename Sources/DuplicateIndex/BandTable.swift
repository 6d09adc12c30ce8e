internal import Basics

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
        slots.deallocate()
    }

    private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        slots.initialize(repeating: Slot(key: 0, value: Slot.empty), count: capacity)
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

    package mutating func insert(key: UInt64, document: UInt64) {
        if usedSlots + 1 > capacity / 4 * 3 { grow() }
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

    /// Reads the slots where the keys' searches begin, and returns something that depends on them all.
    ///
    /// The reads do not wait for each other, as those of one search after the other would: the slots of a large table
    /// come from memory side by side, and the searches then find them in the cache.
    package borrowing func touch(_ keys: UnsafeBufferPointer<UInt64>) -> UInt64 {
        var seen: UInt64 = 0
        for key in keys { seen ^= slots[Int(truncatingIfNeeded: key) & (capacity - 1)].value }
        return seen
    }

    /// Calls `body` with every document that has the key.
    package borrowing func forEach(key: UInt64, _ body: (UInt64) -> Void) {
        let value = slots[slot(of: key)].value
        if value == Slot.empty { return }
        forEachDocument(of: value, body)
    }

    /// Calls `body` with the documents that have the key, the last one first, until it returns false.
    package borrowing func scan(key: UInt64, while body: (UInt64) -> Bool) {
        let value = slots[slot(of: key)].value
        if value == Slot.empty { return }
        guard value & 1 == 1 else {
            _ = body(value >> 1)
            return
        }
        var next = Int(value >> 1)
        while next >= 0 && body(links[next].document) { next = links[next].next }
    }

    /// Every entry, in no order.
    package borrowing func forEachEntry(_ body: (BandEntry) -> Void) {
        for slot in 0..<capacity where slots[slot].value != Slot.empty {
            let key = slots[slot].key
            forEachDocument(of: slots[slot].value) { body(BandEntry(key: key, document: $0)) }
        }
    }

    package mutating func removeAll(keepingCapacity: Bool) {
        if !keepingCapacity {
            slots.deallocate()
            capacity = 1 << 12
            slots = Self.allocate(capacity)
            links = Buffer()
        } else if count > 0 {
            slots.update(repeating: Slot(key: 0, value: Slot.empty), count: capacity)
            links.removeAll()
        }
        usedSlots = 0
        count = 0
    }

    private borrowing func forEachDocument(of value: UInt64, _ body: (UInt64) -> Void) {
        guard value & 1 == 1 else { return body(value >> 1) }
        var next = Int(value >> 1)
        while next >= 0 {
            let link = links[next]
            body(link.document)
            next = link.next
        }
    }

    /// The key's slot, or the empty one where it belongs.
    private borrowing func slot(of key: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: key) & (capacity - 1)
        while slots[slot].value != Slot.empty && slots[slot].key != key { slot = (slot + 1) & (capacity - 1) }
        return slot
    }

    private mutating func grow() {
        let old = slots
        let oldCapacity = capacity
        capacity *= 2
        slots = Self.allocate(capacity)
        for i in 0..<oldCapacity where old[i].value != Slot.empty { slots[slot(of: old[i].key)] = old[i] }
        old.deallocate()
    }
}
