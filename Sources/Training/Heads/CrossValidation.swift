/// The result of a cross-validation: texts with their scores by regressions that have seen neither their source (of good
/// texts) nor their kind (of bad ones).
package struct CrossValidation: Sendable {
    /// The area under the ROC curve of these scores.
    package let auc: Double
    /// The sources of the good texts, then the kinds of the bad ones.
    package let parts: [Part]
    /// What filters at several thresholds would do.
    package let thresholds: [Threshold]
    /// How often texts of a score are good.
    package let reliability: [Reliability]

    /// The texts of one source or kind.
    package struct Part: Sendable, Equatable {
        package let name: String
        package let isGood: Bool
        /// The number of texts.
        package let texts: Int
        /// The share of the texts that score on the right side of 0.5.
        package let right: Double
        /// The mean score.
        package let mean: Double
    }

    /// What a filter at one threshold keeps and removes, where each source and each kind counts the same.
    package struct Threshold: Sendable, Equatable {
        /// Texts with a lower score are removed.
        package let threshold: Double
        /// The share of the good texts that the filter keeps.
        package let keptGood: Double
        /// The share of the bad texts that the filter removes.
        package let removedBad: Double
        /// The share of good texts among those that the filter keeps, of the mix; nil if it keeps
        /// none.
        package let precision: Double?
    }

    /// The texts of one range of scores.
    package struct Reliability: Sendable, Equatable {
        package let scores: Range<Double>
        /// The share of all texts that is in the range.
        package let texts: Double
        /// The share of good texts among them; nil if there are none.
        package let good: Double?
    }

    /// - Parameter good: the share of good texts in the mix that thresholds and reliability are computed for.
    init(scores: [Double], labels: [Bool], _ held: HeldOutParts, good: Double = 0.5) {
        let weights = held.weights(of: Array(labels.indices), good: good)
        auc = Self.auc(scores, labels)
        var (counts, right, sums) = held.parts.reduce(into: ([Int](), [Int](), [Double]())) { all, _ in
            all.0.append(0)
            all.1.append(0)
            all.2.append(0)
        }
        for index in labels.indices {
            let part = held.partOf[index]
            counts[part] += 1
            right[part] += (scores[index] >= 0.5) == labels[index] ? 1 : 0
            sums[part] += scores[index]
        }
        parts = held.parts.indices.map { part in
            let texts = counts[part]
            return Part(
                name: held.parts[part].name, isGood: held.parts[part].isGood, texts: texts,
                right: Double(right[part]) / Double(max(1, texts)), mean: sums[part] / Double(max(1, texts)))
        }
        thresholds = Self.thresholds(scores, labels, weights)
        reliability = Self.reliability(scores, labels, weights)
    }

    /// The area under the ROC curve: the share of pairs of a good and a bad text in which the good one scores higher,
    /// where a tie counts half (the Mann-Whitney statistic). It is 0.5 if one label has no texts.
    package static func auc(_ scores: [Double], _ labels: [Bool]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (pairs, badBelow) = (0.0, 0)
        var start = 0
        while start < order.count {
            // Starting at start + 1 ends the loop even for a score that is NaN, which does not equal itself.
            var end = start + 1
            while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
            let good = order[start..<end].count { labels[$0] }
            let bad = end - start - good
            pairs += Double(good) * (Double(badBelow) + Double(bad) / 2)
            badBelow += bad
            start = end
        }
        let good = labels.count { $0 }
        return good == 0 || badBelow == 0 ? 0.5 : pairs / (Double(good) * Double(badBelow))
    }

    /// The effect of filters at 0.05, 0.1, 0.2 and so on to 0.9, and 0.95.
    static func thresholds(_ scores: [Double], _ labels: [Bool], _ weights: [Double]) -> [Threshold] {
        func sum(_ isGood: Bool, from least: Double) -> Double {
            scores.indices.reduce(0) { $0 + (labels[$1] == isGood && scores[$1] >= least ? weights[$1] : 0) }
        }
        let (good, bad) = (sum(true, from: 0), sum(false, from: 0))
        return [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].map { threshold in
            let (keptGood, keptBad) = (sum(true, from: threshold), sum(false, from: threshold))
            let kept = keptGood + keptBad
            return Threshold(
                threshold: threshold, keptGood: good > 0 ? keptGood / good : 0,
                removedBad: bad > 0 ? 1 - keptBad / bad : 0, precision: kept > 0 ? keptGood / kept : nil)
        }
    }

    /// The share of good texts in ten ranges of scores.
    static func reliability(_ scores: [Double], _ labels: [Bool], _ weights: [Double]) -> [Reliability] {
        var (all, good) = ([Double](repeating: 0, count: 10), [Double](repeating: 0, count: 10))
        for index in scores.indices {
            let range = min(9, max(0, Int(scores[index] * 10)))
            all[range] += weights[index]
            if labels[index] { good[range] += weights[index] }
        }
        let total = max(all.reduce(0, +), .leastNormalMagnitude)
        return (0..<10).map { range in
            Reliability(
                scores: Double(range) / 10..<Double(range + 1) / 10, texts: all[range] / total,
                good: all[range] > 0 ? good[range] / all[range] : nil)
        }
    }
}
