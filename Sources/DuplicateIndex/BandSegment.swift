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
    static let alignment = 4096

    struct PageInfo: BitwiseCopyable {
        let firstKey: UInt64
        let check: UInt64
    }

    struct Layout {
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

    package let info: IndexState.Segment
    private let file: File
    let layout: Layout
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

    /// Has what a search will read of the filter come from memory.
    package func prefetch(_ key: UInt64) { filter.prefetch(key) }

    /// Whether some document may have the key. Of keys that none has, some 1 in 100 pass.
    package func mayContain(_ key: UInt64) -> Bool { filter.mayContain(key) }

    /// Whether several documents may have the key; where not, the one that has it is the only one.
    func mayBeShared(_ key: UInt64) -> Bool { shared.mayContain(key) }

    /// Calls `body` with every document that has the key.
    package func forEach(key: UInt64, _ scratch: inout PageScratch, _ body: (UInt64) -> Void) throws(Failure) {
        try scan(key: key, &scratch) {
            body($0)
            return true
        }
    }

    /// Calls `body` with the documents that have the key, ascending, until it returns false.
    func scan(key: UInt64, _ scratch: inout PageScratch, while body: (UInt64) -> Bool) throws(Failure) {
        var number = firstPage(of: key)
        while number < layout.pages && directory[number].firstKey <= key {
            try read(page: number, into: &scratch.page)
            scratch.pagesRead += 1
            for entry in scratch.page.elements where entry.key == key && !body(entry.document) { return }
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

    func read(page number: Int, into page: inout Buffer<BandEntry>) throws(Failure) {
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

    struct Header: BitwiseCopyable {
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

    /// Whether a file of this name can be a segment.
    static func isFileName(_ name: String) -> Bool {
        let digits = name.utf8.dropFirst(6)
        return name.utf8.starts(with: "bands-".utf8) && digits.count >= 6
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Opens a segment and verifies all of it but its entries.
    ///
    /// - Parameter inMemory: whether directory and filter are read into memory, not mapped.
    package convenience init(_ info: IndexState.Segment, in folder: String, inMemory: Bool) throws(Failure) {
        try self.init(info, try File(Self.path(info.number, in: folder), .read), inMemory: inMemory)
    }

    init(_ info: IndexState.Segment, _ file: consuming File, inMemory: Bool) throws(Failure) {
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
}

/// Space for one thread that looks up in segments, and how many pages it read.
package struct PageScratch: ~Copyable {
    var page = Buffer<BandEntry>()
    package var pagesRead = 0

    package init() {}
}
