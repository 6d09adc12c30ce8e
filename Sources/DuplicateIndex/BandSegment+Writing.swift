package import Basics

// Writing segments: from the table in memory, from other segments, or from any ascending sequence of entries.
extension BandSegment {
    /// The file of a new segment.
    package struct Target {
        /// The folder of the file.
        let folder: String
        /// The segment's number, which determines the file's name.
        let number: Int
        /// Whether the file disappears once it is closed.
        let isTemporary: Bool
        /// Whether the finished segment holds its directory and filters in memory, and does not map them.
        let inMemory: Bool

        /// Creates a target; the properties explain the parameters.
        package init(folder: String, number: Int, isTemporary: Bool, inMemory: Bool) {
            self.folder = folder
            self.number = number
            self.isTemporary = isTemporary
            self.inMemory = inMemory
        }
    }

    /// Writes a segment entry by entry, in ascending order of keys.
    ///
    /// The number of entries is known at the start, so the offset of every part is too: directory, filters and entries
    /// are written at the same time, and only a small buffer for each is in memory.
    private struct Writer: ~Copyable {
        private static let pendingBytes = 256 << 10

        /// A part of the file, which is written from its start to its end.
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

            /// Pads the part with zeros up to the offset `end` and returns the checksum of the part.
            mutating func finish(at end: Int, _ file: borrowing File) throws(Failure) -> UInt64 {
                let missing = end - offset - pending.count
                pending.reserve(missing).update(repeating: 0, count: missing)
                pending.advance(missing)
                try flush(file)
                return hash.value.low
            }
        }

        /// A Bloom filter that is written block by block: the keys ascend, and so do their blocks.
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
            let info = IndexState.Segment(
                number: target.number, entries: layout.entries, documents: documents, check: hash64(header.bytes))
            return try BandSegment(info, file, inMemory: target.inMemory)
        }
    }

    /// Writes a segment with `entries` entries, which `next` returns in ascending order of keys.
    ///
    /// - Parameter documents: the range of log offsets of the documents.
    /// - Throws: if the file cannot be written, or an error of `next`.
    package static func write(
        entries: Int, documents: Range<Int>, _ target: Target, next: () throws(Failure) -> BandEntry
    ) throws(Failure) -> BandSegment {
        var writer = try Writer(target, entries: entries, documents: documents)
        for _ in 0..<entries { try writer.append(try next()) }
        return try writer.finish()
    }

    /// Writes the entries of a table, whose parts are sorted already.
    static func seal(_ table: [SortedEntries], documents: Range<Int>, _ target: Target) throws(Failure) -> BandSegment {
        var writer = try Writer(target, entries: table.reduce(0) { $0 + $1.entries.count }, documents: documents)
        for part in table { for entry in part.entries.elements { try writer.append(entry) } }
        return try writer.finish()
    }

    /// Merges segments, given in the order of their documents, into one.
    static func merge(_ segments: [BandSegment], _ target: Target) throws(Failure) -> BandSegment {
        let count = segments.reduce(0) { $0 + $1.count }
        let documents = segments[0].info.documents.lowerBound..<segments.last!.info.documents.upperBound
        let cursors = segments.map(Cursor.init)
        for cursor in cursors { try cursor.advance() }
        return try write(entries: count, documents: documents, target) { () throws(Failure) in
            // There are few segments, so a linear search for the smallest key is enough. Of equal keys, the one of the
            // earlier segment comes first, because its documents come first.
            var least: Cursor?
            for cursor in cursors where cursor.entry != nil {
                if least == nil || cursor.entry!.key < least!.entry!.key { least = cursor }
            }
            let entry = least!.entry!
            try least!.advance()
            return entry
        }
    }

    /// A reading position in a segment, for `merge`.
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
