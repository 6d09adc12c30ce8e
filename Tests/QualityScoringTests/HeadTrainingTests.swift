import Basics
import PipelineGraph
import TestSupport
import Testing

@testable import QualityScoring
@testable import Training

@Suite struct HeadTrainingTests {
    /// Texts whose label mostly follows from the first statistic, of four sources and three kinds.
    private func texts(
        _ count: Int, dimensions: Int = 0, outputs: [String] = ["intact"], labels: (Int) -> [Bool?] = { [$0 % 5 < 2] }
    ) -> TrainingTexts {
        var random = SeededGenerator(seed: 3)
        var texts = TrainingTexts(outputs: outputs, dimensions: dimensions)
        for number in 0..<count {
            var statistics = [Float](repeating: 0, count: TextStatistics.count)
            for index in 0..<8 { statistics[index] = Float.random(in: -1...1, using: &random) }
            let own = labels(number)
            for (output, label) in own.enumerated() { statistics[output] += label == false ? -0.8 : 0.8 }
            let vector = (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
            texts.append(
                vector, statistics, words: Int32(100 + number), labels: own, source: "s\(number % 4)",
                kind: "k\(number % 3)", group: "\(number / 3)")
        }
        return texts
    }

    private func train(_ texts: TrainingTexts, penalty: Double? = nil, threads: Int = 2) async throws -> TrainedHead {
        let executor = ThreadExecutor(threads: threads)
        defer { executor.close() }
        return try await texts.train(penalty: penalty, on: executor)
    }

    @Test func twoFitsAreTheSame() async throws {
        let texts = texts(300, dimensions: 4)
        let trained = try await train(texts)
        let again = try await train(texts, threads: 1)
        let output = trained.outputs[0].output
        #expect(output == again.outputs[0].output && trained.space == again.space && trained.quality == nil)
        #expect(output.auc > 0.85 && output.auc < 1 && output.auc == trained.outputs[0].validation.auc)
        #expect(output.good == 120 && output.bad == 180 && output.weights.count == 4 + TextStatistics.count)
        #expect(output.domain.languages == [.russian] && output.domain.words == 50...792)
        #expect(trained.outputs[0].validation.parts.map(\.name) == ["s0", "s1", "s2", "s3", "k0", "k1", "k2"])
        #expect(OutputTraining.strengths.contains(trained.outputs[0].penalty))
        // The contributions add up to the log-odds.
        let values = Array(texts.row(0))
        values[..<4].withUnsafeBufferPointer { vector in
            values[4...].withUnsafeBufferPointer { statistics in
                let logit = output.logit(vector: vector, statistics: statistics, texts.profiles[0])
                let parts = output.contributions(vector: vector, statistics: statistics, texts.profiles[0])
                let sum = parts.bias + parts.vector + parts.statistics.reduce(0) { $0 + $1.pull }
                #expect(abs(logit - sum) < 1e-9 && parts.statistics.map(\.name) == TextStatistics.all.map(\.name))
                #expect(parts.statistics[0].pull > 0 && parts.statistics[0].value == Double(statistics[0]))
            }
        }
    }

    @Test func aGivenPenaltyIsUsed() async throws {
        let trained = try await train(texts(120), penalty: 7)
        #expect(trained.outputs[0].penalty == 7 && trained.outputs[0].vectorFactor == 1)
    }

    @Test func outputsTrainedTogetherGiveACalibratedQuality() async throws {
        // Half of the bad texts are bad by one output, half by the other; the other label of these is not known.
        let texts = texts(400, outputs: ["a", "b"]) { number in
            switch number % 8 {
            case 0, 1: [false, nil]
            case 2, 3: [nil, false]
            default: [true, true]
            }
        }
        let trained = try await train(texts)
        let quality = try #require(trained.quality)
        #expect(trained.outputs.map(\.output.good) == [200, 200] && trained.outputs.map(\.output.bad) == [100, 100])
        #expect(quality.validation.auc > 0.8 && quality.calibration.slope > 0)
        #expect(quality.validation.parts.map(\.texts).reduce(0, +) == 400)
        // A score of 0.8 means that four in five are good.
        for range in quality.validation.reliability where range.texts > 0.1 {
            let middle = (range.scores.lowerBound + range.scores.upperBound) / 2
            #expect(abs(try #require(range.good) - middle) < 0.2, "\(range)")
        }
    }

    @Test func scoresAreOfOutputsThatDidNotSeeTheGroup() async throws {
        // The labels of the groups are random, and a statistic identifies the group. Only a regression that has seen
        // the group can know its label.
        var texts = TrainingTexts(outputs: ["x"], dimensions: 0)
        var random = SeededGenerator(seed: 9)
        for group in 0..<60 {
            let isGood = Bool.random(using: &random)
            for _ in 0..<4 {
                var statistics = [Float](repeating: 0, count: TextStatistics.count)
                statistics[group] = 1
                texts.append([], statistics, words: 5, labels: [isGood], source: "s", kind: "k", group: "g\(group)")
            }
        }
        #expect(try await train(texts, penalty: 0.01).outputs[0].output.auc < 0.6)
    }

    @Test func impossibleFitsAreRefused() async throws {
        let one = await failure { _ = try await train(texts(2) { _ in [true] }) }
        #expect(one?.hasPrefix("intact: training needs good and bad texts, and has 2 good and 0 bad ones") == true)
        var odd = TrainingTexts(outputs: ["x"], dimensions: 1)
        for number in 0..<20 {
            odd.append(
                [number == 3 ? .nan : 0], [Float](repeating: 0, count: TextStatistics.count), words: 5,
                labels: [number % 2 == 0], source: "s", kind: "k", group: "\(number)")
        }
        #expect(await failure { _ = try await train(odd) } == "a vector holds NaN or infinity; run 'dedup embed' again")
    }

    private func failure(_ work: () async throws -> Void) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? Failure)?.message ?? "\(error)"
        }
    }

    @Test func aSpaceHoldsItsTextsAndLeavesOthersOut() throws {
        var random = SeededGenerator(seed: 12)
        var texts = TrainingTexts(outputs: ["x"], dimensions: 8)
        for number in 0..<600 {
            var vector = (0..<8).map { _ in Float.random(in: -0.2...0.2, using: &random) }
            vector[number % 3] += 1
            texts.append(
                vector, [Float](repeating: 0, count: TextStatistics.count), words: number < 300 ? 10 : 100,
                labels: [true], source: "s", kind: "k", group: "\(number)")
        }
        let space = try #require(VectorSpace(texts))
        #expect(space.limits.map(\.words) == [64, 1 << 31])
        var outside = 0
        for index in 0..<600 {
            let isOutside = Array(texts.row(index).prefix(8)).withUnsafeBufferPointer {
                space.reasonOutside($0, words: Int(texts.profiles[index].words)) != nil
            }
            outside += isOutside ? 1 : 0
        }
        #expect(outside < 12)
        let other: [Float] = [0, 0, 0, 0, 0, 1, 0, 0]
        #expect(other.withUnsafeBufferPointer { space.reasonOutside($0, words: 10) } != nil)
        #expect(VectorSpace(TrainingTexts(outputs: ["x"], dimensions: 0)) == nil)
    }
}

extension TrainingTexts {
    fileprivate mutating func append(
        _ vector: [Float], _ statistics: [Float], words: Int32, labels: [Bool?], source: String, kind: String,
        group: String
    ) {
        vector.withUnsafeBufferPointer { vector in
            statistics.withUnsafeBufferPointer { statistics in
                append(
                    vector: vector, statistics: statistics,
                    profile: TextProfile(
                        words: words, characters: words * 5, sentences: 10, script: .cyrillic, language: .russian),
                    labels: labels, source: source, kind: kind, group: group)
            }
        }
    }
}
