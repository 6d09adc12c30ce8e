#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How many documents have which score: fixed bins over 0...1, so that histograms of shards add up to the corpus's.
///
/// The bins are equally wide in the logit: the finest are where most scores are, near 0 and 1.
package struct ScoreHistogram: Sendable, Equatable, Codable {
    package static let bins = 1000

    /// Where each bin begins. Rounded, so that every machine has the same.
    static let edges: [Double] = (0..<bins).map { bin in
        bin == 0 ? 0 : (1e6 / (1 + exp(Double(bins / 2 - bin) / 50))).rounded() / 1e6
    }

    private var counts = [Int](repeating: 0, count: Self.bins)

    /// Documents that were counted.
    package private(set) var total = 0

    package init() {}

    /// The bin that begins at this score or below.
    private static func bin(_ score: Double) -> Int {
        var (low, high) = (0, bins)
        while high - low > 1 {
            let middle = (low + high) / 2
            if edges[middle] <= score { low = middle } else { high = middle }
        }
        return low
    }

    /// Counts a document: by the score that is written for it, where that is rounded.
    package mutating func add(_ score: Double) {
        counts[Self.bin(score)] += 1
        total += 1
    }

    package static func += (sum: inout ScoreHistogram, other: ScoreHistogram) {
        for bin in 0..<bins { sum.counts[bin] += other.counts[bin] }
        sum.total += other.total
    }

    /// The percentile rank of a score, 0...100: the share of documents in lower bins, and half of those in its own.
    /// 0 where nothing was counted.
    package func percentile(of score: Double) -> Double {
        guard total > 0 else { return 0 }
        let own = Self.bin(score)
        return 100 * (Double(counts[..<own].reduce(0, +)) + Double(counts[own]) / 2) / Double(total)
    }

    /// The highest beginning of a bin that this share of the documents, or more, reaches: those with a score of at least
    /// the threshold are the best `topPercent` percent, and the rest of the bin of the last of them.
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

    /// The score below which so many percent of the documents are, as far as bins tell: where the bin begins in which
    /// the document of that rank is. 0 where nothing was counted.
    package func quantile(_ percent: Double) -> Double {
        let wanted = max(1, Int((percent * Double(total) / 100).rounded(.up)))
        var reached = 0
        for bin in counts.indices {
            reached += counts[bin]
            if reached >= wanted { return Self.edges[bin] }
        }
        return 0
    }

    /// The scores of the bin that the last of the best so many documents is in; nil where there are not so many.
    package func bin(ofBest wanted: Int) -> Range<Double>? {
        var reached = 0
        for bin in counts.indices.reversed() {
            reached += counts[bin]
            // Nothing is above 1.
            if reached >= wanted { return Self.edges[bin]..<(bin + 1 < Self.bins ? Self.edges[bin + 1] : 2) }
        }
        return nil
    }

    /// JSON: pairs of a bin and its count, in ascending order, without the empty ones.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        var last = -1
        for pair in try container.decode([[Int]].self) {
            guard pair.count == 2, pair[0] > last, pair[0] < Self.bins, 1..<1 << 48 ~= pair[1] else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "no histogram of scores")
            }
            last = pair[0]
            counts[last] = pair[1]
            total += pair[1]
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(counts.indices.filter { counts[$0] > 0 }.map { [$0, counts[$0]] })
    }
}
