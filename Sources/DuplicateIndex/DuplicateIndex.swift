package import Basics
package import Corpus

/// The index of the kept documents: their band keys and their shingle sets, in which the twin of a new document is
/// looked up.
///
/// It consists of the indexes of earlier outputs, which are only read, followed by its own, to which documents are
/// added. Any number of threads may look up at the same time. They may also do the parts of one insertion at the same
/// time (`begin`), but nothing is looked up meanwhile. The stage that owns the index ensures that.
package final class DuplicateIndex: Sendable {
    /// Appends the band keys of a set of shingles, which is ascending and without repetitions, to `keys`. It must give
    /// the keys that lookups use.
    package typealias KeyMaker = @Sendable (_ set: UnsafeBufferPointer<UInt64>, _ keys: inout Buffer<UInt64>) -> Void

    /// An index on the disk.
    package struct Stored: Sendable {
        /// The folder of its files.
        package let folder: String
        /// Its state, as the catalog recorded it.
        package let state: IndexState
        /// The identity in the catalog of its output. The checksums of the log include it.
        package let identity: UInt64

        /// Creates a reference to an index; the properties explain the parameters.
        package init(folder: String, state: IndexState, identity: UInt64 = 0) {
            self.folder = folder
            self.state = state
            self.identity = identity
        }
    }

    private let earlier: [KeptDocuments]
    private let own: KeptDocuments
    private let match: Match
    private let folder: String
    private let isStored: Bool

    /// The segments as seen by `makeDurable` and `wasCommitted`, which may run while the owner inserts.
    private struct Published {
        /// The present segments.
        var segments: [BandSegment]
        /// The numbers of segments that were merged into others; their files are deleted after the next commit.
        var retired: [Int] = []
        /// The segments of the last commit.
        var committed: [IndexState.Segment]
        /// The numbers of the segments that have been synced.
        var synced: Set<Int>
    }

    private let published: Locked<Published>

    /// Opens the indexes.
    ///
    /// - Parameters:
    ///   - earlier: indexes that are only read; their documents come before all others, in this order.
    ///   - own: the index to which documents are added; nil for a temporary one that disappears when the process ends.
    ///   - scratch: the folder for temporary files.
    ///   - memory: the bytes of memory that may be used, approximately; entries that do not fit are written to files.
    ///   - match: the rule that decides whether two documents are duplicates.
    ///   - keys: makes the band keys of a document that is read back from the log.
    /// - Throws: if a file of an index is missing or damaged.
    package init(
        after earlier: [Stored] = [], own stored: Stored?, scratch: String, memory: Int, match: Match,
        keys: @escaping KeyMaker
    ) throws(Failure) {
        let share = memory / (earlier.count + 1)
        var opened: [KeptDocuments] = []
        for stored in earlier {
            opened.append(
                try KeptDocuments(stored, scratch: scratch, memory: share, keys: keys))
        }
        self.earlier = opened
        if let stored {
            own = try KeptDocuments(stored, scratch: nil, memory: share, keys: keys)
        } else {
            own = try KeptDocuments(temporaryIn: scratch, memory: share, keys: keys)
        }
        self.match = match
        folder = stored?.folder ?? scratch
        isStored = stored != nil
        let committed = stored?.state.segments ?? []
        published = Locked(
            Published(segments: own.bands.segments, committed: committed, synced: Set(committed.map(\.number))))
        publish()
    }

    /// The twin of a document: the earliest kept document that it duplicates.
    package struct Twin: Sendable {
        /// The position in `earlier` of the index that the twin is in; nil for the index's own documents.
        package var earlier: Int?
        /// The twin's shard and line.
        package let place: Place
        /// The twin's id; nil if it has none.
        package let id: DocumentID?
        /// The overlap of the two documents' shingle sets.
        package let overlap: Overlap
        /// The bands in which the two documents have the same key.
        package let bands: BandSet

        /// Creates a twin of the index's own documents.
        package init(place: Place, id: DocumentID?, overlap: Overlap, bands: BandSet) {
            self.place = place
            self.id = id
            self.overlap = overlap
            self.bands = bands
        }
    }

    /// Returns the earliest kept document that has a band key in common with this document and matches it; nil if there
    /// is none.
    ///
    /// - Parameters:
    ///   - keys: the document's keys, one for each band.
    ///   - shingles: the document's shingles, ascending, without repetitions, and not empty.
    /// - Throws: if a file of the index cannot be read or is damaged.
    package func twin(
        keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>, _ workspace: Workspace
    ) throws(Failure) -> Twin? {
        for (number, documents) in earlier.enumerated() {
            if var twin = try documents.twin(keys: keys, shingles: shingles, match, workspace) {
                twin.earlier = number
                return twin
            }
        }
        return try own.twin(keys: keys, shingles: shingles, match, workspace)
    }

    /// The work done by lookups, for the report.
    package struct Lookups: Sendable, Equatable {
        /// The number of band keys that were looked up; a key counts once for each index.
        package var keys = 0
        /// The number of pages of segments that were read.
        package var pages = 0
    }

    private let counted = Locked(Lookups())

    /// The work done by all lookups so far.
    package var lookups: Lookups { counted.withLock { $0 } }

    /// Adds the counts of a thread's workspace to `lookups` and resets them. Called after each part of a batch.
    package func count(_ workspace: Workspace) {
        counted.withLock {
            $0.keys += workspace.lookups
            $0.pages += workspace.pages.pagesRead
        }
        workspace.lookups = 0
        workspace.pages.pagesRead = 0
    }

    /// Prefetches the cache lines that looking up these keys will touch. Called a few documents ahead of `twin`.
    package func prefetchForSearch(_ keys: UnsafeBufferPointer<UInt64>) {
        for documents in earlier { documents.bands.prefetchForSearch(keys) }
        own.bands.prefetchForSearch(keys)
    }

    /// Whether the table of band keys must be written to a segment (`seal`) before these documents are added.
    package func mustSeal(before documents: [NewDocument]) -> Bool { !own.hasRoom(for: documents) }

    /// Whether the table is so long that it must be written to a segment at the end of a run, so that the next run need
    /// not rebuild it from the log.
    package var mustSealAtEnd: Bool { isStored && own.hasLongTable }

    /// The parts of the table.
    package static let tableParts = Array(0..<BandTable.partCount)

    /// Returns the sorted entries of a part of the table, for `seal`. Several threads may call it at the same time.
    package func sortedEntries(ofPart part: Int) -> SortedEntries { own.bands.sortedEntries(ofPart: part) }

    /// Writes the table of band keys to a segment.
    ///
    /// - Parameter table: the sorted entries of all its parts.
    /// - Throws: if the segment cannot be written.
    package func seal(_ table: [SortedEntries]) throws(Failure) {
        try own.seal(table)
        publish()
    }

    /// Begins to add kept documents, which must come after all others in the corpus. If the table has no room for them,
    /// it is written to a segment first.
    ///
    /// The caller then does all parts of the insertion (`run`), on any threads, and calls `end`. Until then nothing may
    /// be looked up, and no other insertion may begin.
    ///
    /// - Parameter threads: the number of threads that do the parts.
    /// - Throws: if a segment cannot be written, or a document or its line number is too large for the log's format.
    package func begin(_ documents: [NewDocument], threads: Int) throws(Failure) -> Insertion {
        try own.begin(documents, threads: threads)
    }

    /// Does a part of an insertion.
    ///
    /// - Throws: if the log cannot be written.
    package func run(_ part: Insertion.Part, of insertion: Insertion) throws(Failure) {
        try own.run(part, of: insertion)
    }

    /// Ends an insertion, after all its parts have been done. Lookups find its documents from now on.
    package func end(_ insertion: Insertion) {
        own.end(insertion)
        publish()
    }

    /// Adds kept documents on the calling thread.
    ///
    /// - Throws: as `begin` and `run` do.
    package func insert(_ documents: [NewDocument]) throws(Failure) {
        let insertion = try begin(documents, threads: 1)
        for part in insertion.parts { try run(part, of: insertion) }
        end(insertion)
    }

    /// The end of the documents in the index.
    package var position: IndexState.Position { own.position }

    /// Called at the end of a run. If the table of band keys is long, writes it to a segment, so that the next run need
    /// not rebuild it from the log.
    package func finish() throws(Failure) {
        if !isStored { return }
        try own.sealLongTable()
        publish()
    }

    /// Merges all band keys into one segment.
    package func compact() throws(Failure) {
        try own.compact()
        publish()
    }

    // MARK: Durability

    private func publish() {
        published.withLock {
            $0.segments = own.bands.segments
            $0.retired += own.takeRetired()
        }
    }

    /// Syncs the files up to `position` to the disk and returns the state that the catalog has to record for it. May be
    /// called while the owner inserts further documents.
    package func makeDurable(through position: IndexState.Position) throws(Failure) -> IndexState {
        guard isStored else { return .empty }
        let (segments, committed, synced) = published.withLock { ($0.segments, $0.committed, $0.synced) }
        try own.log.sync()
        // The last segment may include documents after `position`, which are not committed yet. The state then names
        // the segments of the last commit, from which it was merged; opening the index reads the other documents from
        // the log.
        if let last = segments.last, last.info.documents.upperBound > position.words {
            return IndexState(position: position, segments: committed)
        }
        let new = segments.filter { !synced.contains($0.info.number) }
        for segment in new { try segment.sync() }
        if !new.isEmpty || synced.isEmpty { try Disk.sync(folder: folder) }
        published.withLock { $0.synced.formUnion(new.map(\.info.number)) }
        return IndexState(position: position, segments: segments.map(\.info))
    }

    /// Called after the catalog has recorded `state`: deletes the files of merged segments that the catalog no longer
    /// names.
    package func wasCommitted(_ state: IndexState) throws(Failure) {
        guard isStored else { return }
        let live = Set(state.segments.map(\.number))
        let retired = published.withLock {
            $0.committed = state.segments
            let retired = $0.retired.filter { !live.contains($0) }
            $0.retired.removeAll { !live.contains($0) }
            return retired
        }
        for number in retired { try Disk.remove(BandSegment.path(number, in: folder)) }
    }

    /// Deletes the files of an index that its state does not name, which an interrupted run left behind.
    ///
    /// - Throws: before anything is deleted, if a file that the state names is missing or the log is too short. The
    ///   folder then probably belongs to another state of the output.
    package static func removeStrayFiles(in folder: String, _ state: IndexState) throws(Failure) {
        for segment in state.segments {
            let path = BandSegment.path(segment.number, in: folder)
            if try File.status(at: path) == nil { throw Failure("\(path): damaged: missing, although it was written") }
        }
        try DocumentLog.checkLength(in: folder, words: state.position.words)
        var known = Set(state.segments.map { BandSegment.path($0.number, in: folder) })
        known.insert(DocumentLog.path(in: folder))
        for entry in try Folder.entries(of: folder)
        where entry.kind != .folder && isOwnFile(entry.name) && !known.contains(folder + "/" + entry.name) {
            try Disk.remove(folder + "/" + entry.name)
        }
    }

    /// Returns the state that the index had before the documents of its last shard. A run that discards a partly
    /// processed shard goes back to this state.
    ///
    /// The log tells where the shard begins. Segments with documents of the shard are not part of the returned state;
    /// when the index is opened, the other documents of these segments are read from the log.
    ///
    /// - Parameter shard: the ordinal of the last shard.
    package static func state(of stored: Stored, before shard: Int) throws(Failure) -> IndexState {
        let end = stored.state.position
        let log = try DocumentLog.open(
            in: stored.folder, words: end.words, identity: stored.identity, isReadOnly: true)
        var record = Buffer<UInt64>()
        // Every segment begins with a document: the last one that begins before the shard is read from there on.
        var start = 0
        for segment in stored.state.segments.reversed() {
            let first = segment.documents.lowerBound
            guard try log.read(first, wanted: 0...0, into: &record).place.shard < shard else { continue }
            start = first
            break
        }
        var position = end
        try log.forEach(from: start) { document, record, _ in
            guard record.place.shard >= shard else { return }
            position.words = min(position.words, document)
            position.documents -= 1
            position.shingles -= record.shingleCount
        }
        return IndexState(
            position: position, segments: stored.state.segments.filter { $0.documents.upperBound <= position.words })
    }

    /// Whether `name` is a name that an index gives to files in its folder.
    package static func isOwnFile(_ name: String) -> Bool {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts[0] == "documents" || BandSegment.isFileName(parts[0]) else { return false }
        // mkstemp creates a temporary file under a longer name, with a dot and six letters or digits at the end. A
        // crash before the name is removed leaves such a file.
        guard let ending = parts.dropFirst().first else { return true }
        return ending.utf8.count == 6 && ending.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    /// A file of an index.
    package struct StoredFile: Sendable {
        /// The path of the file.
        package let path: String
        /// Reads the whole file and verifies its checksums.
        ///
        /// - Throws: if the file is damaged.
        package let verify: @Sendable () throws(Failure) -> Void
    }

    /// The files of an index, to verify them.
    package static func files(of stored: Stored) -> [StoredFile] {
        let folder = stored.folder
        let position = stored.state.position
        var files = stored.state.segments.map { info in
            StoredFile(path: BandSegment.path(info.number, in: folder)) { () throws(Failure) in
                try BandSegment(info, in: folder, inMemory: false).verify()
            }
        }
        if position.words > 0 {
            files.append(
                StoredFile(path: DocumentLog.path(in: folder)) { () throws(Failure) in
                    let log = try DocumentLog.open(
                        in: folder, words: position.words, identity: stored.identity, isReadOnly: true)
                    var found = 0
                    try log.forEach(from: 0) { _, _, _ in found += 1 }
                    guard found == position.documents else {
                        throw Failure(
                            "\(log.path): damaged: \(found) documents, and \(position.documents) were written")
                    }
                })
        }
        return files
    }

    /// The size of an index, for the report.
    package struct Size: Sendable {
        /// The number of kept documents.
        package let documents: Int
        /// The number of entries: one for each band of each kept document.
        package let bandKeys: Int
        /// The number of entries in segments on the disk; the others are in the table in memory.
        package let sealedBandKeys: Int
        /// The number of segments.
        package let segments: Int
        /// The size in bytes of the document log: shingle sets and ids.
        package let logBytes: Int
        /// The size in bytes of all segments on the disk.
        package let segmentBytes: Int
    }

    /// The size of the index's own part, without earlier indexes.
    package var size: Size {
        let count = own.bands.count
        return Size(
            documents: own.documents, bandKeys: count.all, sealedBandKeys: count.sealed,
            segments: own.bands.segments.count, logBytes: own.log.written * 8,
            segmentBytes: own.bands.segments.reduce(0) { $0 + BandSegment.fileBytes(entries: $1.count) })
    }
}
