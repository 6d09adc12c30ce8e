internal import Basics
internal import Corpus

/// The index of one output's kept documents: the document log, and the band keys of its documents.
final class KeptDocuments: @unchecked Sendable {
    // The stage that owns the index prevents overlapping accesses, so they are not checked for at run time.
    @exclusivity(unchecked) private(set) var bands: BandIndex
    @exclusivity(unchecked) private(set) var log: DocumentLog
    /// The number of kept documents.
    private(set) var documents: Int
    /// The number of shingles of all documents; a shingle counts once for each document that has it.
    private(set) var shingles: Int
    private let makeKeys: DuplicateIndex.KeyMaker
    private let crowds: CrowdedBuckets
    /// Buffers that are not used at present.
    private let buffers = Locked<[RecordBuffer]>([])

    /// The capacity, in words, up to which a buffer is used again.
    private static let largestBuffer = 1 << 20

    /// The memory in which records are put together before they are written.
    private final class RecordBuffer: @unchecked Sendable {
        @exclusivity(unchecked) var records = Buffer<UInt64>()
    }

    /// The longest part at the end of the log, in words, whose band keys need not be in a segment when a run ends. The
    /// next run has to read this part to rebuild the table.
    private static let longestReplay = 8 << 20

    /// Creates an empty index in files that disappear when the process ends.
    init(temporaryIn folder: String, memory: Int, keys: @escaping DuplicateIndex.KeyMaker) throws(Failure) {
        makeKeys = keys
        crowds = CrowdedBuckets(memory: memory / 3)
        bands = try BandIndex(files: .init(folder: folder, areTemporary: true, nextNumber: 1), memory: memory)
        log = try DocumentLog.temporary(in: folder)
        documents = 0
        shingles = 0
    }

    /// Opens the index of earlier runs.
    ///
    /// - Parameters:
    ///   - scratch: the folder of new segments if the stored documents are only read; nil to add documents to the
    ///     stored index.
    ///   - keys: makes the band keys of a set of shingles.
    init(
        _ stored: DuplicateIndex.Stored, scratch: String?, memory: Int,
        keys: @escaping DuplicateIndex.KeyMaker
    ) throws(Failure) {
        makeKeys = keys
        crowds = CrowdedBuckets(memory: memory / 3)
        let (folder, state) = (stored.folder, stored.state)
        bands = try BandIndex(
            stored: (folder, state.segments),
            files: .init(
                folder: scratch ?? folder, areTemporary: scratch != nil,
                nextNumber: (state.segments.map(\.number).max() ?? 0) + 1), memory: memory)
        log = try DocumentLog.open(
            in: folder, words: state.position.words, identity: stored.identity, isReadOnly: scratch != nil)
        documents = state.position.documents
        shingles = state.position.shingles
        // The last documents are in no segment yet: read them from the log to rebuild the table.
        var room = Buffer<UInt64>()
        try log.forEach(from: bands.tableStart) { document, record, words throws(Failure) in
            room.removeAll()
            keys(record.shingles(in: words), &room)
            try bands.insert(keys: room.elements, document: document)
        }
    }

    /// Begins to add documents, which must come after all others in the corpus (see `DuplicateIndex.begin`).
    func begin(_ documents: [NewDocument], threads: Int) throws(Failure) -> Insertion {
        if !hasRoom(for: documents) { try seal() }
        return Insertion(documents, offsets: try log.offsets(of: documents), threads: threads)
    }

    /// Does a part of an insertion. Parts may be done on several threads at the same time.
    func run(_ part: Insertion.Part, of insertion: Insertion) throws(Failure) {
        switch part {
        case .keys(let parts): bands.insert(insertion.documents, at: insertion.offsets, into: parts)
        case .records(let range):
            let buffer = buffers.withLock { $0.popLast() } ?? RecordBuffer()
            // A very large one is not kept: each thread might have one.
            defer { if buffer.records.capacity < Self.largestBuffer { buffers.withLock { $0.append(buffer) } } }
            try log.write(insertion.documents[range], at: insertion.offsets[range.lowerBound], &buffer.records)
        }
    }

    /// Makes the documents of an insertion visible to lookups, after all its parts have been done.
    func end(_ insertion: Insertion) {
        log.extend(to: insertion.offsets.last!)
        documents += insertion.documents.count
        shingles += insertion.documents.reduce(0) { $0 + $1.shingles.count }
    }

    /// The end of the documents that lookups find.
    var position: IndexState.Position {
        IndexState.Position(words: log.written, documents: documents, shingles: shingles)
    }

    /// Writes the table to a segment if the next run would otherwise have to read a long part of the log again.
    func sealLongTable() throws(Failure) {
        if hasLongTable { try seal() }
    }

    /// Whether the next run would have to read a long part of the log again to rebuild the table.
    var hasLongTable: Bool { log.written - bands.tableStart > Self.longestReplay }

    /// Whether the table has room for the keys of these documents.
    func hasRoom(for documents: [NewDocument]) -> Bool {
        bands.takenElsewhere = crowds.memory
        return bands.hasRoom(entries: Self.entries(of: documents))
    }

    private static func entries(of documents: [NewDocument]) -> Int { documents.reduce(0) { $0 + $1.keys.count } }

    /// Writes the table to a segment.
    ///
    /// - Parameter sorted: the sorted entries of all parts of the table; nil to sort them here.
    func seal(_ sorted: [SortedEntries]? = nil) throws(Failure) {
        try bands.seal(through: log.written, sorted)
    }

