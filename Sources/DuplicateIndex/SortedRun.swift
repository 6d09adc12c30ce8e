internal import Basics

/// Band entries on the disk, sorted by key, with what finds a key in one read: a filter, and the first key of every
/// page, both in memory.
final class SortedRun: @unchecked Sendable {
    static let entriesPerPage = 256
    private static let entrySize = MemoryLayout<BandEntry>.stride

    private let file: File
    private var filter: BloomFilter
    /// The first key of each page.
    private var fences: Buffer<UInt64>
    let count: Int

    private init(file: consuming File, filter: consuming BloomFilter, fences: consuming Buffer<UInt64>, count: Int) {
        self.file = file
        self.filter = filter
        self.fences = fences
        self.count = count
    }

    /// Bytes of memory that it takes.
    var memory: Int { BloomFilter.bytes(keys: count) + fences.capacity * 8 }

    /// Calls `body` with every document that has the key. `page` is the caller's scratch space.
    func forEach(key: UInt64, page: inout Buffer<BandEntry>, _ body: (UInt64) -> Void) throws(Failure) {
        guard filter.mayContain(key) else { return }
        var number = firstPage(of: key)
        while number < fences.count && (fences[number] <= key) {
            try read(page: number, into: &page)
            for entry in page.elements where entry.key == key { body(entry.document) }
            number += 1
        }
    }

    /// The last page that begins below the key: entries of the key can begin there.
    private func firstPage(of key: UInt64) -> Int {
        var low = 0
        var high = fences.count
        while low < high {
            let middle = (low + high) / 2
            if fences[middle] < key { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private func read(page number: Int, into page: inout Buffer<BandEntry>) throws(Failure) {
        let first = number * Self.entriesPerPage
        try read(first..<min(count, first + Self.entriesPerPage), into: &page)
    }

    private func read(_ entries: Range<Int>, into page: inout Buffer<BandEntry>) throws(Failure) {
        page.removeAll()
        let room = UnsafeMutableRawBufferPointer(
            start: page.reserve(entries.count), count: entries.count * Self.entrySize)
        guard try file.read(at: Int64(entries.lowerBound * Self.entrySize), into: room) == room.count else {
            throw Failure("\(file.path): shorter than it was written")
        }
        page.advance(entries.count)
    }

    /// Writes a run, entry by entry, in ascending order of keys.
    struct Writer: ~Copyable {
        private let file: File
        private var filter: BloomFilter
        private var fences = Buffer<UInt64>()
        private var pending = Buffer<BandEntry>(capacity: 1 << 14)
        private var count = 0

        init(path: String, entries: Int) throws(Failure) {
            file = try File(path, .temporary)
            filter = BloomFilter(keys: entries)
        }

        mutating func append(_ entry: BandEntry) throws(Failure) {
            if count % SortedRun.entriesPerPage == 0 { fences.append(entry.key) }
            filter.insert(entry.key)
            pending.append(entry)
            count += 1
            if pending.count == 1 << 14 { try flush() }
        }

        private mutating func flush() throws(Failure) {
            try file.write(pending.bytes)
            pending.removeAll()
        }

        consuming func finish() throws(Failure) -> SortedRun {
            try flush()
            return SortedRun(file: file, filter: filter, fences: fences, count: count)
        }
    }

    /// Sorts and writes the entries of a table.
    static func seal(_ table: borrowing BandTable, path: String) throws(Failure) -> SortedRun {
        let entries = sorted(table)
        var writer = try Writer(path: path, entries: entries.count)
        for entry in entries.elements { try writer.append(entry) }
        return try writer.finish()
    }

    /// Keys are hashes: a pass that puts them into buckets by their upper bits leaves little to sort.
    private static func sorted(_ table: borrowing BandTable) -> Buffer<BandEntry> {
        let bits = min(16, max(1, Int.bitWidth - table.count.leadingZeroBitCount - 5))
        var ends = [Int](repeating: 0, count: 1 << bits)
        table.forEachEntry { ends[Int($0.key >> UInt64(64 - bits))] += 1 }
        var start = 0
        for bucket in ends.indices {
            let size = ends[bucket]
            ends[bucket] = start
            start += size
        }
        var entries = Buffer<BandEntry>(capacity: table.count)
        let base = entries.base
        table.forEachEntry { entry in
            let bucket = Int(entry.key >> UInt64(64 - bits))
            base[ends[bucket]] = entry
            ends[bucket] += 1
        }
        entries.advance(table.count)
        start = 0
        for end in ends {
            var bucket = UnsafeMutableBufferPointer(start: base + start, count: end - start)
            bucket.sort { a, b in
                (a.key, a.document) < (b.key, b.document)
            }
            start = end
        }
        return entries
    }

    /// One run of the entries of two, which can no longer be looked up in.
    static func merge(_ a: SortedRun, _ b: SortedRun, path: String) throws(Failure) -> SortedRun {
        for run in [a, b] {
            run.filter = BloomFilter(keys: 0)
            run.fences = Buffer()
        }
        var writer = try Writer(path: path, entries: a.count + b.count)
        var left = Cursor(a)
        var right = Cursor(b)
        var x = try left.next()
        var y = try right.next()
        while x != nil || y != nil {
            if let entry = x, y == nil || (entry.key, entry.document) < (y!.key, y!.document) {
                try writer.append(entry)
                x = try left.next()
            } else {
                try writer.append(y!)
                y = try right.next()
            }
        }
        return try writer.finish()
    }

    private struct Cursor: ~Copyable {
        private let run: SortedRun
        private var block = Buffer<BandEntry>()
        private var inBlock = 0
        private var position = 0

        init(_ run: SortedRun) { self.run = run }

        mutating func next() throws(Failure) -> BandEntry? {
            if inBlock == block.count {
                if position == run.count { return nil }
                let end = min(run.count, position + 1 << 14)
                try run.read(position..<end, into: &block)
                position = end
                inBlock = 0
            }
            inBlock += 1
            return block[inBlock - 1]
        }
    }
}
