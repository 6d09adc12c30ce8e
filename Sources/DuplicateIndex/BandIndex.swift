internal import Basics

/// Maps band keys to the kept documents that have them. Recent entries are in a table in memory; when the table is
/// full, it is written to the disk as a sorted segment.
///
/// Segments of similar size are merged (a log-structured merge tree), so that the number of segments grows with the
/// logarithm of the number of entries.
struct BandIndex: ~Copyable {
    /// The files that new segments are written to.
    struct Files {
        /// The folder of the files.
        let folder: String
        /// Whether the files disappear when the process ends.
        let areTemporary: Bool
        /// The number of the next segment; it determines the file's name.
        var nextNumber: Int
    }

    private var table = BandTable()
    private(set) var segments: [BandSegment]
    private var files: Files
    /// The index's memory in bytes. The filters and directories of segments take at most half of it, and the crowded
    /// buckets take `takenElsewhere`. The table may take the rest, and always a sixth.
    private let memory: Int
    /// The bytes of `memory` that the crowded buckets take, at most a third.
    var takenElsewhere = 0
    private var segmentMemory = 0
    /// The log offset of the first document in the table. The documents before it are in segments.
    private(set) var tableStart: Int
    /// The numbers of segments that were merged into others since the last call of `takeRetired`.
    private var retired: [Int] = []

    /// Opens the segments of earlier runs, in the order of their documents.
    ///
    /// - Parameter stored: the folder of the segments, and their catalog entries.
    init(
        stored: (folder: String, segments: [IndexState.Segment])? = nil, files: Files, memory: Int
    ) throws(Failure) {
        self.files = files
        self.memory = memory
        segments = []
        tableStart = 0
        if let stored {
            // Load the filters of the smallest segments into memory: every lookup uses all filters, and small filters
            // take least memory.
            var inMemory: Set<Int> = []
            for info in stored.segments.sorted(by: { $0.entries < $1.entries }) {
                let needed = BandSegment.memory(entries: info.entries)
                if segmentMemory + needed > memory / 2 { break }
                segmentMemory += needed
                inMemory.insert(info.number)
            }
            for info in stored.segments {
                segments.append(try BandSegment(info, in: stored.folder, inMemory: inMemory.contains(info.number)))
                tableStart = info.documents.upperBound
            }
        }
    }

    /// Returns the numbers of the segments that were merged into others since the last call.
    mutating func takeRetired() -> [Int] {
        defer { retired = [] }
        return retired
    }

    /// The number of entries, and the number of those that are in segments.
    var count: (all: Int, sealed: Int) {
        let sealed = segments.reduce(0) { $0 + $1.count }
        return (table.count + sealed, sealed)
    }

    /// Adds the keys of a document, which must come after all others in the log. Writes the table to a segment first if
    /// it has no room.
    mutating func insert(keys: UnsafeBufferPointer<UInt64>, document: Int) throws(Failure) {
        if !hasRoom(entries: keys.count) { try seal(through: document) }
        table.insert(keys: keys, document: UInt64(document))
    }

    /// Whether the table has room for further entries, or is empty.
    borrowing func hasRoom(entries: Int) -> Bool {
        let room = max(memory - segmentMemory - takenElsewhere, memory / 6)
        return table.count == 0 || table.bytesToInsert(entries) <= room
    }

    /// Returns the entries of a part of the table, sorted for `seal`. Several threads may call it at the same time.
    borrowing func sortedEntries(ofPart part: Int) -> SortedEntries { table.sortedEntries(ofPart: part) }

    /// Adds those keys of some documents that belong to the given parts of the table. Several threads may call it at the
    /// same time with other parts.
    ///
    /// - Parameter offsets: the log offset of each document.
    borrowing func insert(_ documents: [NewDocument], at offsets: [Int], into parts: Range<Int>) {
        table.insert(documents, at: offsets, into: parts)
    }

    /// Prefetches the cache lines that looking up these keys will touch.
    borrowing func prefetchForSearch(_ keys: UnsafeBufferPointer<UInt64>) {
        table.prefetch(keys)
        for segment in segments { for key in keys { segment.prefetch(key) } }
    }

    /// Calls `body` with the documents in the table that have the key, the latest first, until it returns false.
    borrowing func scanTable(key: UInt64, while body: (UInt64) -> Bool) { table.scan(key: key, while: body) }

    /// Writes the table to a segment and merges it with earlier segments that are at most twice as large.
    ///
    /// - Parameters:
    ///   - end: the end of the table's documents in the log.
    ///   - sorted: the sorted entries of all parts of the table; nil to sort them here.
    mutating func seal(through end: Int, _ sorted: [SortedEntries]? = nil) throws(Failure) {
        if table.count == 0 { return }
        let target = target(entries: table.count)
        segments.append(
            try BandSegment.seal(sorted ?? table.sortedEntries(), documents: tableStart..<end, target))
        table.removeAll()
        tableStart = end
        var first = segments.count - 1
        var merged = segments[first].count
        while first > 0, segments[first - 1].count <= merged * 2 {
            first -= 1
            merged += segments[first].count
        }
        try merge(from: first)
    }

    /// Merges the segments from index `first` on into one.
    mutating func merge(from first: Int) throws(Failure) {
        if first < segments.count - 1 {
            let merged = segments[first...].reduce(0) { $0 + $1.count }
            let new = try BandSegment.merge(Array(segments[first...]), target(entries: merged))
            retired += segments[first...].map(\.info.number)
            segments.replaceSubrange(first..., with: [new])
        }
        segmentMemory = segments.reduce(0) { $0 + $1.memory }
    }

    private mutating func target(entries: Int) -> BandSegment.Target {
        defer { files.nextNumber += 1 }
        let needed = BandSegment.memory(entries: entries)
        return BandSegment.Target(
            folder: files.folder, number: files.nextNumber, isTemporary: files.areTemporary,
            inMemory: segmentMemory + needed <= memory / 2)
    }
}
