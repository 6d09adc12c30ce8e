/// What texts scored that their output was not fitted to.
package struct CrossValidation: Sendable {
    /// One for each text, in the order that they were added: its score by the output fitted to the other folds.
    package let scores: [Double]
    /// The area under the ROC curve of those scores.
    package let auc: Double
    package let thresholds: [Threshold]

    /// What a filter at one score keeps and removes.
    package struct Threshold: Sendable, Equatable {
        /// Texts that score less are removed.
        package let threshold: Double
        /// Shares of the good texts that stay, and of the bad ones that go.
        package let keptGood: Double
        package let removedBad: Double
        /// The share of good ones among the texts that stay; nil where none does.
        package let precision: Double?
    }

    init(scores: [Double], labels: [Bool]) {
        self.scores = scores
        auc = Self.auc(scores, labels)
        thresholds = Self.thresholds(scores, labels)
    }

    /// The area under the ROC curve: the share of pairs of a good and a bad text of which the good one scores higher; a
    /// tie counts half (the Mann-Whitney statistic). Half where texts of one label are missing.
    package static func auc(_ scores: [Double], _ labels: [Bool]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (pairs, badBelow) = (0.0, 0)
        var start = 0
        while start < order.count {
            // A score that is no number equals nothing, itself included.
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

    /// What filters at 0.1 to 0.9 do, and at 0.05 and 0.95.
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
