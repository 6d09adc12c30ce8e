#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Head {
    /// One logistic regression. Its score is the probability that a text is good in one respect.
    package struct Output: Sendable, Equatable {
        /// The name, which is unique in the head. `dedup score` writes the score under this name.
        package var name: String
        /// The log-odds, before the calibration, of a text whose standardised values are all 0.
        package var bias: Double
        /// One weight for each dimension of the vector, then one for each statistic. They apply to standardised values.
        package var weights: [Double]
        /// How each value of a text is standardised.
        package var scaling: FeatureScaling
        /// Turns the sum of the regression into log-odds that hold for texts of other sources than those of the
        /// training.
        package var calibration: Calibration
        /// The kinds of text that the output was trained on.
        package var domain: Domain
        /// The number of good and of bad texts in the training.
        package var good: Int
        package var bad: Int
        /// The area under the ROC curve in the cross-validation of the training.
        package var auc: Double

        package init(
            name: String, bias: Double, weights: [Double], scaling: FeatureScaling, calibration: Calibration,
            domain: Domain, good: Int, bad: Int, auc: Double
        ) {
            self.name = name
            self.bias = bias
            self.weights = weights
            self.scaling = scaling
            self.calibration = calibration
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
        ///   - profile: the length of the text.
        /// - Returns: the log-odds that the text is good.
        package func logit(
            vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile
        ) -> Double {
            precondition(vector.count + statistics.count == weights.count)
            var sum = bias + pull(ofVector: vector)
            let reliabilities = Reliabilities(profile)
            for index in statistics.indices {
                sum += pull(ofStatistic: index, statistics[index], vector.count + index, reliabilities)
            }
            return calibration.logit(sum)
        }

        /// The probability that the text is good, 0...1. The parameters are those of `logit`.
        package func score(
            vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile
        ) -> Double {
            1 / (1 + exp(-logit(vector: vector, statistics: statistics, profile)))
        }

        /// The parts that the log-odds of a text are the sum of.
        package struct Contributions: Sendable {
            /// The same for all texts.
            package let bias: Double
            /// The contribution of the whole vector.
            package let vector: Double
            /// The name, value and contribution (pull) of each statistic in the order of `TextStatistics.all`.
            package let statistics: [(name: String, value: Double, pull: Double)]
        }

        /// How much the bias, the vector and each statistic add to the log-odds. The parameters are those of `logit`.
        package func contributions(
            vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile
        ) -> Contributions {
            precondition(vector.count + statistics.count == weights.count)
            let reliabilities = Reliabilities(profile)
            let slope = calibration.slope
            return Contributions(
                bias: calibration.logit(bias), vector: slope * pull(ofVector: vector),
                statistics: statistics.indices.map { index in
                    (
                        name: TextStatistics.all[index].name, value: Double(statistics[index]),
                        pull: slope
                            * pull(ofStatistic: index, statistics[index], vector.count + index, reliabilities)
                    )
                })
        }

        private func pull(ofVector vector: UnsafeBufferPointer<Float>) -> Double {
            var sum = 0.0
            for index in vector.indices {
                sum += weights[index] * scaling.standardised(vector[index], index, reliability: 1)
            }
            return sum
        }

        @inline(__always)
        private func pull(
            ofStatistic statistic: Int, _ value: Float, _ index: Int, _ reliabilities: Reliabilities
        ) -> Double {
            let reliability = reliabilities[TextStatistics.all[statistic].basis]
            return weights[index] * scaling.standardised(value, index, reliability: reliability)
        }
    }
}

/// How the values of a text become numbers of comparable size. All arrays have one entry for each dimension of the
/// vector, then one for each statistic.
package struct FeatureScaling: Sendable, Equatable {
    /// The mean and the scale of the values: a value x becomes (x - mean) / scale.
    package var means: [Double]
    package var scales: [Double]
    /// The range of the standardised values in the training, without the outermost 0.2 % at each end. Values beyond it
    /// count as its ends, so that a regression never extrapolates.
    package var least: [Double]
    package var most: [Double]

    package init(means: [Double], scales: [Double], least: [Double], most: [Double]) {
        self.means = means
        self.scales = scales
        self.least = least
        self.most = most
    }

    /// The standardised value.
    ///
    /// - Parameter reliability: how much the value counts against the mean, from 0 to 1.
    @inline(__always)
    package func standardised(_ value: Float, _ index: Int, reliability: Double) -> Double {
        min(max((Double(value) - means[index]) / scales[index] * reliability, least[index]), most[index])
    }
}

/// How much the statistics of a text count. A rate over n units is shrunk towards the mean of the training texts as if
/// `strength` units with the mean rate had been seen as well: it counts n / (n + strength).
package struct Reliabilities: Sendable {
    private let words, characters, sentences: Double

    package init(_ profile: TextProfile) {
        func reliability(_ basis: StatisticBasis) -> Double {
            let units = Double(profile.count(of: basis))
            return units / (units + Self.strength(basis))
        }
        words = reliability(.words)
        characters = reliability(.characters)
        sentences = reliability(.sentences)
    }

    private static func strength(_ basis: StatisticBasis) -> Double {
        switch basis {
        case .words: 10
        case .characters: 50
        case .sentences: 1
        }
    }

    package subscript(basis: StatisticBasis) -> Double {
        switch basis {
        case .words: words
        case .characters: characters
        case .sentences: sentences
        }
    }
}
