package import Basics
package import Corpus
package import DuplicateIndex
package import Shingling

/// The sketches of a batch, by which its documents are compared: for each document its set of shingles and its band
/// keys.
package final class Sketches: @unchecked Sendable {
    /// The sets of the documents; the set of a document that is not compared is empty.
    package let shingles: ShingleSets
    /// The band keys of all documents, one document after the other.
    package let keys: Buffer<UInt64>
    /// The number of keys of each document.
    package let bands: Int

    /// Creates the sketches of a batch; the properties explain the parameters.
    package init(shingles: consuming ShingleSets, keys: consuming Buffer<UInt64>, bands: Int) {
        self.shingles = shingles
        self.keys = keys
        self.bands = bands
    }

    /// The number of documents.
    package var count: Int { shingles.count }

    /// The band keys of the document with this index.
    package func keys(of document: Int) -> UnsafeBufferPointer<UInt64> {
        keys.slice(document * bands..<(document + 1) * bands)
    }
}

/// Decides which documents of a round are duplicates of documents that were kept before them. A round is a part of a
/// batch.
///
/// The caller first calls `twins`, on any number of threads: it looks up the twin of each document of the round among
/// the kept documents of earlier rounds, which are all decided. A document with such a twin is a duplicate, because the
/// earliest twin counts. Then `decide` goes through the documents of the round in order, and compares the remaining
/// ones with the documents of the round that were kept before them.
package final class RoundDecider {
    /// The largest number of documents in a round. With more, too many documents would share a key and be compared one
    /// by one, and the parts of the index that a lookup fetched would have left the cache before the insertion.
    package static let size = 512
    /// A part of a round has at least this many documents, unless they have many shingles.
    package static let leastDocumentsOfPart = 32
    /// A part of a round ends when its documents have this many shingles.
    package static let shinglesOfPart = 1 << 14

    private let match: Match
    /// The band keys of those documents of the round that have been kept.
    @exclusivity(unchecked) private var inRound = BatchKeys()
    /// The documents of the round that share a key with the document being decided; one entry for each shared key.
    @exclusivity(unchecked) private var hits: [Int] = []
    /// The number of candidates within rounds since the last `takeCandidates`, counted as in
    /// `DocumentCounts.candidates`.
    @exclusivity(unchecked) private var candidates = 0

    /// Creates a decider.
    package init(match: Match) {
        self.match = match
    }

    /// Divides a round into parts, whose twins are looked up at the same time. They are small, so that one part with
    /// many comparisons does not delay the whole round.
    package static func parts(of round: Range<Int>, _ sketches: Sketches, threads: Int) -> [Range<Int>] {
        let most = max(leastDocumentsOfPart, round.count / (threads * 4) + 1)
        var parts: [Range<Int>] = []
        var first = round.lowerBound
        var shingles = 0
        for document in round {
            shingles += sketches.shingles.set(document).count
            let end = document + 1
            if end - first == most || shingles >= shinglesOfPart || end == round.upperBound {
                parts.append(first..<end)
                first = end
                shingles = 0
            }
        }
        return parts
    }

    /// Looks up the twins of some documents of a round among the documents of earlier rounds.
    ///
    /// - Parameter isCompared: whether the document with this index is compared at all.
    /// - Returns: for each document of `part` its twin, or nil.
    /// - Throws: if a file of the index cannot be read or is damaged.
    package static func twins(
        of part: Range<Int>, _ sketches: Sketches, in index: DuplicateIndex, _ workspace: DuplicateIndex.Workspace,
        isCompared: (Int) -> Bool = { _ in true }
    ) throws(Failure) -> [DuplicateIndex.Twin?] {
        var twins: [DuplicateIndex.Twin?] = []
        twins.reserveCapacity(part.count)
        for document in part {
            if document + 2 < part.upperBound { index.prefetchForSearch(sketches.keys(of: document + 2)) }
            let shingles = sketches.shingles.set(document)
            twins.append(
                shingles.isEmpty || !isCompared(document)
                    ? nil : try index.twin(keys: sketches.keys(of: document), shingles: shingles, workspace))
        }
        return twins
    }

    /// Decides the documents of a round in their order.
    ///
    /// - Parameters:
    ///   - earlier: for each document of the round its twin in earlier rounds, or nil.
    ///   - isCompared: whether the document with this index is compared at all.
    ///   - place: the place of a document, which the index records.
    ///   - id: the id of a document, which the index records.
    ///   - remove: called for each duplicate with its twin, in the order of the documents.
    /// - Returns: the kept documents that are compared. The caller adds them to the index before the next round is
    ///   looked up.
    package func decide(
        _ round: Range<Int>, _ sketches: Sketches, earlier: [DuplicateIndex.Twin?], isCompared: (Int) -> Bool,
        place: (Int) -> Place, id: (Int) -> DocumentIDBytes, remove: (Int, DuplicateIndex.Twin) -> Void
    ) -> [NewDocument] {
        inRound.begin(round, bands: sketches.bands)
        var kept: [NewDocument] = []
        kept.reserveCapacity(round.count)
        for document in round {
            let shingles = sketches.shingles.set(document)
            if !isCompared(document) || shingles.isEmpty { continue }
            if let twin = earlier[document - round.lowerBound] ?? twinInRound(document, sketches, place, id) {
                remove(document, twin)
            } else {
                let keys = sketches.keys(of: document)
                inRound.insert(document, keys)
                kept.append(NewDocument(place: place(document), id: id(document), keys: keys, shingles: shingles))
            }
        }
        return kept
    }

    /// Returns the earliest kept document of the same round that shares a band with this document and matches it.
    private func twinInRound(
        _ document: Int, _ sketches: Sketches, _ place: (Int) -> Place, _ id: (Int) -> DocumentIDBytes
    ) -> DuplicateIndex.Twin? {
        let keys = sketches.keys(of: document)
        hits.removeAll(keepingCapacity: true)
        for key in keys { inRound.forEach(key: key, sketches.keys) { hits.append($0) } }
        if hits.isEmpty { return nil }
        hits.sort()
        let shingles = sketches.shingles.set(document)
        let wanted = match.sizes(forDuplicatesOf: shingles.count)
        var last: Int?
        for (number, candidate) in hits.enumerated() where candidate != last {
            last = candidate
            let others = sketches.shingles.set(candidate)
            guard wanted.contains(others.count), let overlap = match.overlap(shingles, others) else { continue }
            candidates += number + 1
            var bands = BandSet()
            for (band, key) in sketches.keys(of: candidate).enumerated() where key == keys[band] { bands.insert(band) }
            return DuplicateIndex.Twin(
                place: place(candidate), id: id(candidate).id, overlap: overlap, bands: bands)
        }
        candidates += hits.count
        return nil
    }

    /// Returns the number of candidates within rounds since the last call.
    package func takeCandidates() -> Int {
        defer { candidates = 0 }
        return candidates
    }
}
