package import Basics
package import Corpus

/// The kept documents, to find duplicates of a new one among: their band keys and their shingle sets.
///
/// Any number of threads may look up at once, and one may insert, but not at the same time: the stage that owns the
/// index sees to that.
///
/// It lives as long as its run: what is on the disk are files without a name. Only the log and the runs would have
/// to stay for it to outlive the run.
package final class DuplicateIndex: @unchecked Sendable {
    // The owner sees to it that accesses do not overlap: no looking for such at run time.
    @exclusivity(unchecked) private var bands: BandIndex
    @exclusivity(unchecked) private var log: DocumentLog
    private let match: Match
    package private(set) var documents = 0

    /// - Parameters:
    ///   - folder: where temporary files go.
    ///   - memory: bytes that may be taken, roughly; what does not fit goes to files.
    package init(folder: String, memory: Int, match: Match) throws(Failure) {
        let tail = min(4 << 20, memory / 8)
        bands = BandIndex(folder: folder, memory: memory - tail)
        log = try DocumentLog(folder: folder, tailBytes: tail)
        self.match = match
    }

    /// Scratch space of one thread that looks up, and what it counted.
    package final class Workspace {
        @exclusivity(unchecked) fileprivate var candidates: [(document: UInt64, band: Int)] = []
        @exclusivity(unchecked) fileprivate var page = Buffer<BandEntry>()
        @exclusivity(unchecked) fileprivate var record = Buffer<UInt64>()
        @exclusivity(unchecked) fileprivate var touched: UInt64 = 0
        /// Pairs that shared a band and were compared.
        package var comparisons = 0

        package init() {}
    }

    /// A kept document that another one duplicates.
    package struct Twin: Sendable {
        package let place: Place
        package let id: DocumentID?
        package let overlap: Overlap
        /// The bands they share.
        package let bands: [Int]

        package init(place: Place, id: DocumentID?, overlap: Overlap, bands: [Int]) {
            self.place = place
            self.id = id
            self.overlap = overlap
            self.bands = bands
        }
    }

    /// The earliest kept document that shares a band with this one and matches it.
    ///
    /// - Parameters:
    ///   - keys: one for each band.
    ///   - shingles: ascending and distinct, not empty.
    package func twin(
        keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>, _ workspace: Workspace
    ) throws(Failure) -> Twin? {
        workspace.candidates.removeAll(keepingCapacity: true)
        workspace.touched ^= bands.touch(keys)
        for band in keys.indices {
            try bands.forEach(key: keys[band], page: &workspace.page) { workspace.candidates.append(($0, band)) }
        }
        if workspace.candidates.isEmpty { return nil }
        workspace.candidates.sort { ($0.document, $0.band) < ($1.document, $1.band) }
        let wanted = match.sizes(forDuplicatesOf: shingles.count)
        var first = 0
        while first < workspace.candidates.count {
            let document = workspace.candidates[first].document
            var end = first + 1
            while end < workspace.candidates.count && workspace.candidates[end].document == document { end += 1 }
            workspace.comparisons += 1
            let record = try log.read(document, wanted: wanted, into: &workspace.record)
            if wanted.contains(record.shingleCount),
                let overlap = match.overlap(shingles, record.shingles(in: workspace.record))
            {
                return Twin(
                    place: record.place, id: record.id(in: workspace.record), overlap: overlap,
                    bands: workspace.candidates[first..<end].map(\.band))
            }
            first = end
        }
        return nil
    }

    /// Takes in a kept document; it comes after all others in the corpus.
    package func insert(
        _ place: Place, id: DocumentID?, keys: UnsafeBufferPointer<UInt64>, shingles: UnsafeBufferPointer<UInt64>
    ) throws(Failure) {
        let document = try log.append(place, id: id, shingles: shingles)
        try bands.insert(keys: keys, document: document)
        documents += 1
    }

    /// What the index holds.
    package struct Size: Sendable {
        package let documents: Int
        package let bandKeys: Int
        /// Band keys in sorted runs on the disk.
        package let sealedBandKeys: Int
        /// Bytes of shingle sets and names.
        package let logBytes: Int
    }

    package var size: Size {
        let count = bands.count
        return Size(
            documents: documents, bandKeys: count.all, sealedBandKeys: count.sealed, logBytes: log.count * 8)
    }
}
