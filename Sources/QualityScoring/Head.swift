#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A quality head: logistic regressions (outputs) over a document's pooled vector and its text statistics. Each output
/// gives one score.
package struct Head: Sendable, Equatable {
    /// The model and the options that the vectors have to be made with.
    package var origin: VectorOrigin
    /// The outputs in the order of their training. Their names differ.
    package var outputs: [Output]

    package init(origin: VectorOrigin, outputs: [Output]) {
        self.origin = origin
        self.outputs = outputs
    }

    /// Returns the output of this name, or nil if the head has none.
    package func output(named name: String) -> Output? { outputs.first { $0.name == name } }

    /// One logistic regression. Its score is the probability that a text is good.
    package struct Output: Sendable, Equatable {
        /// The name, which is unique in the head. `dedup score` writes the score under this name.
        package var name: String
        /// The log-odds of a text whose standardised values are all 0.
        package var bias: Double
        /// One weight for each dimension of the vector, then one for each statistic. They apply to standardised values.
        package var weights: [Double]
        /// A value x enters the regression as (x - mean) / scale, limited to the range from `-reach` to `reach`.
        package var means: [Double]
        package var scales: [Double]
        /// The kinds of text that the output was trained on.
        package var domain: Domain
        /// The number of good and of bad texts in the training.
        package var good: Int
        package var bad: Int
        /// The area under the ROC curve, from the cross-validation at training.
        package var auc: Double

        /// The limit of a standardised value, in standard deviations. Without it, a single unusual value could decide
        /// the score.
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

        /// Computes the log-odds of a text.
        ///
        /// - Parameters:
        ///   - vector: the document's vector, with `VectorOrigin.dimensions` values.
        ///   - statistics: `TextStatistics.count` values.
        /// - Returns: the log-odds that the text is good.
        package func logit(vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>) -> Double {
            precondition(vector.count + statistics.count == weights.count)
            return bias + pull(of: vector, from: 0) + pull(of: statistics, from: vector.count)
        }

        /// The probability that the text is good, 0...1. The parameters are those of `logit`.
        package func score(vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>) -> Double {
            1 / (1 + exp(-logit(vector: vector, statistics: statistics)))
        }

        /// How much the vector and each statistic add to the log-odds; the bias is the rest. The parameters are those
        /// of `logit`.
        ///
        /// - Returns: the contribution (pull) of the whole vector, and the name, value and contribution of each
        ///   statistic in the order of `TextStatistics.all`.
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
