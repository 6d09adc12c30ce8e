internal import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How much of a text says again what it said: words, runs of words (n-grams) and lines.
///
/// An n-gram that comes twice begins and ends with an (n-1)-gram that does: each length looks at the places alone that
/// the one before has left, and ordinary text has few of them.
struct Repeats: ~Copyable {
    /// Of the n-grams whose most frequent one is looked for (Gopher: 2, 3, 4).
    static let top = 2...4
    /// Of the n-grams that are looked for in the text before (Gopher: 5 to 10).
    static let duplicate = 5...10

    /// Different words per word; 0 without words.
    private(set) var uniqueShare: Float = 0
    /// Of the distribution of words, in nats.
    private(set) var entropy: Float = 0
    /// By length, from 2: the largest share of the words' characters that one n-gram takes; 0 where none comes twice.
    let topShares = UnsafeMutablePointer<Float>.allocate(capacity: 3)
    /// By length, from 5: the share of the words' characters that are in an n-gram that came before.
    let duplicateShares = UnsafeMutablePointer<Float>.allocate(capacity: 6)
    /// Of the lines, and of their characters: those that came before.
    private(set) var lineShare: Float = 0
    private(set) var lineCharacterShare: Float = 0

    private var table = OccurrenceTable()
    private var startRoom = Buffer<Int64>()
    /// Where each word begins, in characters of words.
    private var starts: UnsafeMutablePointer<Int64>
    // By place: which n-gram begins there, -1 for one that comes once; and the same of the next longer ones.
    private var idRoom = Buffer<Int32>()
    private var longerRoom = Buffer<Int32>()

    init() {
        starts = startRoom.reserve(0)
    }

    deinit {
        topShares.deallocate()
        duplicateShares.deallocate()
    }

    mutating func look(words: borrowing KeyList, lines: borrowing KeyList) {
        topShares.update(repeating: 0, count: 3)
        duplicateShares.update(repeating: 0, count: 6)
        (uniqueShare, entropy) = (0, 0)
        if words.count > 0 { look(words: words) }
        look(lines: lines)
    }

    private mutating func look(words: borrowing KeyList) {
        let count = words.count
        starts = startRoom.reserve(count + 1)
        starts[0] = 0
        for place in 0..<count { starts[place + 1] = starts[place] + words.length(place) }
        var ids = idRoom.reserve(count)
        var longer = longerRoom.reserve(count)

        table.clear(for: count)
        for place in 0..<count { ids[place] = table.note(words.key(place), at: Int32(place)) }
        uniqueShare = Float(table.count) / Float(count)
        // Σ n log n over the words that come n times: those that come once add nothing.
        var sum = 0.0
        for place in 0..<count {
            let entry = table[ids[place]]
            if entry.times > 1, entry.first == place { sum += Double(entry.times) * log(Double(entry.times)) }
        }
        entropy = Float(max(0, log(Double(count)) - sum / Double(count)))

        var left = keepRepeated(ids, count)
        var length = 2
        while left > 0, length <= Self.duplicate.upperBound, length <= count {
            left = extend(ids, into: longer, length, count, candidates: left)
            swap(&ids, &longer)
            length += 1
        }
    }

    /// Leaves the places whose n-gram comes twice or more; returns how many.
    private func keepRepeated(_ ids: UnsafeMutablePointer<Int32>, _ count: Int) -> Int {
        var left = 0
        for place in 0..<count where ids[place] >= 0 {
            if table[ids[place]].times > 1 { left += 1 } else { ids[place] = -1 }
        }
        return left
    }

    /// From the (n-1)-grams that repeat to the n-grams that do.
    private mutating func extend(
        _ shorter: UnsafeMutablePointer<Int32>, into ids: UnsafeMutablePointer<Int32>, _ n: Int, _ count: Int,
        candidates: Int
    ) -> Int {
        table.clear(for: candidates)
        let places = count - n + 1
        for place in 0..<count {
            guard place < places, shorter[place] >= 0, shorter[place + 1] >= 0 else {
                ids[place] = -1
                continue
            }
            let key = UInt64(UInt32(bitPattern: shorter[place])) << 32 | UInt64(UInt32(bitPattern: shorter[place + 1]))
            ids[place] = table.note(key, at: Int32(place))
        }
        let left = keepRepeated(ids, count)
        let all = Float(starts[count])
        if Self.top.contains(n) {
            var most: Int64 = 0
            for place in 0..<places where ids[place] >= 0 {
                let entry = table[ids[place]]
                if entry.first == place { most = max(most, Int64(entry.times) * (starts[place + n] - starts[place])) }
            }
            topShares[n - Self.top.lowerBound] = min(1, Float(most) / all)
        } else if Self.duplicate.contains(n) {
            var covered = 0
            var characters: Int64 = 0
            for place in 0..<places where ids[place] >= 0 && table[ids[place]].first < place {
                characters += starts[place + n] - starts[max(place, covered)]
                covered = place + n
            }
            duplicateShares[n - Self.duplicate.lowerBound] = Float(characters) / all
        }
        return left
    }

    private mutating func look(lines: borrowing KeyList) {
        (lineShare, lineCharacterShare) = (0, 0)
        guard lines.count > 1 else { return }
        table.clear(for: lines.count)
        var (again, characters, all): (Int, Int64, Int64) = (0, 0, 0)
        for place in 0..<lines.count {
            all += lines.length(place)
            if table[table.note(lines.key(place), at: Int32(place))].times > 1 {
                again += 1
                characters += lines.length(place)
            }
        }
        lineShare = Float(again) / Float(lines.count)
        lineCharacterShare = Float(characters) / Float(all)
    }
}

/// How often each key came, and where first.
private struct OccurrenceTable: ~Copyable {
    struct Entry: BitwiseCopyable {
        var key: UInt64
        /// 0 for a place that is free.
        var times: Int32
        var first: Int32
    }

    private var room = Buffer<Entry>()
    private var entries: UnsafeMutablePointer<Entry>
    private var mask = 0
    /// Different keys.
    private(set) var count = 0

    init() {
        entries = room.reserve(0)
    }

    /// Makes room for this many keys, and forgets those before.
    mutating func clear(for keys: Int) {
        var size = 16
        while size < keys * 2 { size *= 2 }
        mask = size - 1
        count = 0
        entries = room.reserve(size)
        memset(entries, 0, size * MemoryLayout<Entry>.stride)
    }

    /// Counts a key; returns what it is called by until the table is cleared.
    @inline(__always)
    mutating func note(_ key: UInt64, at place: Int32) -> Int32 {
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: mixed ^ mixed >> 32) & mask
        while entries[slot].times > 0 {
            if entries[slot].key == key {
                entries[slot].times += 1
                return Int32(truncatingIfNeeded: slot)
            }
            slot = (slot + 1) & mask
        }
        entries[slot] = Entry(key: key, times: 1, first: place)
        count += 1
        return Int32(truncatingIfNeeded: slot)
    }

    @inline(__always)
    subscript(id: Int32) -> Entry { entries[Int(id)] }
}
