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

    /// A log that is read again from its table's start at most, after a run that ended in good order, in words.
    private static let longestReplay = 8 << 20

    /// Nothing yet, in files that are gone when the process ends.
    init(temporaryIn folder: String, memory: Int, keys: @escaping DuplicateIndex.KeyMaker) throws(Failure) {
        makeKeys = keys
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
    func flush() throws(Failure) { try log.flush() }

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

    /// The earliest document that shares a band with this one and matches it.
    func twin(
        keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>, _ match: Match,
        _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) -> DuplicateIndex.Twin? {
        workspace.candidates.removeAll(keepingCapacity: true)
        workspace.document = nil
        workspace.lookups += keys.count
        let wanted = match.sizes(forDuplicatesOf: shingles.count)
        // What is not flushed cannot be read yet.
        let written = log.written
        for band in keys.indices {
            bands.forEachInTable(key: keys[band]) {
                if $0 < written { workspace.candidates.append((Int($0), band)) }
            }
        }
        for segment in bands.segments { try addCandidates(of: segment, keys, wanted: wanted, workspace) }
        if workspace.candidates.isEmpty { return nil }
        workspace.candidates.sort { ($0.document, $0.band) < ($1.document, $1.band) }
        var first = 0
        while first < workspace.candidates.count {
            let document = workspace.candidates[first].document
            var end = first + 1
            while end < workspace.candidates.count && workspace.candidates[end].document == document { end += 1 }
            workspace.comparisons += 1
            let record = try read(document, wanted: wanted, workspace)
            if wanted.contains(record.shingleCount),
                let overlap = match.overlap(shingles, record.shingles(in: workspace.record))
            {
                return DuplicateIndex.Twin(
                    place: record.place, id: record.id(in: workspace.record), overlap: overlap,
                    bands: workspace.candidates[first..<end].map(\.band))
            }
            first = end
        }
        return nil
    }

    /// Adds the documents of a segment that share a band with this one.
    ///
    /// A duplicate shares most of its bands with one document. Once that is found by one band, its record, which is
    /// needed anyway, tells which of the others it has too; where a key has no other document, its page is not read.
    private func addCandidates(
        of segment: BandSegment, _ keys: UnsafeBufferPointer<UInt64>, wanted: ClosedRange<Int>,
        _ workspace: DuplicateIndex.Workspace
    ) throws(Failure) {
        workspace.passing.removeAll(keepingCapacity: true)
        for band in keys.indices where segment.mayContain(keys[band]) { workspace.passing.append(band) }
        let written = log.written
        var known: Int?
        for (number, band) in workspace.passing.enumerated() {
            if let known, workspace.keys[band] == keys[band], !segment.mayBeShared(keys[band]) {
                workspace.candidates.append((known, band))
                continue
            }
            let before = workspace.candidates.count
            try segment.forEach(key: keys[band], &workspace.pages) {
                if $0 < written { workspace.candidates.append((Int($0), band)) }
            }
            if known == nil, workspace.candidates.count == before + 1, workspace.passing.count > number + 2 {
                let document = workspace.candidates[before].document
                let record = try read(document, wanted: wanted, workspace)
                if wanted.contains(record.shingleCount) {
                    workspace.keys.removeAll()
                    makeKeys(record.shingles(in: workspace.record), &workspace.keys)
                    known = document
                }
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
