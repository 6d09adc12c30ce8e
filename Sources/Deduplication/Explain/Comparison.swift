internal import Basics
internal import DuplicateIndex
internal import MinHashLSH
internal import Reports
internal import Shingling

/// The comparison of two texts by the rules of a run.
struct Comparison: Sendable {
    /// The number of shared and of all shingles. With exact matching, 1 of 1 if the words are equal, otherwise 0 of 1.
    let overlap: Overlap
    /// The numbers of the bands in which the two texts have the same key.
    let bands: [Int]
    /// Whether the two texts are duplicates by the run's rule.
    let isMatch: Bool
    /// Whether the run would compare the two texts: they share a band.
    let isCandidate: Bool
    /// The probability that two documents with this similarity share at least one band; nil if the run has no bands.
    let probability: Double?
    /// The texts, with the words marked that they share.
    let first: MarkedText
    let second: MarkedText

    init(_ first: String, _ second: String, _ rule: ComparisonRule) {
        var words = WordList()
        var splitter = WordSplitter(normalization: rule.normalization)
        var shingler = Shingler(unit: rule.unit, size: rule.size)
        var sets = ShingleSets()
        for (document, var text) in [first, second].enumerated() {
            text.withUTF8 { splitter.append($0, to: &words) }
            shingler.append(words, document: document, to: &sets)
        }
        let marker = TextMarker(rule)
        self.first = marker.mark(first, other: sets.set(1))
        self.second = marker.mark(second, other: sets.set(0))
        if rule.match == .exact {
            let print = words.fingerprint(of: 0)
            isMatch = print != nil && print == words.fingerprint(of: 1)
            isCandidate = isMatch
            overlap = Overlap(intersection: isMatch ? 1 : 0, union: 1)
            bands = isMatch ? [0] : []
            probability = nil
            return
        }
        let common = Set(sets.set(0)).intersection(sets.set(1)).count
        overlap = Overlap(intersection: common, union: sets.set(0).count + sets.set(1).count - common)
        bands = rule.banding.map { Self.sharedBands(sets, $0) } ?? []
        isCandidate = !bands.isEmpty
        isMatch = overlap.union > 0 && rule.match?.overlap(sets.set(0), sets.set(1)) != nil
        let jaccard = Double(overlap.intersection) / Double(max(1, overlap.union))
        probability = rule.banding?.detectionProbability(jaccard: jaccard)
    }

    /// Returns the bands that two documents share. A document without shingles is in no band.
    private static func sharedBands(_ sets: borrowing ShingleSets, _ banding: Banding) -> [Int] {
        if sets.set(0).isEmpty || sets.set(1).isEmpty { return [] }
        let hasher = MinHasher(seeds: banding.bands * banding.rows)
        var keys = Buffer<UInt64>()
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: hasher.lanes) { signature in
            for document in 0...1 {
                hasher.sign(sets.set(document), into: signature)
                banding.appendKeys(of: signature, to: &keys)
            }
        }
        return (0..<banding.bands).filter { keys[$0] == keys[banding.bands + $0] }
    }
}
