internal import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Measures how much of a text repeats earlier parts of it: words, and runs of n words (n-grams).
///
/// An n-gram that occurs twice begins and ends with an (n-1)-gram that occurs twice. So for each length n, only the
/// places whose (n-1)-grams occur twice are examined. Ordinary text has few such places.
struct Repeats: ~Copyable {
    /// The number of words before a word among which it is looked for. A fixed number, so that the share of words that
    /// are found does not grow with the text.
    static let recent = 50
    /// The lengths n for which n-grams that occurred before are measured (Gopher: 5 to 10).
    static let lengths = 2...10

    /// The share of the words that occurred among the `recent` words before.
    private(set) var recentShare: Float = 0
    /// The share of the words that equal the word before.
    private(set) var neighbourShare: Float = 0
    /// For n = 5 and n = 10: the share of the words' characters that lie in an n-gram that occurred before.
    private(set) var duplicate5Share: Float = 0
    private(set) var duplicate10Share: Float = 0

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

    /// Measures the repetitions of one text.
    mutating func look(words: borrowing KeyList) {
        (recentShare, neighbourShare, duplicate5Share, duplicate10Share) = (0, 0, 0, 0)
        let count = words.count
        if count == 0 { return }
        starts = startRoom.reserve(count + 1)
        starts[0] = 0
        for place in 0..<count { starts[place + 1] = starts[place] + words.length(place) }
        var ids = idRoom.reserve(count)
        var longer = longerRoom.reserve(count)

        table.clear(for: count)
        var (recent, neighbours) = (0, 0)
        for place in 0..<count {
            ids[place] = table.note(words.key(place), at: Int32(place))
            // For words, the table keeps the last place instead of the first.
            let distance = place - Int(table.move(ids[place], to: Int32(place)))
            if distance <= Self.recent { recent += 1 }
            if distance == 1 { neighbours += 1 }
        }
        // A word that is noted for the first time was found at its own place.
        recentShare = Float(recent - table.count) / Float(count)
        neighbourShare = Float(neighbours) / Float(count)

        var left = keepRepeated(ids, count)
        var length = 2
        while left > 0, length <= Self.lengths.upperBound, length <= count {
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
        guard n == 5 || n == 10 else { return left }
        var covered = 0
        var characters: Int64 = 0
        for place in 0..<places where ids[place] >= 0 && table[ids[place]].first < place {
            characters += starts[place + n] - starts[max(place, covered)]
            covered = place + n
        }
        let share = Float(characters) / Float(starts[count])
        if n == 5 { duplicate5Share = share } else { duplicate10Share = share }
        return left
    }
}

/// A hash table that says how often each key occurred, and where it occurred first.
// Not private: a type with a private type in it cannot be destroyed in other files (a defect of the compiler, 6.3.1).
struct OccurrenceTable: ~Copyable {
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

    /// Replaces the place of a key. Returns the former one.
    @inline(__always)
    mutating func move(_ id: Int32, to place: Int32) -> Int32 {
        let before = entries[Int(id)].first
        entries[Int(id)].first = place
        return before
    }

    @inline(__always)
    subscript(id: Int32) -> Entry { entries[Int(id)] }
}
