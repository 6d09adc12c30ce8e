package import Basics
package import Corpus

/// The kept documents, to find duplicates of a new one among: their band keys and their shingle sets.
///
/// Those of other outputs come first, which are only looked at, then those of the own output. Any number of threads
/// may look up at once, and one may insert, but not at the same time: the stage that owns the index sees to that.
package final class DuplicateIndex: Sendable {
    /// Makes the band keys of a set of shingles, ascending and distinct: the same as those it is looked up with.
    package typealias KeyMaker = @Sendable (_ set: UnsafeBufferPointer<UInt64>, _ keys: inout Buffer<UInt64>) -> Void

    /// An index that lies on the disk.
    package struct Stored: Sendable {
        package let folder: String
        package let state: IndexState
        /// `Catalog.identity` of its output.
        package let identity: UInt64

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

    /// What is known of segments outside the stage that owns the index.
    private struct Published {
        var segments: [BandSegment]
        var retired: [Int] = []
        var committed: [IndexState.Segment]
        var synced: Set<Int>
    }

    private let published: Locked<Published>

    /// - Parameters:
    ///   - earlier: indexes that are only looked at; their documents come before all others, in this order.
    ///   - own: what is added to; nil for an index that lives as long as the process.
    ///   - scratch: where temporary files go.
    ///   - memory: bytes that may be taken, roughly; what does not fit goes to files.
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

    /// A kept document that another one duplicates.
    package struct Twin: Sendable {
        /// Which of the earlier indexes it is in; nil for the own.
        package var earlier: Int?
        package let place: Place
        package let id: DocumentID?
        package let overlap: Overlap
        /// The bands they share.
        package let bands: BandSet

        package init(place: Place, id: DocumentID?, overlap: Overlap, bands: BandSet) {
            self.place = place
            self.id = id
            self.overlap = overlap
            self.bands = bands
        }
    }

    /// The earliest kept document that shares a band with this one and matches it. What was inserted since the last
    /// `flush` is not looked at.
    ///
    /// - Parameters:
    ///   - keys: one for each band.
    ///   - shingles: ascending and distinct, not empty.
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

    /// What looking up took.
    package struct Lookups: Sendable, Equatable {
        /// Band keys that were looked up, once for each index.
        package var keys = 0
        /// Pages of segments that were read for it.
        package var pages = 0
    }

    private let counted = Locked(Lookups())

    package var lookups: Lookups { counted.withLock { $0 } }

    /// Adds what a thread counted.
    package func count(_ workspace: Workspace) {
        counted.withLock {
            $0.keys += workspace.lookups
            $0.pages += workspace.pages.pagesRead
        }
        workspace.lookups = 0
        workspace.pages.pagesRead = 0
    }

    /// Has what looking up the keys will read of memory come: before other documents are looked up.
    package func prefetchForSearch(_ keys: UnsafeBufferPointer<UInt64>) {
        for documents in earlier { documents.bands.prefetchForSearch(keys) }
        own.bands.prefetchForSearch(keys)
    }

    /// Has what inserting the keys will read of memory come.
    package func prefetchForInsert(_ keys: UnsafeBufferPointer<UInt64>) { own.bands.prefetchForInsert(keys) }

    /// Takes in a kept document; it comes after all others in the corpus.
    package func insert(
        _ place: Place, id: DocumentIDBytes, keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>
    ) throws(Failure) {
        try own.insert(place, id: id, keys: keys, shingles: shingles)
    }

    /// Has what was inserted be found from now on, and returns where the index stands.
    package func flush() throws(Failure) -> IndexState.Position {
        try own.flush()
        publish()
        return own.position
    }

    /// The end of a run: leaves the next one little to read again.
    package func finish() throws(Failure) {
        if !isStored { return }
        try own.sealLongTable()
        publish()
    }

    /// Makes one segment of all.
    package func compact() throws(Failure) {
        try own.compact()
        publish()
    }

    // MARK: What is for good

    private func publish() {
        published.withLock {
            $0.segments = own.bands.segments
            $0.retired += own.takeRetired()
        }
    }

    /// Has what was inserted before a position lie on the disk for good, and returns what the catalog has to record of
    /// it. May be called while the owner goes on inserting.
    package func makeDurable(through position: IndexState.Position) throws(Failure) -> IndexState {
        guard isStored else { return .empty }
        let (segments, committed, synced) = published.withLock { ($0.segments, $0.committed, $0.synced) }
        try own.log.sync()
        // Segments that hold later documents wait for their commit; so long those count that they were made of.
        if let last = segments.last, last.info.documents.upperBound > position.words {
            return IndexState(position: position, segments: committed)
        }
        let new = segments.filter { !synced.contains($0.info.number) }
        for segment in new { try segment.sync() }
        if !new.isEmpty || synced.isEmpty { try Disk.sync(folder: folder) }
        published.withLock { $0.synced.formUnion(new.map(\.info.number)) }
        return IndexState(position: position, segments: segments.map(\.info))
    }

    /// The catalog has recorded the state: deletes segments that it no longer names.
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

    /// Deletes the files of an index that its state does not name: those of a run that was cut off.
    ///
    /// - Throws: before anything is deleted, when a file is gone that the state names: then it is another's.
    package static func removeStrayFiles(in folder: String, _ state: IndexState) throws(Failure) {
        for segment in state.segments {
            let path = BandSegment.path(segment.number, in: folder)
            if try File.status(at: path) == nil { throw Failure("\(path): damaged: gone since it was written") }
        }
        try DocumentLog.checkLength(in: folder, words: state.position.words)
        var known = Set(state.segments.map { BandSegment.path($0.number, in: folder) })
        known.insert(DocumentLog.path(in: folder))
        for entry in try Folder.entries(of: folder)
        where entry.kind != .folder && isOwnFile(entry.name) && !known.contains(folder + "/" + entry.name) {
            try Disk.remove(folder + "/" + entry.name)
        }
    }

    /// Returns the state that the index had before the documents of its last shard: what a run goes back to when it takes
    /// that shard back.
    ///
    /// The log tells where the shard begins. Segments that hold documents of the shard are left out of the state; opening
    /// the index reads the other documents of theirs from the log again.
    ///
    /// - Parameter shard: the place of the last shard in the corpus.
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

    /// Whether an index writes a file of this name to its folder.
    package static func isOwnFile(_ name: String) -> Bool {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts[0] == "documents" || BandSegment.isFileName(parts[0]) else { return false }
        // A file that is gone once it is closed has a longer name for a moment: a dot and six letters or digits follow.
        guard let ending = parts.dropFirst().first else { return true }
        return ending.utf8.count == 6 && ending.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    /// A file of an index.
    package struct StoredFile: Sendable {
        package let path: String
        /// Reads all of it.
        ///
        /// - Throws: when it is not what was written.
        package let verify: @Sendable () throws(Failure) -> Void
    }

    /// The files of an index.
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

    /// What the index holds.
    package struct Size: Sendable {
        package let documents: Int
        package let bandKeys: Int
        /// Band keys in sorted segments on the disk.
        package let sealedBandKeys: Int
        package let segments: Int
        /// Bytes of shingle sets and names.
        package let logBytes: Int
        /// Bytes of the segments.
        package let segmentBytes: Int
    }

    package var size: Size {
        let count = own.bands.count
        return Size(
            documents: own.documents, bandKeys: count.all, sealedBandKeys: count.sealed,
            segments: own.bands.segments.count, logBytes: own.log.count * 8,
            segmentBytes: own.bands.segments.reduce(0) { $0 + BandSegment.fileBytes(entries: $1.count) })
    }
}
