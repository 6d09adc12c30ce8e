internal import QualityScoring

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// L2-regularised logistic regression over standardised values. It minimises
///
///     |w|² / 2 + C · Σ weight · log(1 + exp(-y (w · x + bias))),    y = ±1
///
/// This is scikit-learn's `LogisticRegression` after its `StandardScaler`. The bias is not penalised.
struct LogisticRegression {
    var bias: Double
    var weights: [Double]
    var means: [Double]
    var scales: [Double]

    /// Fits a regression to rows of a matrix. The rows are read in order on one thread, so the result is the same on
    /// every run.
    ///
    /// - Parameters:
    ///   - features: the matrix, `width` values for each row.
    ///   - rows: the indices of the rows to fit to.
    ///   - labels: the labels of all rows of the matrix; true is good.
    ///   - rowWeights: the weights of all rows of the matrix. They are scaled so that the good and the bad rows each
    ///     get half of the total weight (scikit-learn's `class_weight="balanced"`).
    ///   - inversePenalty: C in the formula above.
    init(
        features: [Float], width: Int, rows: [Int], labels: [Bool], rowWeights: [Double], inversePenalty: Double
    ) {
        (means, scales) = Self.standardisation(features, width: width, rows: rows, rowWeights: rowWeights)
        let goodWeight = rows.reduce(0) { $0 + (labels[$1] ? rowWeights[$1] : 0) }
        let allWeight = rows.reduce(0) { $0 + rowWeights[$1] }
        let factors = (good: allWeight / (2 * goodWeight), bad: allWeight / (2 * (allWeight - goodWeight)))
        let objective = Objective(
            features: features, width: width, rows: rows,
            targets: rows.map { labels[$0] ? 1 : -1 },
            weights: rows.map { rowWeights[$0] * (labels[$0] ? factors.good : factors.bad) / allWeight },
            penalty: 1 / (inversePenalty * allWeight), means: means, inverses: scales.map { 1 / $0 })
        let found = LBFGS().minimise(from: [Double](repeating: 0, count: width + 1), objective.evaluate)
        weights = Array(found[..<width])
        bias = found[width]
    }

    /// The probability that a row is good.
    func score(_ values: ArraySlice<Float>) -> Double {
        var logit = bias
        for (column, value) in values.enumerated() {
            logit += weights[column] * Head.Output.hold((Double(value) - means[column]) / scales[column])
        }
        return 1 / (1 + exp(-logit))
    }

    /// The weighted mean and standard deviation of each column. A column that is constant has a scale of 1.
    private static func standardisation(
        _ features: [Float], width: Int, rows: [Int], rowWeights: [Double]
    ) -> (means: [Double], scales: [Double]) {
        var means = [Double](repeating: 0, count: width)
        var squares = means
        let total = rows.reduce(0) { $0 + rowWeights[$1] }
        for row in rows {
            for column in 0..<width { means[column] += rowWeights[row] * Double(features[row * width + column]) }
        }
        for column in 0..<width { means[column] /= total }
        for row in rows {
            for column in 0..<width {
                let distance = Double(features[row * width + column]) - means[column]
                squares[column] += rowWeights[row] * distance * distance
            }
        }
        // A column that varies only by rounding errors counts as constant.
        let scales = squares.enumerated().map { column, square in
            let deviation = (square / total).squareRoot()
            return deviation > 1e-9 * max(1, abs(means[column])) ? deviation : 1
        }
        return (means, scales)
    }

    /// The formula above, divided by C and by the sum of the weights.
    private struct Objective {
        let features: [Float]
        let width: Int
        let rows: [Int]
        let targets: [Double]
        let weights: [Double]
        let penalty: Double
        let means: [Double]
        let inverses: [Double]

        func evaluate(_ point: [Double], _ gradient: inout [Double]) -> Double {
            var loss = 0.0
            var values = [Double](repeating: 0, count: width)
            for column in 0...width { gradient[column] = 0 }
            for (index, row) in rows.enumerated() {
                var logit = point[width]
                for column in 0..<width {
                    values[column] = Head.Output.hold(
                        (Double(features[row * width + column]) - means[column]) * inverses[column])
                    logit += point[column] * values[column]
                }
                let margin = targets[index] * logit
                // log(1 + exp(-margin)) without overflow.
                let tail = exp(-abs(margin))
                loss += weights[index] * (log1p(tail) + max(0, -margin))
                let probabilityWrong = margin > 0 ? tail / (1 + tail) : 1 / (1 + tail)
                let slope = -targets[index] * weights[index] * probabilityWrong
                for column in 0..<width { gradient[column] += slope * values[column] }
                gradient[width] += slope
            }
            for column in 0..<width {
                loss += penalty * point[column] * point[column] / 2
                gradient[column] += penalty * point[column]
            }
            return loss
        }
    }
}
