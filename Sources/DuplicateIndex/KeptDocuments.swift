internal import Basics
internal import Corpus

/// The kept documents of one output: their log, and the index of their band keys.
final class KeptDocuments: @unchecked Sendable {
    // The owner sees to it that accesses do not overlap: no looking for such at run time.
    @exclusivity(unchecked) private(set) var bands: BandIndex
    @exclusivity(unchecked) private(set) var log: DocumentLog
    private(set) var documents: Int
    /// Distinct within each document.
    private(set) var shingles: Int
    private let makeKeys: DuplicateIndex.KeyMaker
    private let crowds: CrowdedBuckets

    /// A log that is read again from its table's start at most, after a run that ended in good order, in words.
    private static let longestReplay = 8 << 20

    /// Nothing yet, in files that are gone when the process ends.
    init(temporaryIn folder: String, memory: Int, keys: @escaping DuplicateIndex.KeyMaker) throws(Failure) {
        makeKeys = keys
        crowds = CrowdedBuckets(memory: memory / 3)
        bands = try BandIndex(files: .init(folder: folder, areTemporary: true, nextNumber: 1), memory: memory)
        log = try DocumentLog.temporary(in: folder)
        documents = 0
        shingles = 0
    }

    /// The documents of earlier runs.
    ///
    /// - Parameters:
    ///   - scratch: where new segments go, for documents that are only looked at; nil to add to them.
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
        // The keys of the last documents are in no segment yet.
        var room = Buffer<UInt64>()
        try log.forEach(from: bands.tableStart) { document, record, words throws(Failure) in
            room.removeAll()
            keys(record.shingles(in: words), &room)
            try bands.insert(keys: room.elements, document: document)
        }
    }

    func insert(
        _ place: Place, id: DocumentIDBytes, keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>
    ) throws(Failure) {
        let document = try log.append(place, id: id, shingles: shingles)
        try bands.insert(keys: keys, document: document)
        documents += 1
        self.shingles += shingles.count
    }

    /// Has what was inserted be found.
    func flush() throws(Failure) {
        try log.flush()
        bands.takenElsewhere = crowds.memory
    }

    var position: IndexState.Position {
        IndexState.Position(words: log.written, documents: documents, shingles: shingles)
    }

    /// Writes the table to a segment, where the next run would have much to read again.
    func sealLongTable() throws(Failure) {
        if log.written - bands.tableStart > Self.longestReplay { try bands.seal(through: log.written) }
    }

    /// Segments that were merged into others since the last call, by their numbers.
    func takeRetired() -> [Int] { bands.takeRetired() }

    /// Makes one segment of all.
    func compact() throws(Failure) {
        try bands.seal(through: log.written)
        try bands.merge(from: 0)
    }

    // MARK: Looking up

    /// The earliest document that shares a band with this one and matches it.
    func twin(
        keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>, _ match: Match,
        _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) -> DuplicateIndex.Twin? {
        workspace.begin()
        workspace.lookups += keys.count
        let wanted = match.sizes(forDuplicatesOf: shingles.count)
        // What is not flushed cannot be read yet.
        let written = log.written
        for band in keys.indices {
            let before = workspace.hits.count
            bands.scanTable(key: keys[band]) { $0 >= written || workspace.add($0, band, since: before) }
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

    /// Adds the documents of a segment that share a band with this one.
    ///
    /// A duplicate shares most of its bands with one document. Once that is found by one band, its record, which is
    /// needed anyway, tells which of the others it has too; where a key has no other document, its page is not read.
    private func addHits(
        in segment: BandSegment, _ keys: UnsafeBufferPointer<UInt64>, wanted: ClosedRange<Int>,
        _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) {
        workspace.passing.removeAll(keepingCapacity: true)
        for band in keys.indices where segment.mayContain(keys[band]) { workspace.passing.append(band) }
        let written = log.written
        var known: Int?
        for (number, band) in workspace.passing.enumerated() where !workspace.crowded.contains(band) {
            if let known, workspace.keys[band] == keys[band], !segment.mayBeShared(keys[band]) {
                workspace.hits.append(.init(document: known, band: band))
                continue
            }
            let before = workspace.hits.count
            try segment.scan(key: keys[band], &workspace.pages) {
                $0 >= written || workspace.add($0, band, since: before)
            }
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

    /// Adds the documents of a crowded bucket that can match.
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

    /// Every document that has a key and stands behind `start` in the log, in no order.
    private func forEach(
        key: UInt64, from start: Int, _ pages: inout PageScratch, _ body: (Int) -> Void
    ) throws(Failure) {
        let written = log.written
        bands.scanTable(key: key) {
            if $0 < written && $0 >= start { body(Int($0)) }
            return $0 >= start
        }
        for segment in bands.segments where segment.info.documents.upperBound > start && segment.mayContain(key) {
            try segment.scan(key: key, &pages) {
                if $0 < written && $0 >= start { body(Int($0)) }
                return true
            }
        }
    }

    /// Reads a record, if it is not the one that was read last.
    private func read(
        _ document: Int, wanted: ClosedRange<Int>, _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) -> DocumentLog.Record {
        if let last = workspace.document, last.place == document { return last.record }
        let record = try log.read(document, wanted: wanted, into: &workspace.record)
        workspace.document = (document, record)
        return record
    }
}
