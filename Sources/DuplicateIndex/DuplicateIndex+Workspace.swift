internal import Basics

extension DuplicateIndex {
    /// Scratch space of one thread that looks up, and what it counted.
    package final class Workspace {
        /// A document that a band key led to.
        struct Hit {
            let document: Int
            let band: Int
        }

        @exclusivity(unchecked) var hits: [Hit] = []
        /// Bands whose keys have too many documents to look at each.
        @exclusivity(unchecked) var crowded: [Int] = []
        /// The buckets of those bands; what they rule out is not among the hits.
        @exclusivity(unchecked) var buckets: [(bucket: CrowdedBucket, band: Int)] = []
        @exclusivity(unchecked) var pages = PageScratch()
        @exclusivity(unchecked) var record = Buffer<UInt64>()
        /// Whose record that is.
        @exclusivity(unchecked) var document: (place: Int, record: DocumentLog.Record)?
        /// Bands whose keys a segment may hold.
        @exclusivity(unchecked) var passing: [Int] = []
        /// Band keys of a candidate, or rare shingles of the document.
        @exclusivity(unchecked) var keys = Buffer<UInt64>()
        /// Documents that shared a band with those looked up, as far as their twins: once for each band that they
        /// share, a twin once.
        package var candidates = 0
        /// Band keys that were looked up.
        var lookups = 0

        package init() {}

        func begin() {
            hits.removeAll(keepingCapacity: true)
            crowded.removeAll(keepingCapacity: true)
            buckets.removeAll(keepingCapacity: true)
            document = nil
        }

        /// Adds a hit; returns false when the band has too many, those from `start` on.
        func add(_ document: UInt64, _ band: Int, since start: Int) -> Bool {
            hits.append(Hit(document: Int(document), band: band))
            return !isCrowd(since: start)
        }

        private func isCrowd(since start: Int) -> Bool { hits.count - start > CrowdedBuckets.crowd }

        /// Takes back the hits of a band, those from `start` on, if there are too many.
        func noteCrowd(in band: Int, since start: Int) {
            guard isCrowd(since: start) else { return }
            hits.removeLast(hits.count - start)
            crowded.append(band)
        }

        /// The bands of hits that are of one document.
        func bands(ofHits range: Range<Int>) -> BandSet {
            var bands = BandSet()
            for hit in hits[range] { bands.insert(hit.band) }
            return bands
        }

        /// Counts all candidates.
        func countCandidates() {
            candidates += countOfOpenHits(before: hits.count)
            for (bucket, _) in buckets { candidates += bucket.count }
        }

        /// Counts the candidates before a twin, and the twin.
        ///
        /// - Parameters:
        ///   - first: the twin's first hit.
        ///   - bands: how many bands it shares.
        func countCandidates(before twin: Int, hits first: Int, bands: Int) {
            candidates += countOfOpenHits(before: first) + 1
            for (bucket, _) in buckets { candidates += bucket.count(before: twin) }
        }

        /// Hits that come from no crowded bucket.
        private func countOfOpenHits(before end: Int) -> Int {
            if buckets.isEmpty { return end }
            return hits[..<end].count { hit in !buckets.contains { $0.band == hit.band } }
        }
    }
}
