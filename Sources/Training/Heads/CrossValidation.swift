/// The result of a cross-validation, in which each text is scored by a regression that was not fitted to it.
package struct CrossValidation: Sendable {
    /// The scores of the texts, in the order in which the texts were added.
    package let scores: [Double]
    /// The area under the ROC curve of these scores.
    package let auc: Double
    /// The effects that filters at several thresholds would have.
    package let thresholds: [Threshold]

    /// The effect of a filter that removes the texts with a score below a threshold.
    package struct Threshold: Sendable, Equatable {
        /// Texts with a lower score are removed.
        package let threshold: Double
        /// The share of the good texts that the filter keeps.
        package let keptGood: Double
        /// The share of the bad texts that the filter removes.
        package let removedBad: Double
        /// The share of good texts among those that the filter keeps; nil if it keeps none.
        package let precision: Double?
    }

    init(scores: [Double], labels: [Bool]) {
        self.scores = scores
        auc = Self.auc(scores, labels)
        thresholds = Self.thresholds(scores, labels)
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
    static func thresholds(_ scores: [Double], _ labels: [Bool]) -> [Threshold] {
        let good = labels.count { $0 }
        let bad = labels.count - good
        return [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].map { threshold in
            let keptGood = scores.indices.count { labels[$0] && scores[$0] >= threshold }
            let keptBad = scores.indices.count { !labels[$0] && scores[$0] >= threshold }
            let kept = keptGood + keptBad
            return Threshold(
                threshold: threshold, keptGood: Double(keptGood) / Double(max(1, good)),
                removedBad: Double(bad - keptBad) / Double(max(1, bad)),
                precision: kept == 0 ? nil : Double(keptGood) / Double(kept))
        }
    }
}
