internal import Basics

/// Which kept documents have a band key: a table in memory and, once that is full, sorted segments on the disk.
///
/// Segments of like size merge, so that their number grows with the logarithm of what they hold.
struct BandIndex: ~Copyable {
    /// Where segments are written.
    struct Files {
        let folder: String
        /// Whether they are gone when the process ends.
        let areTemporary: Bool
        var nextNumber: Int
    }

    private var table = BandTable()
    private(set) var segments: [BandSegment]
    private var files: Files
    /// Bytes that may be taken: half at most by filters and directories of segments, and by the table what these and
    /// `takenElsewhere` leave.
    private let memory: Int
    /// Bytes of `memory` that others take, a third at most.
    var takenElsewhere = 0
    private var segmentMemory = 0
    /// Where the documents of the table begin in the log.
    private(set) var tableStart: Int
    /// Segments that were merged into others since they were last asked for, by their numbers.
    private var retired: [Int] = []

    /// Opens the segments of earlier runs, which follow each other in the order of their documents.
    ///
    /// - Parameter stored: where they lie, and what the catalog says of them.
    init(
        stored: (folder: String, segments: [IndexState.Segment])? = nil, files: Files, memory: Int
    ) throws(Failure) {
        self.files = files
        self.memory = memory
        segments = []
        tableStart = 0
        if let stored {
            // The smallest first: they are looked at as often as the others, and take least.
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

    /// Segments that were merged into others since the last call.
    mutating func takeRetired() -> [Int] {
        defer { retired = [] }
        return retired
    }

    /// Entries, and how many of them are on the disk.
    var count: (all: Int, sealed: Int) {
        let sealed = segments.reduce(0) { $0 + $1.count }
        return (table.count + sealed, sealed)
    }

    /// Takes in the keys of a document, which comes after all others.
    mutating func insert(keys: UnsafeBufferPointer<UInt64>, document: Int) throws(Failure) {
        let room = max(memory - segmentMemory - takenElsewhere, memory / 6)
        if table.bytesToInsert(keys.count) > room { try seal(through: document) }
        table.insert(keys: keys, document: UInt64(document))
    }

    /// Has what inserting the keys will read come from memory.
    borrowing func prefetchForInsert(_ keys: UnsafeBufferPointer<UInt64>) { table.prefetch(keys) }

    /// Has what searching for the keys will read come from memory.
    borrowing func prefetchForSearch(_ keys: UnsafeBufferPointer<UInt64>) {
        table.prefetch(keys)
        for segment in segments { for key in keys { segment.prefetch(key) } }
    }

    /// Calls `body` with the documents in the table that have the key, the last one first, until it returns false.
    borrowing func scanTable(key: UInt64, while body: (UInt64) -> Bool) { table.scan(key: key, while: body) }

    /// Writes the table to a segment and merges it with others of its size.
    ///
    /// - Parameter end: the end of the table's documents in the log.
    mutating func seal(through end: Int) throws(Failure) {
        if table.count == 0 { return }
        segments.append(try BandSegment.seal(table, documents: tableStart..<end, target(entries: table.count)))
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

    /// Makes one of the segments from `first` on.
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
