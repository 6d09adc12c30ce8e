package import Basics
package import QualityScoring

/// Labelled texts, to which an output of a head is fitted.
package struct HeadTraining: Sendable {
    /// The number of dimensions of the texts' vectors; 0 if the texts have statistics only.
    package let dimensions: Int
    /// The inverse strength of the L2 penalty (scikit-learn's `C`).
    package var inversePenalty = 0.05

    /// One row of `width` values for each text: its vector, then its statistics.
    var features: [Float] = []
    var labels: [Bool] = []
    var groups: [String] = []
    var weights: [Double] = []
    var profiles: [TextProfile] = []

    package init(dimensions: Int) {
        self.dimensions = dimensions
    }

    /// The number of values in a row.
    var width: Int { dimensions + TextStatistics.count }

    /// The number of texts.
    package var count: Int { labels.count }
    /// The number of texts that are labelled good.
    package var good: Int { labels.count { $0 } }
    /// The number of texts that are labelled bad.
    package var bad: Int { count - good }

    /// Adds a text.
    ///
    /// - Parameters:
    ///   - vector: `dimensions` values.
    ///   - statistics: `TextStatistics.count` values.
    ///   - group: texts of the same group are always in the same fold of a cross-validation.
    ///   - weight: the number of texts that this one counts as.
    package mutating func append(
        vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, profile: TextProfile, isGood: Bool,
        group: String, weight: Double = 1
    ) {
        precondition(vector.count == dimensions && statistics.count == TextStatistics.count)
        features.append(contentsOf: vector)
        features.append(contentsOf: statistics)
        labels.append(isGood)
        groups.append(group)
        weights.append(weight)
        profiles.append(profile)
    }

    /// Fits an output to all texts.
    ///
    /// - Parameters:
    ///   - name: the name of the output.
    ///   - validation: the cross-validation of the same texts; the output records its area under the ROC curve.
    /// - Throws: if the texts all have the same label, or a vector holds a value that is not finite.
    package func fit(name: String, validation: CrossValidation) throws(Failure) -> Head.Output {
        let regression = try regression(rows: Array(0..<count))
        return Head.Output(
            name: name, bias: regression.bias, weights: regression.weights, means: regression.means,
            scales: regression.scales, domain: Domain(of: zip(profiles, labels).filter(\.1).map(\.0)), good: good,
            bad: bad, auc: validation.auc)
    }

    /// Scores every text by a regression that was fitted to the other folds.
    ///
    /// - Parameter folds: the number of folds, at least 2. The texts of a group are in one fold. It depends only on the
    ///   names and sizes of the groups.
    /// - Throws: if there are fewer groups than folds, or the texts outside a fold all have the same label.
    package func crossValidate(folds: Int = 5) throws(Failure) -> CrossValidation {
        let foldOfGroup = try assign(folds: folds)
        let foldOfRow = groups.map { foldOfGroup[$0]! }
        var scores = [Double](repeating: 0, count: count)
        for fold in 0..<folds {
            let regression = try regression(rows: (0..<count).filter { foldOfRow[$0] != fold })
            for row in 0..<count where foldOfRow[row] == fold {
                scores[row] = regression.score(features[row * width..<(row + 1) * width])
            }
        }
        return CrossValidation(scores: scores, labels: labels)
    }

    /// Assigns each group to a fold. The groups are taken in the order of a hash of their names, and each goes to the
    /// fold with the fewest texts so far.
    func assign(folds: Int) throws(Failure) -> [String: Int] {
        var sizes: [String: Int] = [:]
        for group in groups { sizes[group, default: 0] += 1 }
        guard sizes.count >= folds else {
            throw Failure(
                "\(folds) folds need at least \(folds) groups, and there are \(sizes.count); give more texts or "
                    + "fewer folds"
            )
        }
        func hash(_ group: String) -> UInt64 {
            // FNV-1a.
            group.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
        let ordered = sizes.keys.map { (hash($0), $0) }.sorted { $0 < $1 }
        var texts = [Int](repeating: 0, count: folds)
        var result: [String: Int] = [:]
        for (_, group) in ordered {
            let fold = texts.indices.min { texts[$0] < texts[$1] }!
            texts[fold] += sizes[group]!
            result[group] = fold
        }
        return result
    }

    private func regression(rows: [Int]) throws(Failure) -> LogisticRegression {
        let good = rows.count { labels[$0] }
        guard good > 0, good < rows.count else {
            throw Failure(
                "training needs good and bad texts, and has \(good) good and \(rows.count - good) bad ones; add "
                    + "texts, in "
                    + "more groups")
        }
        let regression = LogisticRegression(
            features: features, width: width, rows: rows, labels: labels, rowWeights: weights,
            inversePenalty: inversePenalty)
        guard regression.means.allSatisfy(\.isFinite), regression.weights.allSatisfy(\.isFinite) else {
            throw Failure("a vector holds NaN or infinity; run 'dedup embed' again")
        }
        return regression
    }
}
