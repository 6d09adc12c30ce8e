internal import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Measures how much of a text repeats earlier parts of it: words, runs of n words (n-grams), and lines.
///
/// An n-gram that occurs twice begins and ends with an (n-1)-gram that occurs twice. So for each length n, only the
/// places whose (n-1)-grams occur twice are examined. Ordinary text has few such places.
struct Repeats: ~Copyable {
    /// The lengths n for which the most frequent n-gram is measured (Gopher: 2, 3, 4).
    static let top = 2...4
    /// The lengths n for which n-grams that occurred before are measured (Gopher: 5 to 10).
    static let duplicate = 5...10

    /// The number of distinct words divided by the number of words; 0 without words.
    private(set) var uniqueShare: Float = 0
    /// The entropy of the distribution of words, in nats.
    private(set) var entropy: Float = 0
    /// For n = 2, 3, 4: the characters in all occurrences of one n-gram, as a share of the characters of all words. The
    /// n-gram with the largest share counts; 0 if no n-gram occurs twice.
    let topShares = UnsafeMutablePointer<Float>.allocate(capacity: 3)
    /// For n = 5 to 10: the characters in n-grams that repeat an earlier n-gram, as a share of the characters of all
    /// words.
    let duplicateShares = UnsafeMutablePointer<Float>.allocate(capacity: 6)
    /// The share of the lines that repeat an earlier line.
    private(set) var lineShare: Float = 0
    /// The characters of such lines, as a share of the characters of all lines.
    private(set) var lineCharacterShare: Float = 0

    private var table = OccurrenceTable()
    private var startRoom = Buffer<Int64>()
    /// For each word, the number of characters in the words before it.
    private var starts: UnsafeMutablePointer<Int64>
    // For each word index: the id of the n-gram that begins there, or -1 if that n-gram occurs once. The second buffer
    // is for the n-grams that are one word longer.
    private var idRoom = Buffer<Int32>()
    private var longerRoom = Buffer<Int32>()

    init() {
        starts = startRoom.reserve(0)
    }

    deinit {
        topShares.deallocate()
        duplicateShares.deallocate()
    }

    /// Measures the repetitions of one text.
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
        // Σ n log n over the words that occur n times. A word that occurs once adds nothing.
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

    /// Sets the id at each place whose n-gram occurs only once to -1. Returns the number of the other places.
    private func keepRepeated(_ ids: UnsafeMutablePointer<Int32>, _ count: Int) -> Int {
        var left = 0
        for place in 0..<count where ids[place] >= 0 {
            if table[ids[place]].times > 1 { left += 1 } else { ids[place] = -1 }
        }
        return left
    }

    /// Finds the n-grams that occur twice among the places whose (n-1)-grams occur twice, and measures them. Returns
    /// the number of places whose n-gram occurs twice.
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

/// A hash table that says how often each key occurred, and where it occurred first.
private struct OccurrenceTable: ~Copyable {
    struct Entry: BitwiseCopyable {
        var key: UInt64
        /// 0 for a free slot.
        var times: Int32
        var first: Int32
    }

    private var room = Buffer<Entry>()
    private var entries: UnsafeMutablePointer<Entry>
    private var mask = 0
    /// The number of distinct keys.
    private(set) var count = 0

    init() {
        entries = room.reserve(0)
    }

    /// Empties the table, and makes room for this many keys.
    mutating func clear(for keys: Int) {
        var size = 16
        while size < keys * 2 { size *= 2 }
        mask = size - 1
        count = 0
        entries = room.reserve(size)
        memset(entries, 0, size * MemoryLayout<Entry>.stride)
    }

    /// Counts a key. Returns its id, which is valid until the table is cleared.
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
