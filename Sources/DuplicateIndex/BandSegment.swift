package import Basics

/// Band entries on the disk, sorted by key: an immutable file in which checksums protect every part.
///
///     header     4,096 bytes: format, number of entries, range of documents, checksums of the next three parts
///     directory  16 bytes for each page of entries: the page's first key and its checksum
///     filter     Bloom filter of all keys: a block of 64 bytes for every 42 entries
///     shared     Bloom filter of the keys that several documents have: 64 bytes for every 512 entries
///     entries    16 bytes each, in pages of 256
///
/// Directory and filters are padded to multiples of 4,096 bytes. Every search uses them, so they are read into memory,
/// or mapped if memory does not suffice. Their checksums are verified when the segment is opened; the checksum of a
/// page is verified whenever the page is read.
package final class BandSegment: @unchecked Sendable {
    static let entriesPerPage = 256
    static let alignment = 4096

    /// A directory entry: the first key and the checksum of a page.
    struct PageInfo: BitwiseCopyable {
        let firstKey: UInt64
        let check: UInt64
    }

    /// The sizes in bytes and offsets in the file of the parts of a segment.
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
        /// The size of directory and filters, which every search uses.
        var searchedBytes: Int { entriesStart - directoryStart }
        var fileBytes: Int { entriesStart + entries * MemoryLayout<BandEntry>.stride }
    }

    /// The catalog's entry for this segment.
    package let info: IndexState.Segment
    private let file: File
    let layout: Layout
    /// The directory and the filters are either mapped or copied into memory.
    private let mapping: Mapping?
    private let copy: Buffer<UInt8>
    private let directory: UnsafePointer<PageInfo>
    private let filter: BloomFilter
    private let shared: BloomFilter

    var path: String { file.path }
    var count: Int { layout.entries }
    /// The memory that the segment takes, in bytes, without mapped parts.
    var memory: Int { copy.capacity }
    /// The size in bytes of the file of a segment with this number of entries.
    package static func fileBytes(entries: Int) -> Int { Layout(entries: entries).fileBytes }

    /// The memory in bytes that directory and filters of this number of entries take if they are not mapped.
    package static func memory(entries: Int) -> Int { Layout(entries: entries).searchedBytes }

    // MARK: Looking up

    /// Prefetches the cache line of the filter that a search for the key will touch.
    package func prefetch(_ key: UInt64) { filter.prefetch(key) }

    /// Whether a document may have the key. About 1 in 100 of the keys that no document has passes.
    package func mayContain(_ key: UInt64) -> Bool { filter.mayContain(key) }

    /// Whether several documents may have the key. If false, at most one document in the segment has it.
    func mayBeShared(_ key: UInt64) -> Bool { shared.mayContain(key) }

    /// Calls `body` with every document that has the key.
    ///
    /// - Throws: if a page cannot be read or is damaged.
    package func forEach(key: UInt64, _ scratch: inout PageScratch, _ body: (UInt64) -> Void) throws(Failure) {
        try scan(key: key, &scratch) {
            body($0)
            return true
        }
    }

    /// Calls `body` with the documents that have the key, in ascending order, until it returns false.
    func scan(key: UInt64, _ scratch: inout PageScratch, while body: (UInt64) -> Bool) throws(Failure) {
        var number = firstPage(of: key)
        while number < layout.pages && directory[number].firstKey <= key {
            try read(page: number, into: &scratch.page)
            scratch.pagesRead += 1
            for entry in scratch.page.elements where entry.key == key && !body(entry.document) { return }
            number += 1
        }
    }

    /// The index of the last page whose first key is below the key: entries with the key can begin in that page.
    private func firstPage(of key: UInt64) -> Int {
        // Keys are hashes and evenly spread, so the page can be estimated. The search widens from the estimate.
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
        Failure("\(path): damaged: the checksum of the \(what) (from byte \(offset)) is wrong")
    }

    /// Reads and verifies the whole file.
    ///
    /// - Throws: if any part of it is damaged.
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

    /// Whether `name` has the form of a segment's file name.
    static func isFileName(_ name: String) -> Bool {
        let digits = name.utf8.dropFirst(6)
        return name.utf8.starts(with: "bands-".utf8) && digits.count >= 6
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Opens a segment and verifies everything but its entries.
    ///
    /// - Parameter inMemory: whether directory and filters are read into memory, and not mapped.
    /// - Throws: if the file cannot be read or is damaged.
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

    /// Waits until the file is on the disk.
    package func sync() throws(Failure) { try file.sync() }
}

/// A buffer that one thread reuses for its searches in segments, and the number of pages that these have read.
package struct PageScratch: ~Copyable {
    var page = Buffer<BandEntry>()
    /// The number of pages read.
    package var pagesRead = 0

    package init() {}
}
