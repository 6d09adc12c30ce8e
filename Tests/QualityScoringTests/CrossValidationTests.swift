import Basics
import TestSupport
import Testing

@testable import QualityScoring
@testable import Training

@Suite struct CrossValidationTests {
    @Test(arguments: [
        ([0.1, 0.2, 0.3, 0.4], [false, false, true, true], 1.0),
        ([0.4, 0.3, 0.2, 0.1], [false, false, true, true], 0.0),
        ([0.5, 0.5, 0.5, 0.5], [false, true, false, true], 0.5),
        ([0.1, 0.4, 0.35, 0.8], [false, false, true, true], 0.75),
        ([0.2, 0.2, 0.9], [false, true, true], 0.75),
        ([0.7], [true], 0.5),
        ([], [], 0.5),
    ])
    func areasAreThoseCountedByHand(_ scores: [Double], _ labels: [Bool], _ area: Double) {
        #expect(CrossValidation.auc(scores, labels) == area)
    }

    @Test(arguments: 0..<20)
    func theAreaIsTheShareOfPairsInOrder(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let scores = (0..<50).map { _ in Double(Int.random(in: 0..<12, using: &random)) / 12 }
        let labels = (0..<50).map { $0 < 2 ? $0 == 0 : Bool.random(using: &random) }
        var (sum, count) = (0.0, 0.0)
        for good in scores.indices where labels[good] {
            for bad in scores.indices where !labels[bad] {
                sum += scores[good] > scores[bad] ? 1 : scores[good] == scores[bad] ? 0.5 : 0
                count += 1
            }
        }
        #expect(abs(CrossValidation.auc(scores, labels) - sum / count) < 1e-12)
    }

    @Test func thresholdsCountWhatAFilterKeeps() throws {
        let all = CrossValidation.thresholds([0.05, 0.35, 0.5, 0.9, 0.2], [false, false, true, true, true])
        let half = try #require(all.first { $0.threshold == 0.5 })
        #expect(half.keptGood == 2.0 / 3 && half.removedBad == 1 && half.precision == 1)
        let low = try #require(all.first { $0.threshold == 0.1 })
        #expect(low.keptGood == 1 && low.removedBad == 0.5 && low.precision == 0.75)
        #expect(all.contains { $0.threshold == 0.95 && $0.precision == nil })
    }

    /// Texts whose label mostly follows from the first statistic, in groups of three.
    private func training(texts: Int, dimensions: Int = 0, group: (Int) -> String = { "\($0 / 3)" }) -> HeadTraining {
        var random = SeededGenerator(seed: 3)
        var training = HeadTraining(dimensions: dimensions)
        for number in 0..<texts {
            let isGood = number % 5 < 2
            var statistics = [Float](repeating: 0, count: TextStatistics.count)
            for index in 0..<8 { statistics[index] = Float.random(in: -1...1, using: &random) }
            statistics[0] += isGood ? 0.7 : -0.7
            let vector = (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
            vector.withUnsafeBufferPointer { vector in
                statistics.withUnsafeBufferPointer { statistics in
                    training.append(
                        vector: vector, statistics: statistics,
                        profile: TextProfile(words: Int32(100 + number), script: .cyrillic, language: .russian),
                        isGood: isGood, group: group(number))
                }
            }
        }
        return training
    }

    @Test func foldsKeepGroupsTogetherAndAreOfOneSize() throws {
        let forward = try training(texts: 300).assign(folds: 5)
        #expect(forward.count == 100 && Set(forward.values) == [0, 1, 2, 3, 4])
        for fold in 0..<5 { #expect(forward.values.count { $0 == fold } == 20) }
        let backward = try training(texts: 300) { "\((299 - $0) / 3)" }.assign(folds: 5)
        #expect(forward == backward)
    }

    @Test func twoFitsAreTheSame() throws {
        let training = training(texts: 300, dimensions: 4)
        let validation = try training.crossValidate()
        let output = try training.fit(name: "intact", validation: validation)
        let again = try training.fit(name: "intact", validation: training.crossValidate())
        #expect(output == again)
        #expect(
            output.auc > 0.85 && output.auc < 1 && output.auc == CrossValidation.auc(validation.scores, training.labels)
        )
        #expect(output.good == 120 && output.bad == 180 && output.weights.count == 4 + TextStatistics.count)
        #expect(output.domain.languages == [.russian] && output.domain.words == 50...792)
        // The output gives the same score and contributions as the regression.
        let values = Array(training.features[0..<4 + TextStatistics.count])
        values[..<4].withUnsafeBufferPointer { vector in
            values[4...].withUnsafeBufferPointer { statistics in
                let logit = output.logit(vector: vector, statistics: statistics)
                let parts = output.contributions(vector: vector, statistics: statistics)
                let sum = output.bias + parts.vector + parts.statistics.reduce(0) { $0 + $1.pull }
                #expect(abs(logit - sum) < 1e-9 && parts.statistics.map(\.name) == TextStatistics.all.map(\.name))
                #expect(parts.statistics[0].pull > 0 && parts.statistics[0].value == Double(statistics[0]))
                let score = output.score(vector: vector, statistics: statistics)
                #expect(score > 0.5 && (score > 0.5) == (logit > 0))
            }
        }
    }

    @Test func scoresAreOfOutputsThatDidNotSeeTheGroup() throws {
        // The labels of the groups are random, and a statistic identifies the group. Only a regression that has seen
        // the group can know its label.
        var training = HeadTraining(dimensions: 0)
        var random = SeededGenerator(seed: 9)
        for group in 0..<60 {
            let isGood = Bool.random(using: &random)
            for _ in 0..<4 {
                var statistics = [Float](repeating: 0, count: TextStatistics.count)
                statistics[group] = 1
                statistics.withUnsafeBufferPointer {
                    training.append(
                        vector: UnsafeBufferPointer(start: nil, count: 0), statistics: $0,
                        profile: TextProfile(words: 5, script: .latin, language: .english), isGood: isGood,
                        group: "g\(group)")
                }
            }
        }
        training.inversePenalty = 100
        let seen = try training.fit(name: "x", validation: training.crossValidate())
        #expect(seen.auc < 0.6)
    }

    @Test func impossibleFitsAreRefused() throws {
        let toldfew = try failure { _ = try training(texts: 9).crossValidate() }
        let few = try #require(toldfew)
        #expect(few == "5 folds need at least 5 groups, and there are 3; give more texts or fewer folds")
        let toldone = try failure {
            _ = try training(texts: 2).fit(name: "x", validation: .init(scores: [], labels: []))
        }
        let one = try #require(toldone)
        #expect(one.hasPrefix("training needs good and bad texts, and has 2 good and 0 bad ones"))
        var odd = training(texts: 30, dimensions: 1)
        odd.features[0] = .nan
        let told = try failure { _ = try odd.crossValidate() }
        #expect(told == "a vector holds NaN or infinity; run 'dedup embed' again")
    }
}
