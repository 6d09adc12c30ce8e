internal import Basics
internal import CSystem

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A band key and a document that has it.
package struct BandEntry: BitwiseCopyable, Sendable {
    /// The band key.
    package let key: UInt64
    /// The offset of the document's record in the log; it ascends in the order of the corpus.
    package let document: UInt64

    /// - Parameter document: the offset of the document's record in the log.
    package init(key: UInt64, document: UInt64) {
        self.key = key
        self.document = document
    }
}

/// Entries of a part of a table, sorted by key and document.
package final class SortedEntries: Sendable {
    let entries: Buffer<BandEntry>

    fileprivate init(_ entries: consuming Buffer<BandEntry>) {
        self.entries = entries
    }
}

/// The band keys in memory: a hash table with linear probing and 16 bytes per slot.
///
/// Each key occupies one slot. If several documents have a key, they are in a linked list beside the table: a key that
/// thousands of documents share does not fill the slots around it.
///
/// The table is divided into parts by the upper bits of the keys. The parts share no memory, so several threads can
/// insert at the same time, each into other parts.
package struct BandTable: ~Copyable {
    /// The number of parts.
    package static let partCount = 8
    private static let partBits = 3
    /// The number of slots of an empty part.
    private static let leastSlots = 1 << 9

    private let parts: UnsafeMutablePointer<Part>

    package init() {
        parts = .allocate(capacity: Self.partCount)
        for part in 0..<Self.partCount { (parts + part).initialize(to: Part(capacity: Self.leastSlots)) }
    }

    deinit {
        parts.deinitialize(count: Self.partCount)
        parts.deallocate()
    }

    @inline(__always)
    private static func part(of key: UInt64) -> Int { Int(truncatingIfNeeded: key >> UInt64(64 - partBits)) }

    /// The part of a key. `parts[...]` would do the same, but to the thread sanitizer a change of any part would then be a
    /// change of the first one.
    @inline(__always)
    private borrowing func part(of key: UInt64) -> UnsafeMutablePointer<Part> { parts + Self.part(of: key) }

    private borrowing func sum(_ value: (borrowing Part) -> Int) -> Int {
        var sum = 0
        for part in 0..<Self.partCount { sum += value(parts[part]) }
        return sum
    }

    /// The number of entries: one for each key of each document.
    package var count: Int { sum { $0.count } }

    /// The peak memory of the table in bytes after `more` further entries. It includes the 16 bytes per entry of the
    /// copy that is sorted when the table is written to a segment.
    package func bytesToInsert(_ more: Int = 1) -> Int {
        sum { $0.bytesToInsert((more + Self.partCount - 1) / Self.partCount) }
    }

    /// Adds the keys of a document, which must come after all others in the log.
    package mutating func insert(keys: UnsafeBufferPointer<UInt64>, document: UInt64) {
        for key in keys { insert(key: key, document: document) }
    }

    /// Adds one key of a document, which must come after all others in the log.
    package mutating func insert(key: UInt64, document: UInt64) { part(of: key).pointee.insert(key, document) }

    /// Adds those keys of some documents that belong to the given parts.
    ///
    /// Several threads may call it at the same time with other parts.
    ///
    /// - Parameter offsets: the log offset of each document.
    borrowing func insert(_ documents: [NewDocument], at offsets: [Int], into range: Range<Int>) {
        // The keys are chosen first, without a branch for each: which part a key belongs to cannot be predicted.
        let keys = documents.reduce(0) { $0 + $1.keys.count }
        withUnsafeTemporaryAllocation(of: BandEntry.self, capacity: keys + 1) { entries in
            var count = 0
            for (number, document) in documents.enumerated() {
                for key in document.keys {
                    entries[count] = BandEntry(key: key, document: UInt64(offsets[number]))
                    count += range.contains(Self.part(of: key)) ? 1 : 0
                }
            }
            for number in 0..<count {
                if number + 16 < count { prefetch(entries[number + 16].key) }
                let entry = entries[number]
                part(of: entry.key).pointee.insert(entry.key, entry.document)
            }
        }
    }

    /// Prefetches the slots where the searches for these keys begin, so that they load while other work is done.
    package borrowing func prefetch(_ keys: UnsafeBufferPointer<UInt64>) {
        for key in keys { prefetch(key) }
    }

    @inline(__always)
    private borrowing func prefetch(_ key: UInt64) { part(of: key).pointee.prefetch(key) }

    /// Calls `body` with the documents that have the key, the latest first, until it returns false.
    package borrowing func scan(key: UInt64, while body: (UInt64) -> Bool) {
        part(of: key).pointee.scan(key: key, while: body)
    }

    /// Calls `body` with every entry, in no particular order.
    package borrowing func forEachEntry(_ body: (BandEntry) -> Void) {
        for part in 0..<Self.partCount { parts[part].forEachEntry(body) }
    }

    /// Returns the entries of a part, sorted by key and document. The keys of each part are greater than those of the
    /// part before it. Several threads may call it at the same time.
    ///
    /// Keys are hashes, so distributing them into buckets by their upper bits leaves little to sort.
    package borrowing func sortedEntries(ofPart part: Int) -> SortedEntries {
        let count = parts[part].count
        let bits = min(16, max(1, Int.bitWidth - count.leadingZeroBitCount - 5))
        // The uppermost bits are the same in the whole part.
        func bucket(_ key: UInt64) -> Int { Int((key << UInt64(Self.partBits)) >> UInt64(64 - bits)) }
        var ends = [Int](repeating: 0, count: 1 << bits)
        parts[part].forEachEntry { ends[bucket($0.key)] += 1 }
        var start = 0
        for bucket in ends.indices {
            let size = ends[bucket]
            ends[bucket] = start
            start += size
        }
        var entries = Buffer<BandEntry>(capacity: count)
        let base = entries.base
        parts[part].forEachEntry { entry in
            let bucket = bucket(entry.key)
            base[ends[bucket]] = entry
            ends[bucket] += 1
        }
        entries.advance(count)
        start = 0
        for end in ends {
            var bucket = UnsafeMutableBufferPointer(start: base + start, count: end - start)
            bucket.sort { a, b in
                (a.key, a.document) < (b.key, b.document)
            }
            start = end
        }
        return SortedEntries(entries)
    }

    /// Returns the sorted entries of all parts.
    package borrowing func sortedEntries() -> [SortedEntries] {
        var sorted: [SortedEntries] = []
        for part in 0..<Self.partCount { sorted.append(sortedEntries(ofPart: part)) }
        return sorted
    }

    /// Removes all entries and releases their memory.
    package mutating func removeAll() {
        for part in 0..<Self.partCount { parts[part] = Part(capacity: Self.leastSlots) }
    }
}

