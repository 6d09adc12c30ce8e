#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Linear outputs over a document's pooled vector and its statistics: what scores are made by.
package struct Head: Sendable, Equatable {
    /// What the vectors are made with.
    package var origin: VectorOrigin
    /// In the order of their training; no two of one name.
    package var outputs: [Output]

    package init(origin: VectorOrigin, outputs: [Output]) {
        self.origin = origin
        self.outputs = outputs
    }

    package func output(named name: String) -> Output? { outputs.first { $0.name == name } }

    /// One logistic regression: its score is the probability that a text is good.
    package struct Output: Sendable, Equatable {
        package var name: String
        package var bias: Double
        /// One for each dimension of the vector, then one for each statistic, of standardised values.
        package var weights: [Double]
        /// A value x stands in the regression as (x - mean) / scale, no further than `reach` from 0.
        package var means: [Double]
        package var scales: [Double]
        package var domain: Domain
        /// Texts of the training.
        package var good: Int
        package var bad: Int
        /// The area under the ROC curve in its cross-validation.
        package var auc: Double

        /// How many standard deviations a value counts at most: no single one decides on a text unlike all others.
        static let reach = 8.0

        package init(
            name: String, bias: Double, weights: [Double], means: [Double], scales: [Double], domain: Domain, good: Int,
            bad: Int, auc: Double
        ) {
            self.name = name
            self.bias = bias
            self.weights = weights
            self.means = means
            self.scales = scales
            self.domain = domain
            self.good = good
            self.bad = bad
            self.auc = auc
        }

        /// - Parameters:
        ///   - vector: as many values as the head's origin has dimensions.
        ///   - statistics: `TextStatistics.count` values.
        /// - Returns: the log-odds that the text is good.
        package func logit(vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>) -> Double {
            precondition(vector.count + statistics.count == weights.count)
            return bias + pull(of: vector, from: 0) + pull(of: statistics, from: vector.count)
        }

        /// The probability that the text is good, 0...1; parameters as of `logit`.
        package func score(vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>) -> Double {
            1 / (1 + exp(-logit(vector: vector, statistics: statistics)))
        }

        /// What moved the log-odds by how much, beside the bias; parameters as of `logit`.
        ///
        /// - Returns: the pull of the whole vector, and each statistic's name, value and pull, in the order of
        ///   `TextStatistics.all`.
        package func contributions(
            vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>
        ) -> (vector: Double, statistics: [(name: String, value: Double, pull: Double)]) {
            precondition(vector.count + statistics.count == weights.count)
            let pulls = statistics.indices.map { index in
                (
                    name: TextStatistics.all[index].name, value: Double(statistics[index]),
                    pull: weights[vector.count + index] * standardised(statistics[index], vector.count + index)
                )
            }
            return (pull(of: vector, from: 0), pulls)
        }

        private func pull(of values: UnsafeBufferPointer<Float>, from first: Int) -> Double {
            var sum = 0.0
            for index in values.indices {
                sum += weights[first + index] * standardised(values[index], first + index)
            }
            return sum
        }

        @inline(__always)
        private func standardised(_ value: Float, _ index: Int) -> Double {
            Self.hold((Double(value) - means[index]) / scales[index])
        }

        @inline(__always)
        package static func hold(_ standardised: Double) -> Double { min(max(standardised, -reach), reach) }
    }
}
