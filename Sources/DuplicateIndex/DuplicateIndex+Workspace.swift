internal import Basics

extension DuplicateIndex {
    /// Buffers that one thread reuses for its lookups, and the counts of these.
    package final class Workspace {
        /// A document that has a band key in common with the document looked up.
        struct Hit {
            let document: Int
            let band: Int
        }

        @exclusivity(unchecked) var hits: [Hit] = []
        /// The bands whose keys are crowded: too many documents have them to compare each.
        @exclusivity(unchecked) var crowded: [Int] = []
        /// The crowded buckets of those bands. Members that a bucket rules out are not among the hits.
        @exclusivity(unchecked) var buckets: [(bucket: CrowdedBucket, band: Int)] = []
        @exclusivity(unchecked) var pages = PageScratch()
        /// The words of the record that was last read from the document log.
        @exclusivity(unchecked) var record = Buffer<UInt64>()
        /// The document in `record`: its log offset and its decoded header.
        @exclusivity(unchecked) var document: (place: Int, record: DocumentLog.Record)?
        /// The bands whose keys pass the filter of the present segment.
        @exclusivity(unchecked) var passing: [Int] = []
        /// The band keys of a candidate, or the rare shingles of the document looked up.
        @exclusivity(unchecked) var keys = Buffer<UInt64>()
        /// The number of candidates so far. A candidate counts once for each band that it shares; documents after a
        /// twin do not count, and the twin counts once.
        package var candidates = 0
        /// The number of band keys looked up since the last `DuplicateIndex.count`.
        var lookups = 0

        /// Creates an empty workspace.
        package init() {}

        /// Called at the start of each lookup.
        func begin() {
            hits.removeAll(keepingCapacity: true)
            crowded.removeAll(keepingCapacity: true)
            buckets.removeAll(keepingCapacity: true)
            document = nil
        }

        /// Adds a hit of a band. Returns false once the band has too many hits; `start` is the index of its first hit.
        func add(_ document: UInt64, _ band: Int, since start: Int) -> Bool {
            hits.append(Hit(document: Int(document), band: band))
            return !isCrowd(since: start)
        }

        private func isCrowd(since start: Int) -> Bool { hits.count - start > CrowdedBuckets.crowd }

        /// If the band has too many hits, removes them (they begin at index `start`) and notes the band as crowded.
        func noteCrowd(in band: Int, since start: Int) {
            guard isCrowd(since: start) else { return }
            hits.removeLast(hits.count - start)
            crowded.append(band)
        }

        /// The bands of a range of hits, which all belong to one document.
        func bands(ofHits range: Range<Int>) -> BandSet {
            var bands = BandSet()
            for hit in hits[range] { bands.insert(hit.band) }
            return bands
        }

        /// Counts all candidates, for a document without a twin.
        func countCandidates() {
            candidates += countOfOpenHits(before: hits.count)
            for (bucket, _) in buckets { candidates += bucket.count }
        }

        /// Counts the candidates before the twin, and the twin.
        ///
        /// - Parameters:
        ///   - first: the index of the twin's first hit.
        ///   - bands: the number of bands that the twin shares.
        func countCandidates(before twin: Int, hits first: Int, bands: Int) {
            candidates += countOfOpenHits(before: first) + 1
            for (bucket, _) in buckets { candidates += bucket.count(before: twin) }
        }

        /// The number of hits before index `end` that do not come from a crowded bucket.
        private func countOfOpenHits(before end: Int) -> Int {
            if buckets.isEmpty { return end }
            return hits[..<end].count { hit in !buckets.contains { $0.band == hit.band } }
        }
    }
}
