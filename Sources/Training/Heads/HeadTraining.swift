package import Basics
package import QualityScoring

/// Labelled texts, and the fitting of an output to them.
package struct HeadTraining: Sendable {
    /// Of the vectors; 0 where there are statistics alone.
    package let dimensions: Int
    /// The inverse strength of the L2 penalty, as scikit-learn's C.
    package var inversePenalty = 0.05

    /// A row for each text: its vector's dimensions, then its statistics.
    var features: [Float] = []
    var labels: [Bool] = []
    var groups: [String] = []
    var weights: [Double] = []
    var profiles: [TextProfile] = []

    package init(dimensions: Int) {
        self.dimensions = dimensions
    }

    /// Values of a row.
    var width: Int { dimensions + TextStatistics.count }

    package var count: Int { labels.count }
    package var good: Int { labels.count { $0 } }
    package var bad: Int { count - good }

    /// Adds a text.
    ///
    /// - Parameters:
    ///   - vector: `dimensions` values.
    ///   - statistics: `TextStatistics.count` values.
    ///   - group: texts of one group are never in two folds.
    ///   - weight: how many texts it counts for.
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
    ///   - name: the output's.
    ///   - validation: of the same texts.
    /// - Throws: when texts of one label are missing.
    package func fit(name: String, validation: CrossValidation) throws(Failure) -> Head.Output {
        let regression = try regression(rows: Array(0..<count))
        return Head.Output(
            name: name, bias: regression.bias, weights: regression.weights, means: regression.means,
            scales: regression.scales, domain: Domain(of: zip(profiles, labels).filter(\.1).map(\.0)), good: good,
            bad: bad, auc: validation.auc)
    }

    /// Scores every text by an output that was fitted to the other folds.
    ///
    /// - Parameter folds: 2 or more. A group is in one fold only; which one is told by the groups' names alone.
    /// - Throws: when there are fewer groups than folds, or texts of one label are missing outside a fold.
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

    /// The fold of each group: groups in the order of a hash, each to the fold that has the fewest texts.
    func assign(folds: Int) throws(Failure) -> [String: Int] {
        var sizes: [String: Int] = [:]
        for group in groups { sizes[group, default: 0] += 1 }
        guard sizes.count >= folds else {
            throw Failure(
                "\(folds) folds of \(sizes.count) groups: there have to be as many groups as folds; give more texts")
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
                "\(good) good and \(rows.count - good) bad texts to fit to: both are needed; give more of them, in "
                    + "more groups")
        }
        let regression = LogisticRegression(
            features: features, width: width, rows: rows, labels: labels, rowWeights: weights,
            inversePenalty: inversePenalty)
        guard regression.means.allSatisfy(\.isFinite), regression.weights.allSatisfy(\.isFinite) else {
            throw Failure("the texts' vectors hold what is no number; make them anew")
        }
        return regression
    }
}
