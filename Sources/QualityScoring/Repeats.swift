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
    /// Where each word begins, in characters of words.
    private var starts = Buffer<Int64>()
    /// By place: which n-gram begins there, -1 for one that comes once.
    private var current = Buffer<Int32>()
    private var next = Buffer<Int32>()

    init() {}

    deinit {
        topShares.deallocate()
        duplicateShares.deallocate()
    }

    mutating func look(
        words: UnsafeBufferPointer<UInt64>, lengths: UnsafeBufferPointer<Int32>, lines: UnsafeBufferPointer<UInt64>,
        lineLengths: UnsafeBufferPointer<Int32>
    ) {
        topShares.update(repeating: 0, count: 3)
        duplicateShares.update(repeating: 0, count: 6)
        (uniqueShare, entropy) = (0, 0)
        if !words.isEmpty { look(words, lengths) }
        look(lines: lines, lengths: lineLengths)
    }

    private mutating func look(_ words: UnsafeBufferPointer<UInt64>, _ lengths: UnsafeBufferPointer<Int32>) {
        let count = words.count
        starts.removeAll()
        starts.reserve(count + 1)
        starts.append(0)
        for length in lengths { starts.append(starts[starts.count - 1] + Int64(length)) }
        current.removeAll()
        next.removeAll()
        let ids = current.reserve(count)
        current.advance(count)
        let room = next.reserve(count)
        next.advance(count)

        table.clear(for: count)
        for place in 0..<count { ids[place] = table.note(words[place], at: Int32(place)) }
        uniqueShare = Float(table.count) / Float(count)
        // Σ n log n over the words that come n times: those that come once add nothing.
        var sum = 0.0
        for place in 0..<count {
            let entry = table[ids[place]]
            if entry.times > 1, entry.first == place { sum += Double(entry.times) * log(Double(entry.times)) }
        }
        entropy = Float(max(0, log(Double(count)) - sum / Double(count)))

        var (ids_, room_) = (ids, room)
        var left = keepRepeated(ids_, count)
        var length = 2
        while left > 0, length <= Self.duplicate.upperBound, length <= count {
            left = extend(ids_, into: room_, length, count, candidates: left)
            swap(&ids_, &room_)
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

    private mutating func look(lines: UnsafeBufferPointer<UInt64>, lengths: UnsafeBufferPointer<Int32>) {
        (lineShare, lineCharacterShare) = (0, 0)
        guard lines.count > 1 else { return }
        table.clear(for: lines.count)
        var (again, characters, all): (Int, Int64, Int64) = (0, 0, 0)
        for place in lines.indices {
            all += Int64(lengths[place])
            if table[table.note(lines[place], at: Int32(place))].times > 1 {
                again += 1
                characters += Int64(lengths[place])
            }
        }
        lineShare = Float(again) / Float(lines.count)
        lineCharacterShare = Float(characters) / Float(all)
    }
}

/// How often each key came, and where first.
private struct OccurrenceTable: ~Copyable {
    struct Entry: BitwiseCopyable {
        var key: UInt64 = 0
        /// 0 for a place that is free.
        var times: Int32 = 0
        var first: Int32 = 0
    }

    private var entries = Buffer<Entry>()
    private var mask = 0
    /// Different keys.
    private(set) var count = 0

    /// Makes room for this many keys, and forgets those before.
    mutating func clear(for keys: Int) {
        var size = 16
        while size < keys * 2 { size *= 2 }
        mask = size - 1
        count = 0
        entries.removeAll()
        entries.reserve(size).update(repeating: Entry(), count: size)
        entries.advance(size)
    }

    /// Counts a key; returns what it is called by until the table is cleared.
    @inline(__always)
    mutating func note(_ key: UInt64, at place: Int32) -> Int32 {
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: mixed ^ mixed >> 32) & mask
        let base = entries.base
        while base[slot].times > 0 {
            if base[slot].key == key {
                base[slot].times += 1
                return Int32(truncatingIfNeeded: slot)
            }
            slot = (slot + 1) & mask
        }
        base[slot] = Entry(key: key, times: 1, first: place)
        count += 1
        return Int32(truncatingIfNeeded: slot)
    }

    @inline(__always)
    subscript(id: Int32) -> Entry { entries.base[Int(id)] }
}
