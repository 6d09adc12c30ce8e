import Foundation
import TestSupport
import Testing

@testable import QualityScoring
@testable import Training

@Suite struct CalibrationTests {
    @Test(arguments: [(1.0, 0.0), (0.3, -1.5), (2.5, 1)])
    func aCalibrationFindsTheSlopeAndInterceptOfTheLabels(_ slope: Double, _ intercept: Double) {
        var random = SeededGenerator(seed: 4)
        let logits = (0..<20_000).map { _ in Double.random(in: -4...4, using: &random) }
        let labels = logits.map { Double.random(in: 0...1, using: &random) < 1 / (1 + exp(-(slope * $0 + intercept))) }
        let fitted = Calibration(fitting: logits, labels, weights: labels.map { _ in 1 })
        #expect(abs(fitted.slope - slope) < 0.05 * max(1, slope) && abs(fitted.intercept - intercept) < 0.1)
    }

    @Test func ofTextsScoredEightTenthsFourInFiveAreGood() {
        var random = SeededGenerator(seed: 6)
        // Far too sure of itself: the true log-odds are a fifth of these.
        let logits = (0..<20_000).map { _ in Double.random(in: -20...20, using: &random) }
        let labels = logits.map { Double.random(in: 0...1, using: &random) < 1 / (1 + exp(-$0 / 5)) }
        let fitted = Calibration(fitting: logits, labels, weights: labels.map { _ in 1 })
        let scored = logits.indices.filter { (0.78..<0.82).contains(fitted.probability(ofLogit: logits[$0])) }
        let good = Double(scored.count { labels[$0] }) / Double(scored.count)
        #expect(scored.count > 300 && abs(good - 0.8) < 0.07, "\(good)")
    }

    @Test func weightsCountAsRepetitions() {
        let logits = [-1.0, 0.5, 2, -0.3]
        let labels = [false, false, true, true]
        let weighted = Calibration(fitting: logits, labels, weights: [1, 3, 2, 1])
        let whole = Calibration(fitting: logits, labels, weights: [10, 30, 20, 10])
        #expect(abs(weighted.slope - whole.slope) < 1e-9 && abs(weighted.intercept - whole.intercept) < 1e-9)
    }

    @Test func separatedAndReversedLabelsHaveFiniteCalibrations() {
        let logits = (0..<40).map { Double($0) - 19.5 }
        let separated = Calibration(fitting: logits, logits.map { $0 > 0 }, weights: logits.map { _ in 1 })
        #expect(separated.slope > 0 && separated.slope.isFinite && abs(separated.intercept) < 1e-6)
        let reversed = Calibration(fitting: logits, logits.map { $0 < 0 }, weights: logits.map { _ in 1 })
        #expect(reversed == Calibration(slope: 0, intercept: 0))
    }
}
