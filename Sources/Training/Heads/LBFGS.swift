/// Limited-memory BFGS with a line search for the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization,
/// 2nd edition: algorithms 7.4, 7.5, 3.5 and 3.6).
struct LBFGS {
    /// The number of pairs of a step and a gradient difference that are kept.
    var history = 10
    var mostIterations = 1000
    /// The search ends when no component of the gradient has a larger absolute value.
    var tolerance = 1e-9

    /// Returns the function's value at a point, and writes the gradient there.
    typealias Function = (_ point: [Double], _ gradient: inout [Double]) -> Double

    /// Returns the position of a minimum of a smooth function, searched from `start`.
    func minimise(from start: [Double], _ function: @escaping Function) -> [Double] {
        var here = Point(position: start, value: 0, gradient: [Double](repeating: 0, count: start.count))
        here.value = function(here.position, &here.gradient)
        var steps: [[Double]] = []
        var changes: [[Double]] = []
        for _ in 0..<mostIterations {
            if here.gradient.allSatisfy({ abs($0) <= tolerance }) { break }
            var direction = Self.direction(here.gradient, steps, changes)
            if dot(direction, here.gradient) >= 0 {
                // Rounding errors have spoilt the history: start again, along the negative gradient.
                steps = []
                changes = []
                direction = here.gradient.map { -$0 }
            }
            let first = steps.isEmpty ? min(1, 1 / dot(here.gradient, here.gradient).squareRoot()) : 1
            // No point along the direction is lower by more than rounding errors, so this is the minimum.
            guard let next = LineSearch(from: here, along: direction, function).find(first: first) else { break }
            let step = zip(next.position, here.position).map { $0 - $1 }
            let change = zip(next.gradient, here.gradient).map { $0 - $1 }
            if dot(step, change) > 0 {
                if steps.count == history {
                    steps.removeFirst()
                    changes.removeFirst()
                }
                steps.append(step)
                changes.append(change)
            }
            here = next
        }
        return here.position
    }

    /// Returns the direction of the search: minus the estimated inverse Hessian, multiplied by the gradient (two-loop
    /// recursion, algorithm 7.4).
    private static func direction(_ gradient: [Double], _ steps: [[Double]], _ changes: [[Double]]) -> [Double] {
        var result = gradient.map { -$0 }
        var factors = [Double](repeating: 0, count: steps.count)
        for index in steps.indices.reversed() {
            factors[index] = dot(steps[index], result) / dot(steps[index], changes[index])
            add(-factors[index], changes[index], to: &result)
        }
        if let step = steps.last, let change = changes.last {
            let scale = dot(step, change) / dot(change, change)
            for index in result.indices { result[index] *= scale }
        }
        for index in steps.indices {
            let factor = dot(changes[index], result) / dot(steps[index], changes[index])
            add(factors[index] - factor, steps[index], to: &result)
        }
        return result
    }
}

private struct Point {
    var position: [Double]
    var value: Double
    var gradient: [Double]
}

/// A search along a descent direction for a step that fulfils the strong Wolfe conditions.
private struct LineSearch {
    /// The constants c1 and c2 of the Wolfe conditions, as the book has them for quasi-Newton methods: the least
    /// decrease of the value and the largest remaining slope, both relative to the initial slope.
    static let decrease = 1e-4
    static let slopeLeft = 0.9
    static let mostTrials = 40

    /// A step that was tried, and the function's value and slope there.
    private struct Trial {
        var step: Double
        var point: Point
        var slope: Double
        var value: Double { point.value }
    }

    private let origin: Point
    private let direction: [Double]
    private let slope: Double
    private let function: LBFGS.Function

    init(from origin: Point, along direction: [Double], _ function: @escaping LBFGS.Function) {
        self.origin = origin
        self.direction = direction
        self.function = function
        slope = dot(direction, origin.gradient)
    }

    /// Algorithm 3.5. Returns nil if no trial lowers the value.
    func find(first: Double) -> Point? {
        var last = Trial(step: 0, point: origin, slope: slope)
        var step = first
        for number in 0..<Self.mostTrials {
            let trial = attempt(step)
            if !isLowEnough(trial) || number > 0 && trial.value >= last.value { return zoom(last, trial) }
            if abs(trial.slope) <= -Self.slopeLeft * slope { return trial.point }
            if trial.slope >= 0 { return zoom(trial, last) }
            last = trial
            step *= 2
        }
        return last.point
    }

    /// Algorithm 3.6. The wanted step lies between the two trials, and `low` has the lower value.
    private func zoom(_ low: Trial, _ high: Trial) -> Point? {
        var (low, high) = (low, high)
        for _ in 0..<Self.mostTrials {
            let trial = attempt(between(low, high))
            if !isLowEnough(trial) || trial.value >= low.value {
                high = trial
            } else {
                if abs(trial.slope) <= -Self.slopeLeft * slope { return trial.point }
                if trial.slope * (high.step - low.step) >= 0 { high = low }
                low = trial
            }
            if low.step == high.step { break }
        }
        return low.value < origin.value ? low.point : nil
    }

    /// The step at the minimum of the cubic through both trials (equation 3.59), or the middle if that is not well
    /// inside.
    private func between(_ a: Trial, _ b: Trial) -> Double {
        let width = b.step - a.step
        let first = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
        let second = (first * first - a.slope * b.slope).squareRoot() * (width > 0 ? 1 : -1)
        let minimum = b.step - width * (b.slope + second - first) / (b.slope - a.slope + 2 * second)
        let margin = abs(width) * 0.05
        let (least, most) = (min(a.step, b.step) + margin, max(a.step, b.step) - margin)
        return minimum >= least && minimum <= most ? minimum : a.step + width / 2
    }

    private func isLowEnough(_ trial: Trial) -> Bool {
        trial.value <= origin.value + Self.decrease * trial.step * slope
    }

    private func attempt(_ step: Double) -> Trial {
        var point = origin
        add(step, direction, to: &point.position)
        point.value = function(point.position, &point.gradient)
        return Trial(step: step, point: point, slope: dot(direction, point.gradient))
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
}

/// sum += factor * values
private func add(_ factor: Double, _ values: [Double], to sum: inout [Double]) {
    for index in sum.indices { sum[index] += factor * values[index] }
}
