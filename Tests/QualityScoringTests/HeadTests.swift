import Testing

@testable import QualityScoring

@Suite struct HeadTests {
    private let features = 2 + TextStatistics.count

    /// An output that reads the first dimension of the vector and the first statistic, both with a weight of 1.
    private func output(_ name: String = "a", bias: Double = 0) -> Head.Output {
        var weights = [Double](repeating: 0, count: features)
        (weights[0], weights[2]) = (1, 1)
        let ones = [Double](repeating: 1, count: features)
        return Head.Output(
            name: name, bias: bias, weights: weights,
            scaling: FeatureScaling(
                means: ones.map { _ in 0 }, scales: ones, least: ones.map { _ in -2 }, most: ones.map { _ in 3 }),
            calibration: Calibration(slope: 2, intercept: 1),
            domain: Domain(words: 1...1000, scripts: [.latin], languages: [.english]), good: 1, bad: 1, auc: 1)
    }

    private func profile(words: Int32) -> TextProfile {
        TextProfile(words: words, characters: words * 5, sentences: 1, script: .latin, language: .english)
    }

    private func logit(_ output: Head.Output, vector: Float, statistic: Float, words: Int32) -> Double {
        var statistics = [Float](repeating: 0, count: TextStatistics.count)
        statistics[0] = statistic
        return [vector, 0].withUnsafeBufferPointer { vector in
            statistics.withUnsafeBufferPointer {
                output.logit(vector: vector, statistics: $0, profile(words: words))
            }
        }
    }

    @Test func valuesOutsideTheRangeOfTheTrainingCountAsItsEnds() {
        let output = output()
        #expect(logit(output, vector: 1, statistic: 0, words: 10) == 2 * 1 + 1)
        #expect(logit(output, vector: 100, statistic: 0, words: 10) == 2 * 3 + 1)
        #expect(logit(output, vector: -100, statistic: 0, words: 10) == 2 * -2 + 1)
    }

    @Test func statisticsOfShortTextsCountLess() {
        let output = output()
        #expect(logit(output, vector: 0, statistic: 2, words: 10) == 2 * 1 + 1)
        #expect(logit(output, vector: 0, statistic: 2, words: 30) == 2 * 1.5 + 1)
        #expect(logit(output, vector: 0, statistic: 2, words: 0) == 1)
    }

    @Test func theLowestScoreDecides() {
        let origin = HeadFileTests.head().origin
        var head = Head(origin: origin, outputs: [output("a"), output("b", bias: -1)])
        let statistics = [Float](repeating: 0, count: TextStatistics.count)
        let found = [1, 0].withUnsafeBufferPointer { vector in
            statistics.withUnsafeBufferPointer { head.scores(vector: vector, statistics: $0, profile(words: 10)) }
        }
        #expect(found.outputs[0] > found.outputs[1] && found.quality == found.outputs[1])
        head.quality = Calibration(slope: 0.5, intercept: 1)
        let expected = Calibration(slope: 0.5, intercept: 1).probability(ofLogit: Head.logit(found.outputs[1]))
        #expect(head.quality(of: found.outputs) == expected)
        #expect(head.quality(of: [0, 0.5]) > 0 && head.quality(of: [1, 1]) < 1)
        // The calibration is that of all outputs together.
        #expect(head.selecting(["b"]).quality == nil && head.selecting(["b", "a"]).quality != nil)
    }

    @Test func vectorsFarFromTheTrainingAreOutOfDomain() {
        let space = VectorSpace(
            centres: [[1, 0], [-0.6, 0.8]],
            limits: [.init(words: 16, distance: 0.5), .init(words: 99, distance: 0.1)])
        func reason(_ vector: [Float], _ words: Int) -> String? {
            vector.withUnsafeBufferPointer { space.reasonOutside($0, words: words) }
        }
        #expect(reason([7, 0], 50) == nil && reason([-3, 4], 50) == nil && reason([4, 1], 50) == nil)
        #expect(reason([1, 1], 16) == nil && reason([1, 1], 17) != nil && reason([1, 1], 1000) != nil)
        #expect(
            reason([0, -1], 5)
                == "its vector is unlike those of the training texts (distance 1.0; 99 % of the training texts of this "
                + "length are within 0.5)")
        #expect(reason([0, 0], 5) != nil && reason([.nan, 0], 5) != nil)
    }
}