    /// Returns the numbers of the segments that were merged into others since the last call.
    func takeRetired() -> [Int] { bands.takeRetired() }

    /// Merges all band keys into one segment.
    func compact() throws(Failure) {
        try seal()
        try bands.merge(from: 0)
    }

    // MARK: Looking up

    /// Returns the earliest document that has a band key in common with this one and matches it.
    func twin(
        keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>, _ match: Match,
        _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) -> DuplicateIndex.Twin? {
        workspace.begin()
        workspace.lookups += keys.count
        let wanted = match.sizes(forDuplicatesOf: shingles.count)
        for band in keys.indices {
            let before = workspace.hits.count
            bands.scanTable(key: keys[band]) { workspace.add($0, band, since: before) }
            workspace.noteCrowd(in: band, since: before)
        }
        for segment in bands.segments { try addHits(in: segment, keys, wanted: wanted, workspace) }
        for band in workspace.crowded {
            try addHits(inCrowd: band, keys[band], shingles, wanted: wanted, match, workspace)
        }
        if workspace.hits.isEmpty && workspace.buckets.isEmpty { return nil }
        workspace.hits.sort { ($0.document, $0.band) < ($1.document, $1.band) }
        var first = 0
        while first < workspace.hits.count {
            let document = workspace.hits[first].document
            var end = first + 1
            while end < workspace.hits.count && workspace.hits[end].document == document { end += 1 }
            let record = try read(document, wanted: wanted, workspace)
            if wanted.contains(record.shingleCount),
                let overlap = match.overlap(shingles, record.shingles(in: workspace.record))
            {
                let bands = workspace.bands(ofHits: first..<end)
                workspace.countCandidates(before: document, hits: first, bands: bands.count)
                return DuplicateIndex.Twin(
                    place: record.place, id: record.id(in: workspace.record), overlap: overlap, bands: bands)
            }
            first = end
        }
        workspace.countCandidates()
        return nil
    }

    /// Adds the documents of a segment that have a band key in common with this one as hits.
    ///
    /// A duplicate has most of its keys in common with one document. Once one key has led to that document, its record,
    /// which is needed anyway to compare the shingles, gives its other keys. A key of the document that the segment's
    /// filter of shared keys does not contain belongs to that document alone, so its page need not be read.
    private func addHits(
        in segment: BandSegment, _ keys: UnsafeBufferPointer<UInt64>, wanted: ClosedRange<Int>,
        _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) {
        workspace.passing.removeAll(keepingCapacity: true)
        for band in keys.indices where segment.mayContain(keys[band]) { workspace.passing.append(band) }
        var known: Int?
        for (number, band) in workspace.passing.enumerated() where !workspace.crowded.contains(band) {
            if let known, workspace.keys[band] == keys[band], !segment.mayBeShared(keys[band]) {
                workspace.hits.append(.init(document: known, band: band))
                continue
            }
            let before = workspace.hits.count
            try segment.scan(key: keys[band], &workspace.pages) { workspace.add($0, band, since: before) }
            workspace.noteCrowd(in: band, since: before)
            if known == nil, workspace.hits.count == before + 1, workspace.passing.count > number + 2 {
                let document = workspace.hits[before].document
                let record = try read(document, wanted: wanted, workspace)
                if wanted.contains(record.shingleCount) {
                    workspace.keys.removeAll()
                    makeKeys(record.shingles(in: workspace.record), &workspace.keys)
                    known = document
                }
            }
        }
    }

    /// Adds those documents of a crowded bucket that may match as hits. Without a bucket it adds all documents with the
    /// key.
    private func addHits(
        inCrowd band: Int, _ key: UInt64, _ shingles: UnsafeBufferPointer<UInt64>, wanted: ClosedRange<Int>,
        _ match: Match, _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) {
        workspace.hits.removeAll { $0.band == band }
        let bucket = try crowds.bucket(key, match, through: log.written) { start, body throws(Failure) in
            try forEach(key: key, from: start, &workspace.pages, body)
        } read: { document, body throws(Failure) in
            let record = try log.read(document, wanted: 0...Int.max, into: &workspace.record)
            workspace.document = nil
            body(record.shingles(in: workspace.record))
        }
        guard let bucket else {
            try forEach(key: key, from: 0, &workspace.pages) {
                workspace.hits.append(.init(document: $0, band: band))
            }
            return
        }
        workspace.buckets.append((bucket, band))
        bucket.forEachCandidate(of: shingles, sizes: wanted, &workspace.keys) {
            workspace.hits.append(.init(document: $0, band: band))
        }
    }

    /// Calls `body` with every document that has a key and is at or after the log offset `start`, in no particular
    /// order.
    private func forEach(
        key: UInt64, from start: Int, _ pages: inout PageScratch, _ body: (Int) -> Void
    ) throws(Failure) {
        bands.scanTable(key: key) {
            if $0 >= start { body(Int($0)) }
            return $0 >= start
        }
        for segment in bands.segments where segment.info.documents.upperBound > start && segment.mayContain(key) {
            try segment.scan(key: key, &pages) {
                if $0 >= start { body(Int($0)) }
                return true
            }
        }
    }

    /// Reads the record of a document, unless it is the record that was read last.
    private func read(
        _ document: Int, wanted: ClosedRange<Int>, _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) -> DocumentLog.Record {
        if let last = workspace.document, last.place == document { return last.record }
        let record = try log.read(document, wanted: wanted, into: &workspace.record)
        workspace.document = (document, record)
        return record
    }
}
