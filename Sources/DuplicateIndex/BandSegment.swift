package import Basics

/// Band entries on the disk, sorted by key: an immutable file, every part of it under a checksum.
///
///     header     4,096 bytes: what it is, how many entries, of which documents, checksums of directory and filter
///     directory  16 bytes for each page of entries: its first key and its checksum; filled up to 4,096 bytes
///     filter     64 bytes for every 42 entries; filled up to 4,096 bytes
///     shared     a filter of the keys that several documents have, 64 bytes for every 512 entries; filled up likewise
///     entries    16 bytes each, in pages of 256
///
/// Directory and filters are looked at by every search and are read into memory, where there is room, or mapped. Their
/// checksums are verified when the segment is opened, that of a page whenever the page is read.
package final class BandSegment: @unchecked Sendable {
    static let entriesPerPage = 256
    private static let pageBytes = entriesPerPage * MemoryLayout<BandEntry>.stride
    private static let alignment = 4096

    /// What the catalog says of a segment.
    package struct Info: Sendable, Equatable {
        let number: Int
        let entries: Int
        /// Words of the document log that its documents lie in.
        let documents: Range<Int>
        /// The checksum of its header, which holds those of its parts.
        let check: UInt64
    }

    private struct PageInfo: BitwiseCopyable {
        let firstKey: UInt64
        let check: UInt64
    }

    private struct Layout {
        let entries: Int
        let pages: Int
        let filterBlocks: Int
        let sharedBlocks: Int

        init(entries: Int) {
            self.entries = entries
            pages = (entries + BandSegment.entriesPerPage - 1) / BandSegment.entriesPerPage
            filterBlocks = BloomFilter.blocks(keys: entries)
            sharedBlocks = max(1, entries / 512)
        }

        private static func filled(_ bytes: Int) -> Int {
            (bytes + BandSegment.alignment - 1) / BandSegment.alignment * BandSegment.alignment
        }

        var directoryStart: Int { BandSegment.alignment }
        var directoryBytes: Int { Self.filled(pages * MemoryLayout<PageInfo>.stride) }
        var filterStart: Int { directoryStart + directoryBytes }
        var filterBytes: Int { Self.filled(filterBlocks * BloomFilter.wordsPerBlock * 8) }
        var sharedStart: Int { filterStart + filterBytes }
        var sharedBytes: Int { Self.filled(sharedBlocks * BloomFilter.wordsPerBlock * 8) }
        var entriesStart: Int { sharedStart + sharedBytes }
        /// What every search looks at.
        var searchedBytes: Int { entriesStart - directoryStart }
        var fileBytes: Int { entriesStart + entries * MemoryLayout<BandEntry>.stride }
    }

    package let info: Info
    private let file: File
    private let layout: Layout
    /// Directory and filters: one of the two holds them.
    private let mapping: Mapping?
    private let copy: Buffer<UInt8>
    private let directory: UnsafePointer<PageInfo>
    private let filter: BloomFilter
    private let shared: BloomFilter

    var path: String { file.path }
    var count: Int { layout.entries }
    /// Bytes of memory that it takes.
    var memory: Int { copy.capacity }
    /// Bytes that a segment of so many entries takes on the disk.
    package static func fileBytes(entries: Int) -> Int { Layout(entries: entries).fileBytes }

    /// Bytes of memory that the directory and the filters of so many entries take.
    package static func memory(entries: Int) -> Int { Layout(entries: entries).searchedBytes }

    // MARK: Looking up

    /// Fetches what a search will read of the filter; the value says nothing.
    package func touch(_ key: UInt64) -> UInt64 { filter.touch(key) }

    /// Whether some document may have the key. Of keys that none has, some 1 in 100 pass.
    package func mayContain(_ key: UInt64) -> Bool { filter.mayContain(key) }

    /// Whether several documents may have the key; where not, the one that has it is the only one.
    func mayBeShared(_ key: UInt64) -> Bool { shared.mayContain(key) }

    /// Calls `body` with every document that has the key.
    package func forEach(key: UInt64, _ scratch: inout PageScratch, _ body: (UInt64) -> Void) throws(Failure) {
        var number = firstPage(of: key)
        while number < layout.pages && directory[number].firstKey <= key {
            try read(page: number, into: &scratch.page)
            scratch.pagesRead += 1
            for entry in scratch.page.elements where entry.key == key { body(entry.document) }
            number += 1
        }
    }

    /// The last page that begins below the key: entries of the key can begin there.
    private func firstPage(of key: UInt64) -> Int {
        // Keys are hashes: a page lies about where an even spread puts it. From there the search widens.
        let guess = Int(key.multipliedFullWidth(by: UInt64(layout.pages)).high)
        var step = 16
        var low = guess
        while low > 0 && directory[low].firstKey >= key {
            low = max(0, low - step)
            step *= 4
        }
        step = 16
        var high = guess
        while high < layout.pages && directory[high].firstKey < key {
            high = min(layout.pages, high + step)
            step *= 4
        }
        while low < high {
            let middle = (low + high) / 2
            if directory[middle].firstKey < key { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private func read(page number: Int, into page: inout Buffer<BandEntry>) throws(Failure) {
        let first = number * Self.entriesPerPage
        let entries = min(Self.entriesPerPage, count - first)
        page.removeAll()
        let start = page.reserve(entries)
        let room = UnsafeMutableRawBufferPointer(start: start, count: entries * MemoryLayout<BandEntry>.stride)
        let offset = layout.entriesStart + first * MemoryLayout<BandEntry>.stride
        guard try file.read(at: Int64(offset), into: room) == room.count,
            hash64(UnsafeRawBufferPointer(room)) == directory[number].check
        else { throw damaged("entries \(first) to \(first + entries)", at: offset) }
        page.advance(entries)
    }

    private func damaged(_ what: String, at offset: Int) -> Failure {
        Self.damaged(path, what, at: offset)
    }

    private static func damaged(_ path: String, _ what: String, at offset: Int) -> Failure {
        Failure("\(path): damaged: the \(what) (from byte \(offset)) are not what was written")
    }

    /// Reads all of it.
    ///
    /// - Throws: when anything in it is not what was written.
    package func verify() throws(Failure) {
        guard try file.status().size == Int64(layout.fileBytes) else {
            throw Failure("\(path): damaged: \(try file.status().size) bytes long, not \(layout.fileBytes)")
        }
        var page = Buffer<BandEntry>()
        for number in 0..<layout.pages { try read(page: number, into: &page) }
    }

    // MARK: Opening

    private struct Header: BitwiseCopyable {
        static let magic: UInt64 = 0x3130_646E_6162_7064  // "dpband01"
        let magic: UInt64
        let entries: UInt64
        let firstWord: UInt64
        let endWord: UInt64
        let directoryCheck: UInt64
        let filterCheck: UInt64
        let sharedCheck: UInt64
    }

    static func path(_ number: Int, in folder: String) -> String {
        let digits = String(number)
        return folder + "/bands-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Opens a segment and verifies all of it but its entries.
    ///
    /// - Parameter inMemory: whether directory and filter are read into memory, not mapped.
    package convenience init(_ info: Info, in folder: String, inMemory: Bool) throws(Failure) {
        try self.init(info, try File(Self.path(info.number, in: folder), .read), inMemory: inMemory)
    }

    private init(_ info: Info, _ file: consuming File, inMemory: Bool) throws(Failure) {
        let layout = Layout(entries: info.entries)
        let path = file.path
        var header = Buffer<UInt8>(capacity: Self.alignment)
        let room = UnsafeMutableRawBufferPointer(start: header.reserve(Self.alignment), count: Self.alignment)
        guard try file.read(at: 0, into: room) == room.count, hash64(UnsafeRawBufferPointer(room)) == info.check
        else { throw Self.damaged(path, "first bytes", at: 0) }
        guard try file.status().size == Int64(layout.fileBytes) else {
            throw Failure("\(path): damaged: \(try file.status().size) bytes long, not \(layout.fileBytes)")
        }
        let fields = room.loadUnaligned(as: Header.self)
        let bytes = layout.searchedBytes
        var copy = Buffer<UInt8>()
        var mapping: Mapping?
        let base: UnsafeRawPointer
        if inMemory {
            copy = Buffer(capacity: bytes)
            let room = UnsafeMutableRawBufferPointer(start: copy.reserve(bytes), count: bytes)
            guard try file.read(at: Int64(layout.directoryStart), into: room) == bytes else {
                throw Self.damaged(path, "directory and filters", at: layout.directoryStart)
            }
            copy.advance(bytes)
            base = UnsafeRawPointer(copy.base)
        } else {
            let mapped = try Mapping(file, at: Int64(layout.directoryStart), count: bytes)
            mapping = mapped
            base = mapped.bytes.baseAddress!
        }
        let directory = UnsafeRawBufferPointer(start: base, count: layout.directoryBytes)
        let filter = UnsafeRawBufferPointer(start: base + layout.directoryBytes, count: layout.filterBytes)
        guard Hash128(directory).low == fields.directoryCheck else {
            throw Self.damaged(path, "first keys of its pages", at: layout.directoryStart)
        }
        guard Hash128(filter).low == fields.filterCheck else {
            throw Self.damaged(path, "bits of its filter", at: layout.filterStart)
        }
        let shared = UnsafeRawBufferPointer(
            start: base + layout.sharedStart - layout.directoryStart, count: layout.sharedBytes)
        guard Hash128(shared).low == fields.sharedCheck else {
            throw Self.damaged(path, "bits of its filter of shared keys", at: layout.sharedStart)
        }
        mapping?.expectScatteredReads()
        self.info = info
        self.file = file
        self.layout = layout
        self.mapping = mapping
        self.copy = copy
        self.directory = directory.baseAddress!.assumingMemoryBound(to: PageInfo.self)
        self.filter = BloomFilter(
            words: filter.baseAddress!.assumingMemoryBound(to: UInt64.self), blocks: layout.filterBlocks)
        self.shared = BloomFilter(
            words: shared.baseAddress!.assumingMemoryBound(to: UInt64.self), blocks: layout.sharedBlocks)
    }

    package func sync() throws(Failure) { try file.sync() }

    // MARK: Writing

    /// Where a new segment goes.
    package struct Target {
        let folder: String
        let number: Int
        /// Whether it is gone once it is closed.
        let isTemporary: Bool
        let inMemory: Bool

        package init(folder: String, number: Int, isTemporary: Bool, inMemory: Bool) {
            self.folder = folder
            self.number = number
            self.isTemporary = isTemporary
            self.inMemory = inMemory
        }
    }

    /// Writes a segment, entry by entry, in ascending order of keys.
    ///
    /// The number of entries is known before, so that directory, filters and entries grow side by side in one file, and
    /// no memory is taken but for what waits to be written.
    private struct Writer: ~Copyable {
        private static let pendingBytes = 256 << 10

        /// A part of the file that is written from its start to its end.
        private struct Part: ~Copyable {
            var pending = Buffer<UInt8>(capacity: Writer.pendingBytes)
            var offset: Int
            var hash = RunningHash()

            init(offset: Int) { self.offset = offset }

            mutating func append(_ bytes: UnsafeRawBufferPointer, _ file: borrowing File) throws(Failure) {
                pending.append(contentsOf: bytes.assumingMemoryBound(to: UInt8.self))
                if pending.count >= Writer.pendingBytes { try flush(file) }
            }

            mutating func flush(_ file: borrowing File) throws(Failure) {
                hash.update(pending.bytes)
                try file.write(pending.bytes, at: Int64(offset))
                offset += pending.count
                pending.removeAll()
            }

            /// Fills up with zeros and returns the checksum of all.
            mutating func finish(at end: Int, _ file: borrowing File) throws(Failure) -> UInt64 {
                let missing = end - offset - pending.count
                pending.reserve(missing).update(repeating: 0, count: missing)
                pending.advance(missing)
                try flush(file)
                return hash.value.low
            }
        }

        /// A filter, whose blocks fill one after the other as the keys rise.
        private struct FilterPart: ~Copyable {
            private var part: Part
            private let blocks: Int
            private var block = Buffer<UInt64>(capacity: BloomFilter.wordsPerBlock)
            private var number = 0

            init(offset: Int, blocks: Int) {
                part = Part(offset: offset)
                self.blocks = blocks
                clear()
            }

            private mutating func clear() {
                block.removeAll()
                block.reserve(BloomFilter.wordsPerBlock).update(repeating: 0, count: BloomFilter.wordsPerBlock)
                block.advance(BloomFilter.wordsPerBlock)
            }

            mutating func insert(_ key: UInt64, _ file: borrowing File) throws(Failure) {
                try finishBlocks(before: BloomFilter.block(of: key, blocks: blocks), file)
                BloomFilter.insert(key, into: block.base)
            }

            private mutating func finishBlocks(before end: Int, _ file: borrowing File) throws(Failure) {
                while number < end {
                    try part.append(block.bytes, file)
                    clear()
                    number += 1
                }
            }

            mutating func finish(at end: Int, _ file: borrowing File) throws(Failure) -> UInt64 {
                try finishBlocks(before: blocks, file)
                return try part.finish(at: end, file)
            }
        }

        private let target: Target
        private let documents: Range<Int>
        private let file: File
        private let layout: Layout
        private var directory: Part
        private var filter: FilterPart
        private var shared: FilterPart
        private var entries: Part
        private var page = Buffer<BandEntry>(capacity: BandSegment.entriesPerPage)
        private var last: UInt64?

        init(_ target: Target, entries count: Int, documents: Range<Int>) throws(Failure) {
            self.target = target
            self.documents = documents
            let path = BandSegment.path(target.number, in: target.folder)
            file = try File(path, target.isTemporary ? .temporary : .create)
            layout = Layout(entries: count)
            directory = Part(offset: layout.directoryStart)
            filter = FilterPart(offset: layout.filterStart, blocks: layout.filterBlocks)
            shared = FilterPart(offset: layout.sharedStart, blocks: layout.sharedBlocks)
            entries = Part(offset: layout.entriesStart)
        }

        mutating func append(_ entry: BandEntry) throws(Failure) {
            if entry.key == last {
                try shared.insert(entry.key, file)
            } else {
                try filter.insert(entry.key, file)
                last = entry.key
            }
            page.append(entry)
            if page.count == BandSegment.entriesPerPage { try finishPage() }
        }

        private mutating func finishPage() throws(Failure) {
            try withUnsafeBytes(of: PageInfo(firstKey: page[0].key, check: hash64(page.bytes))) {
                bytes throws(Failure) in try directory.append(bytes, file)
            }
            try entries.append(page.bytes, file)
            page.removeAll()
        }

        consuming func finish() throws(Failure) -> BandSegment {
            if !page.isEmpty { try finishPage() }
            let directoryCheck = try directory.finish(at: layout.filterStart, file)
            let filterCheck = try filter.finish(at: layout.sharedStart, file)
            let sharedCheck = try shared.finish(at: layout.entriesStart, file)
            _ = try entries.finish(at: layout.fileBytes, file)
            var header = Buffer<UInt8>(capacity: BandSegment.alignment)
            header.reserve(BandSegment.alignment).update(repeating: 0, count: BandSegment.alignment)
            header.advance(BandSegment.alignment)
            UnsafeMutableRawPointer(header.base).storeBytes(
                of: Header(
                    magic: Header.magic, entries: UInt64(layout.entries), firstWord: UInt64(documents.lowerBound),
                    endWord: UInt64(documents.upperBound), directoryCheck: directoryCheck, filterCheck: filterCheck,
                    sharedCheck: sharedCheck),
                as: Header.self)
            try file.write(header.bytes, at: 0)
            let info = Info(
                number: target.number, entries: layout.entries, documents: documents, check: hash64(header.bytes))
            return try BandSegment(info, file, inMemory: target.inMemory)
        }
    }

    /// Writes a segment of so many entries, which `next` gives in ascending order of keys.
    ///
    /// - Parameter documents: the words of the document log that the documents lie in.
    package static func write(
        entries: Int, documents: Range<Int>, _ target: Target, next: () throws(Failure) -> BandEntry
    ) throws(Failure) -> BandSegment {
        var writer = try Writer(target, entries: entries, documents: documents)
        for _ in 0..<entries { try writer.append(try next()) }
        return try writer.finish()
    }

    /// Sorts and writes the entries of a table.
    static func seal(_ table: borrowing BandTable, documents: Range<Int>, _ target: Target) throws(Failure)
        -> BandSegment
    {
        let entries = sorted(table)
        var writer = try Writer(target, entries: entries.count, documents: documents)
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

    /// One segment of the entries of several, which follow each other in the order of their documents.
    static func merge(_ segments: [BandSegment], _ target: Target) throws(Failure) -> BandSegment {
        let count = segments.reduce(0) { $0 + $1.count }
        let documents = segments[0].info.documents.lowerBound..<segments.last!.info.documents.upperBound
        let cursors = segments.map(Cursor.init)
        for cursor in cursors { try cursor.advance() }
        return try write(entries: count, documents: documents, target) { () throws(Failure) in
            // Segments are few: the least key is found by looking at all. Of equal ones the earlier segment's comes
            // first, as its documents do.
            var least: Cursor?
            for cursor in cursors where cursor.entry != nil {
                if least == nil || cursor.entry!.key < least!.entry!.key { least = cursor }
            }
            let entry = least!.entry!
            try least!.advance()
            return entry
        }
    }

    private final class Cursor {
        private let segment: BandSegment
        @exclusivity(unchecked) private var page = Buffer<BandEntry>()
        @exclusivity(unchecked) private var inPage = 0
        @exclusivity(unchecked) private var nextPage = 0
        @exclusivity(unchecked) private(set) var entry: BandEntry?

        init(_ segment: BandSegment) { self.segment = segment }

        func advance() throws(Failure) {
            if inPage == page.count {
                if nextPage == segment.layout.pages {
                    entry = nil
                    return
                }
                try segment.read(page: nextPage, into: &page)
                nextPage += 1
                inPage = 0
            }
            entry = page[inPage]
            inPage += 1
        }
    }
}

/// Space for one thread that looks up in segments, and how many pages it read.
package struct PageScratch: ~Copyable {
    var page = Buffer<BandEntry>()
    package var pagesRead = 0

    package init() {}
}
