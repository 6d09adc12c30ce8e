internal import Basics
internal import PipelineGraph
internal import QualityScoring

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The training of one output: its examples, ready to be fitted to.
struct OutputTraining: Sendable {
    /// How strongly large weights are penalised.
    struct Penalty: Sendable, Hashable {
        /// The penalty of the weights of statistics.
        var statistics: Double
        /// How much stronger that of the weights of the vector is.
        var vectorFactor: Double
    }

    /// The penalties that are tried, and where the search begins.
    static let strengths = [30.0, 100, 300, 1000, 3000, 10_000]
    static let vectorFactors = [1.0, 4, 16]
    private static let first = (strength: 3, factor: 1)
    /// The tolerance of fits whose result only serves the cross-validation.
    private static let roughly = 1e-5

    /// The number of the output in `TrainingTexts.outputs`.
    let output: Int
    /// The examples, as indices of the training texts. All other indices here are those of the examples.
    let examples: [Int]
    let labels: [Bool]
    let parts: HeldOutParts
    let scaling: FeatureScaling
    private let matrix: LogisticRegression.Matrix
    private let dimensions: Int

    /// - Throws: if there are no good or no bad examples, or too few groups.
    init(_ texts: TrainingTexts, output: Int) throws(Failure) {
        self.output = output
        examples = texts.examples(of: output)
        let labels = examples.map { texts.labels[$0][output]! }
        self.labels = labels
        let good = labels.count { $0 }
        guard good > 0, good < labels.count else {
            throw Failure(
                "\(texts.outputs[output]): training needs good and bad texts, and has \(good) good and "
                    + "\(labels.count - good) bad ones; add texts, in more groups")
        }
        parts = try HeldOutParts(
            isGood: labels, sources: examples.map { texts.sources[$0] }, kinds: examples.map { texts.kinds[$0] },
            groups: examples.map { texts.groups[$0] })
        scaling = FeatureScaling(texts, rows: examples)
        guard scaling.means.allSatisfy(\.isFinite), scaling.scales.allSatisfy(\.isFinite) else {
            throw Failure("a vector holds NaN or infinity; run 'dedup embed' again")
        }
        dimensions = texts.dimensions
        matrix = LogisticRegression.Matrix(
            values: scaling.standardised(texts, rows: examples), width: texts.width, labels: labels)
    }

    // MARK: Fitting

    private func fit(
        _ rows: [Int], _ penalty: Penalty, start: LogisticRegression? = nil, tolerance: Double = 1e-9
    ) -> LogisticRegression {
        let vector = penalty.statistics * penalty.vectorFactor
        let penalties =
            [Double](repeating: vector, count: dimensions)
            + [Double](repeating: penalty.statistics, count: matrix.width - dimensions)
        return LogisticRegression(
            matrix, rows: rows, rowWeights: parts.weights(of: rows), penalties: penalties, start: start,
            tolerance: tolerance)
    }

    /// Fits a regression to all examples.
    func fit(_ penalty: Penalty) -> LogisticRegression { fit(Array(labels.indices), penalty) }

    /// Returns the log-odds that a regression gives a training text.
    func logit(_ regression: LogisticRegression, of text: Int, in texts: TrainingTexts) -> Double {
        let row = LogisticRegression.Matrix(
            values: scaling.standardised(texts, rows: [text]), width: texts.width, labels: [])
        return regression.logit(row, 0)
    }

    // MARK: Cross-validation

    /// The result of a cross-validation with one penalty.
    struct Validation: Sendable {
        let penalty: Penalty
        /// The log-odds of each example, by a regression that has seen neither its part nor its group.
        let logits: [Double]
        /// The calibration of these log-odds.
        let calibration: Calibration
        /// The mean of the negative log-likelihood of the labels, after calibration, where each part counts the same.
        let loss: Double
        fileprivate let regressions: [LogisticRegression]
    }

    /// Cross-validates with one penalty. The folds are fitted at the same time.
    ///
    /// - Parameter start: a validation with another penalty, whose regressions are near the wanted ones.
    func validate(
        _ penalty: Penalty, start: Validation? = nil, on executor: ThreadExecutor
    ) async throws -> Validation {
        let regressions = try await withThrowingTaskGroup(of: (Int, LogisticRegression).self) { group in
            for fold in 0..<parts.folds {
                group.addTask(executorPreference: executor) {
                    try Task.checkCancellation()
                    let rows = parts.training(without: fold)
                    return (
                        fold, fit(rows, penalty, start: start?.regressions[fold], tolerance: Self.roughly)
                    )
                }
            }
            var found = [LogisticRegression?](repeating: nil, count: parts.folds)
            for try await (fold, regression) in group { found[fold] = regression }
            return found.map { $0! }
        }
        let logits = labels.indices.map { regressions[parts.foldOf[$0]].logit(matrix, $0) }
        let weights = parts.weights(of: Array(labels.indices))
        let calibration = Calibration(fitting: logits, labels, weights: weights)
        var loss = 0.0
        for index in labels.indices {
            let z = calibration.logit(logits[index])
            loss += weights[index] * (max(labels[index] ? -z : z, 0) + log1p(exp(-abs(z))))
        }
        return Validation(
            penalty: penalty, logits: logits, calibration: calibration, loss: loss / weights.reduce(0, +),
            regressions: regressions)
    }

    /// Searches for the penalty under which texts of sources and kinds that were left out are judged best: from a penalty
    /// in the middle, to neighbours with a lower loss, until there are none.
    ///
    /// - Parameter strength: the penalty of statistics; nil to search for it.
    func search(strength: Double?, on executor: ThreadExecutor) async throws -> Validation {
        let strengths = strength.map { [$0] } ?? Self.strengths
        let factors = dimensions == 0 ? [1] : Self.vectorFactors
        var place = (
            strength: min(Self.first.strength, strengths.count - 1), factor: min(Self.first.factor, factors.count - 1)
        )
        func penalty(_ place: (strength: Int, factor: Int)) -> Penalty {
            Penalty(statistics: strengths[place.strength], vectorFactor: factors[place.factor])
        }
        var best = try await validate(penalty(place), on: executor)
        var tried: Set = [best.penalty]
        search: while true {
            for (strength, factor) in [(0, -1), (0, 1), (-1, 0), (1, 0)] {
                let next = (strength: place.strength + strength, factor: place.factor + factor)
                guard strengths.indices.contains(next.strength), factors.indices.contains(next.factor),
                    tried.insert(penalty(next)).inserted
                else { continue }
                let found = try await validate(penalty(next), start: best, on: executor)
                if found.loss < best.loss {
                    (best, place) = (found, next)
                    continue search
                }
            }
            return best
        }
    }
}
