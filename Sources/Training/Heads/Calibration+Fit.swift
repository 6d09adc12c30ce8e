internal import QualityScoring

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Calibration {
    /// The largest number of Newton steps; some ten are enough.
    private static let mostSteps = 100

    /// Fits a calibration to log-odds and labels by maximum likelihood (Platt scaling).
    ///
    /// As in Platt's paper, a label counts a little less than certain: (n + 1) / (n + 2) for n good texts, and 1 / (n + 2)
    /// for n bad ones. So the slope stays finite where the log-odds separate the labels.
    ///
    /// - Parameters:
    ///   - logits, labels, weights: of each text, in any order.
    init(fitting logits: [Double], _ labels: [Bool], weights: [Double]) {
        let good = labels.count { $0 }
        let targets = (good: (Double(good) + 1) / (Double(good) + 2), bad: 1 / (Double(labels.count - good) + 2))
        let total = weights.reduce(0, +)
        func loss(_ slope: Double, _ intercept: Double) -> Double {
            var sum = 0.0
            for index in logits.indices {
                let z = slope * logits[index] + intercept
                let target = labels[index] ? targets.good : targets.bad
                // -t log σ(z) - (1 - t) log(1 - σ(z))
                sum += weights[index] * (max(z, 0) - target * z + log1p(exp(-abs(z))))
            }
            return sum / total
        }
        var (slope, intercept) = (1.0, 0.0)
        var current = loss(slope, intercept)
        for _ in 0..<Self.mostSteps {
            var (gs, gi, hss, hsi, hii) = (0.0, 0.0, 1e-9, 0.0, 1e-9)
            for index in logits.indices {
                let x = logits[index]
                let p = 1 / (1 + exp(-(slope * x + intercept)))
                let target = labels[index] ? targets.good : targets.bad
                let weight = weights[index] / total
                gs += weight * (p - target) * x
                gi += weight * (p - target)
                hss += weight * p * (1 - p) * x * x
                hsi += weight * p * (1 - p) * x
                hii += weight * p * (1 - p)
            }
            if max(abs(gs), abs(gi)) < 1e-10 { break }
            let determinant = hss * hii - hsi * hsi
            let step = (
                slope: -(hii * gs - hsi * gi) / determinant, intercept: -(hss * gi - hsi * gs) / determinant
            )
            var size = 1.0
            var next = current
            while size > 1e-6 {
                next = loss(slope + size * step.slope, intercept + size * step.intercept)
                if next < current { break }
                size /= 2
            }
            // No step lowers the loss by more than rounding errors.
            guard next < current else { break }
            slope += size * step.slope
            intercept += size * step.intercept
            current = next
        }
        // A regression that ranks texts of other sources in the wrong order says nothing about them.
        if slope < 0 { (slope, intercept) = (0, 0) }
        self.init(slope: slope.shortened, intercept: intercept.shortened)
    }
}
