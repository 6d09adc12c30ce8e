#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Counts documents by score, in fixed bins over 0...1. Since the bins are fixed, the histograms of the shards add up
/// to that of the corpus.
///
/// All bins have the same width in the logit. So they are finest near 0 and 1, where most scores are. Documents without
/// a score have a bin of their own, which percentiles leave out.
package struct ScoreHistogram: Sendable, Equatable, Codable {
    /// The number of bins.
    package static let bins = 1000

    /// The lower edge of each bin. Edges are rounded, so that they are the same on every machine.
    static let edges: [Double] = (0..<bins).map { bin in
        bin == 0 ? 0 : (1e6 / (1 + exp(Double(bins / 2 - bin) / 50))).rounded() / 1e6
    }

    private var counts = [Int](repeating: 0, count: Self.bins)

    /// The number of documents with a score that were counted.
    package private(set) var total = 0
    /// The number of documents without a score that were counted.
    package private(set) var unscored = 0

    package init() {}

    /// The index of the bin that a score falls into.
    private static func bin(_ score: Double) -> Int {
        var (low, high) = (0, bins)
        while high - low > 1 {
            let middle = (low + high) / 2
            if edges[middle] <= score { low = middle } else { high = middle }
        }
        return low
    }

    /// Counts one document with a score.
    ///
    /// - Parameter score: the score as it is written to the output. If it is rounded there, this is the rounded value.
    package mutating func add(_ score: Double) {
        counts[Self.bin(score)] += 1
        total += 1
    }

    /// Counts one document without a score.
    package mutating func addUnscored() { unscored += 1 }

    /// Adds the counts of another histogram.
    package static func += (sum: inout ScoreHistogram, other: ScoreHistogram) {
        for bin in 0..<bins { sum.counts[bin] += other.counts[bin] }
        sum.total += other.total
        sum.unscored += other.unscored
    }

    /// Subtracts the counts of a part of the documents.
    package static func -= (all: inout ScoreHistogram, part: ScoreHistogram) {
        for bin in 0..<bins { all.counts[bin] -= part.counts[bin] }
        all.total -= part.total
        all.unscored -= part.unscored
    }

    /// Whether another histogram may count a part of the documents of this one.
    package func contains(_ part: ScoreHistogram) -> Bool {
        counts.indices.allSatisfy { part.counts[$0] <= counts[$0] } && part.unscored <= unscored
    }

    /// The percentile rank of a score, 0...100: the percentage of documents in lower bins, plus half of those in the
    /// score's own bin. It is 0 if no documents were counted.
    package func percentile(of score: Double) -> Double {
        guard total > 0 else { return 0 }
        let own = Self.bin(score)
        return 100 * (Double(counts[..<own].reduce(0, +)) + Double(counts[own]) / 2) / Double(total)
    }

    /// The highest bin edge that at least `topPercent` percent of the documents reach. The documents that score at
    /// least this are the best `topPercent` percent, and all other documents in the same bin as the last of these.
    ///
    /// - Parameter topPercent: 0...100.
    package func threshold(topPercent: Double) -> Double {
        var reached = 0
        for bin in counts.indices.reversed() {
            reached += counts[bin]
            if Double(reached) * 100 >= topPercent * Double(total) { return Self.edges[bin] }
        }
        return 0
    }

    /// The score below which `percent` percent of the documents lie, to the precision of the bins: the lower edge of
    /// the bin that contains the document of that rank. It is 0 if no documents were counted.
    package func quantile(_ percent: Double) -> Double {
        let wanted = max(1, Int((percent * Double(total) / 100).rounded(.up)))
        var reached = 0
        for bin in counts.indices {
            reached += counts[bin]
            if reached >= wanted { return Self.edges[bin] }
        }
        return 0
    }

    /// The range of scores of the bin that contains the document of rank `wanted`, counted from the best; nil if there
    /// are fewer documents.
    package func bin(ofBest wanted: Int) -> Range<Double>? {
        var reached = 0
        for bin in counts.indices.reversed() {
            reached += counts[bin]
            // The last bin has no next edge. Its upper bound is 2, because no score is above 1.
            if reached >= wanted { return Self.edges[bin]..<(bin + 1 < Self.bins ? Self.edges[bin + 1] : 2) }
        }
        return nil
    }

    private enum CodingKeys: String, CodingKey { case scores, unscored }

    /// Decodes `{"scores": [[bin, count], ...], "unscored": count}`. The bins are in ascending order; empty ones are left
    /// out.
    ///
    /// - Throws: `DecodingError` if the JSON is not such an object.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let possible = 0..<1 << 48
        var last = -1
        for pair in try container.decode([[Int]].self, forKey: .scores) {
            guard pair.count == 2, pair[0] > last, pair[0] < Self.bins, pair[1] > 0, possible.contains(pair[1]) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .scores, in: container, debugDescription: "no histogram of scores")
            }
            last = pair[0]
            counts[last] = pair[1]
            total += pair[1]
        }
        unscored = try container.decode(Int.self, forKey: .unscored)
        guard possible.contains(unscored) else {
            throw DecodingError.dataCorruptedError(
                forKey: .unscored, in: container, debugDescription: "no number of documents")
        }
    }

    /// Encodes the object that `init(from:)` decodes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counts.indices.filter { counts[$0] > 0 }.map { [$0, counts[$0]] }, forKey: .scores)
        try container.encode(unscored, forKey: .unscored)
    }
}
