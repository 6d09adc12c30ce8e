#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// L2-regularised logistic regression over standardised values. It minimises
///
///     Σ penalty_j w_j² / 2 + Σ weight_i · log(1 + exp(-y_i (w · x_i + bias))),    y = ±1
///
/// The bias is not penalised. With one penalty for all weights, this is scikit-learn's `LogisticRegression` with C = 1 /
/// penalty.
struct LogisticRegression: Sendable, Equatable {
    var bias: Double
    var weights: [Double]

    /// A matrix of standardised values, and the labels of its rows.
    struct Matrix: Sendable {
        /// `width` values for each row.
        let values: [Float]
        let width: Int
        /// True is good.
        let labels: [Bool]
    }

    /// Fits a regression to rows of a matrix. The rows are read in order on one thread, so the result is the same on
    /// every run.
    ///
    /// - Parameters:
    ///   - rows: the rows to fit to.
    ///   - rowWeights: a weight for each of them.
    ///   - penalties: a penalty for each column.
    ///   - start: a regression that is near the result; nil for none.
    ///   - tolerance: the fit ends when no component of the gradient, per unit of weight, is larger.
    init(
        _ matrix: Matrix, rows: [Int], rowWeights: [Double], penalties: [Double], start: LogisticRegression? = nil,
        tolerance: Double = 1e-9
    ) {
        let total = rowWeights.reduce(0, +)
        let objective = Objective(
            matrix: matrix, rows: rows, weights: rowWeights.map { $0 / total }, penalties: penalties.map { $0 / total })
        let origin =
            start.map { $0.weights + [$0.bias] } ?? [Double](repeating: 0, count: matrix.width + 1)
        var search = LBFGS()
        search.tolerance = tolerance
        let found = search.minimise(from: origin, objective.evaluate)
        weights = Array(found[..<matrix.width])
        bias = found[matrix.width]
    }

    /// The log-odds that a row of the matrix is good.
    func logit(_ matrix: Matrix, _ row: Int) -> Double {
        matrix.values.withUnsafeBufferPointer { values in
            weights.withUnsafeBufferPointer {
                bias + Self.product(values.baseAddress! + row * matrix.width, $0.baseAddress!, matrix.width)
            }
        }
    }

    /// The formula above, divided by the sum of the weights.
    private struct Objective {
        let matrix: Matrix
        let rows: [Int]
        let weights: [Double]
        let penalties: [Double]

        func evaluate(_ point: [Double], _ gradient: inout [Double]) -> Double {
            matrix.values.withUnsafeBufferPointer { values in
                point.withUnsafeBufferPointer { point in
                    gradient.withUnsafeMutableBufferPointer { gradient in
                        evaluate(values.baseAddress!, point.baseAddress!, gradient.baseAddress!)
                    }
                }
            }
        }

        // The loop over all values takes nearly all the time of a training, so it uses pointers without bounds checks.
        private func evaluate(
            _ values: UnsafePointer<Float>, _ point: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>
        ) -> Double {
            let width = matrix.width
            var loss = 0.0
            gradient.update(repeating: 0, count: width + 1)
            for (index, row) in rows.enumerated() {
                let x = values + row * width
                let target: Double = matrix.labels[row] ? 1 : -1
                let margin = target * (point[width] + LogisticRegression.product(x, point, width))
                // log(1 + exp(-margin)) without overflow.
                let tail = exp(-abs(margin))
                loss += weights[index] * (log1p(tail) + max(0, -margin))
                let probabilityWrong = margin > 0 ? tail / (1 + tail) : 1 / (1 + tail)
                let slope = -target * weights[index] * probabilityWrong
                var column = 0
                while column < width {
                    gradient[column] += slope * Double(x[column])
                    column &+= 1
                }
                gradient[width] += slope
            }
            for column in 0..<width {
                loss += penalties[column] * point[column] * point[column] / 2
                gradient[column] += penalties[column] * point[column]
            }
            return loss
        }
    }

    /// The inner product of a row and the weights, in four sums that the processor can compute at the same time.
    @inline(__always)
    private static func product(_ x: UnsafePointer<Float>, _ weights: UnsafePointer<Double>, _ width: Int) -> Double {
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
        var column = 0
        while column &+ 4 <= width {
            a += Double(x[column]) * weights[column]
            b += Double(x[column &+ 1]) * weights[column &+ 1]
            c += Double(x[column &+ 2]) * weights[column &+ 2]
            d += Double(x[column &+ 3]) * weights[column &+ 3]
            column &+= 4
        }
        while column < width {
            a += Double(x[column]) * weights[column]
            column &+= 1
        }
        return (a + b) + (c + d)
    }
}