extension BandTable {
    /// A part of the table, which is a hash table of its own.
    private struct Part: ~Copyable {
        private struct Slot: BitwiseCopyable {
            var key: UInt64
            /// `empty`; or a document shifted left by one; or an index in `links` shifted left by one, with the low bit
            /// set.
            var value: UInt64

            static let empty = UInt64.max
        }

        private struct Link: BitwiseCopyable {
            let document: UInt64
            /// The index of the next link, or -1.
            let next: Int
        }

        private var slots: UnsafeMutablePointer<Slot>
        private var capacity: Int
        private var usedSlots = 0
        private var links = Buffer<Link>()
        private(set) var count = 0

        /// - Parameter capacity: the number of slots, a power of two.
        init(capacity: Int) {
            precondition(capacity.nonzeroBitCount == 1)
            self.capacity = capacity
            slots = Self.allocate(capacity)
        }

        deinit {
            free(slots)
        }

        /// Allocates `capacity` slots. The first `initialized` keep their content from `old`; the others are made
        /// empty. `realloc` does not copy a large block: the system remaps its pages.
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

        func bytesToInsert(_ more: Int) -> Int {
            var slots = capacity
            while usedSlots + more > slots / 4 * 3 { slots *= 2 }
            return Self.bytes(slots: slots) / 4 * 7 + links.capacity * MemoryLayout<Link>.stride * 2
        }

        @inline(__always)
        mutating func insert(_ key: UInt64, _ document: UInt64) {
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

        @inline(__always)
        borrowing func prefetch(_ key: UInt64) {
            let slot = slots + (Int(truncatingIfNeeded: key) & (capacity - 1))
            // A cache line has four slots; many searches continue in the next line.
            dedup_prefetch(slot)
            dedup_prefetch(slot + 4)
        }

        borrowing func scan(key: UInt64, while body: (UInt64) -> Bool) {
            let value = slots[slot(of: key)].value
            if value != Slot.empty { scanDocuments(of: value, while: body) }
        }

        borrowing func forEachEntry(_ body: (BandEntry) -> Void) {
            for slot in 0..<capacity where slots[slot].value != Slot.empty {
                let key = slots[slot].key
                scanDocuments(of: slots[slot].value) {
                    body(BandEntry(key: key, document: $0))
                    return true
                }
            }
        }

        private borrowing func scanDocuments(of value: UInt64, while body: (UInt64) -> Bool) {
            guard value & 1 == 1 else {
                _ = body(value >> 1)
                return
            }
            var next = Int(value >> 1)
            while next >= 0 && body(links[next].document) { next = links[next].next }
        }

        /// The index of the key's slot, or of the empty slot where the key belongs.
        @inline(__always)
        private borrowing func slot(of key: UInt64) -> Int {
            var slot = Int(truncatingIfNeeded: key) & (capacity - 1)
            while slots[slot].value != Slot.empty && slots[slot].key != key { slot = (slot + 1) & (capacity - 1) }
            return slot
        }

        /// Doubles the part in place, so that it touches no more fresh memory than it grows by.
        ///
        /// With twice the slots, a key's search begins at its old start or at the same position in the new half. When
        /// the entries are moved in slot order, each goes to the new half, or to its old slot or one before that: its
        /// search passes only entries that have been moved already.
        private mutating func grow() {
            let old = capacity
            capacity *= 2
            slots = Self.allocate(capacity, initialized: old, at: slots)
            // Entries at the start may have wrapped around from the end of the old half; they are moved last.
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
}
