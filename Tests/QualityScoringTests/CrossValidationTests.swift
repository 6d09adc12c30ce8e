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

    private func held(_ labels: [Bool], sources: [String]? = nil, kinds: [String]? = nil, groups: [String]? = nil)
        throws -> HeldOutParts
    {
        try HeldOutParts(
            isGood: labels, sources: sources ?? labels.indices.map { "s\($0)" },
            kinds: kinds ?? labels.indices.map { "k\($0)" }, groups: groups ?? labels.indices.map { "g\($0)" })
    }

    @Test func thresholdsCountWhatAFilterKeeps() throws {
        let scores = [0.05, 0.35, 0.5, 0.9, 0.2]
        let found = CrossValidation(
            scores: scores, labels: [false, false, true, true, true], try held([false, false, true, true, true]))
        let half = try #require(found.thresholds.first { $0.threshold == 0.5 })
        #expect(abs(half.keptGood - 2.0 / 3) < 1e-9 && half.removedBad == 1 && half.precision == 1)
        let low = try #require(found.thresholds.first { $0.threshold == 0.1 })
        // The precision is that of as many good texts as bad ones.
        #expect(abs(low.keptGood - 1) < 1e-9 && abs(low.removedBad - 0.5) < 1e-9)
        #expect(abs(low.precision! - 2.0 / 3) < 1e-9)
        #expect(found.thresholds.contains { $0.threshold == 0.95 && $0.precision == nil })
        #expect(found.reliability[9].good == 1 && found.reliability[0].good == 0 && found.reliability[7].good == nil)
        #expect(abs(found.reliability.reduce(0) { $0 + $1.texts } - 1) < 1e-9)
    }

    @Test func partsSayHowEachSourceAndKindIsJudged() throws {
        let labels = [true, true, true, false, false, false]
        let parts = try held(
            labels, sources: ["a", "a", "b", "a", "b", "b"], kinds: ["", "", "", "y", "x", "x"])
        let found = CrossValidation(scores: [0.9, 0.4, 0.7, 0.8, 0.1, 0.3], labels: labels, parts)
        #expect(found.parts.map(\.name) == ["a", "b", "x", "y"] && found.parts.map(\.texts) == [2, 1, 2, 1])
        #expect(found.parts.map(\.isGood) == [true, true, false, false])
        #expect(found.parts.map(\.right) == [0.5, 1, 1, 0] && found.parts[2].mean == 0.2)
    }

    // MARK: Parts that are left out

    @Test func eachSourceAndKindIsLeftOutAsAWhole() throws {
        var random = SeededGenerator(seed: 8)
        let labels = (0..<400).map { _ in Bool.random(using: &random) }
        let sources = labels.map { _ in "s\(Int.random(in: 0..<20, using: &random))" }
        let kinds = labels.map { _ in "k\(Int.random(in: 0..<5, using: &random))" }
        let parts = try held(labels, sources: sources, kinds: kinds)
        #expect(parts.folds == HeldOutParts.mostFolds && parts.parts.count == 25)
        for fold in 0..<parts.folds {
            let out = labels.indices.filter { parts.foldOf[$0] == fold }
            let seen = parts.training(without: fold)
            #expect(Set(seen).isDisjoint(with: out) && seen.contains { labels[$0] } && seen.contains { !labels[$0] })
            let heldSources = Set(out.filter { labels[$0] }.map { sources[$0] })
            let heldKinds = Set(out.filter { !labels[$0] }.map { kinds[$0] })
            // No text of these sources, good or bad, and no bad text of these kinds.
            #expect(seen.allSatisfy { !heldSources.contains(sources[$0]) })
            #expect(seen.allSatisfy { labels[$0] || !heldKinds.contains(kinds[$0]) })
        }
    }

    @Test func textsOfAGroupAreNeverOnBothSides() throws {
        let labels = (0..<120).map { $0 % 2 == 0 }
        let groups = labels.indices.map { "g\($0 / 4)" }
        for kinds in [labels.map { _ in "k" }, labels.indices.map { "k\($0 % 6)" }] {
            let parts = try held(labels, sources: labels.map { _ in "s" }, kinds: kinds, groups: groups)
            for fold in 0..<parts.folds {
                let out = Set(labels.indices.filter { parts.foldOf[$0] == fold }.map { groups[$0] })
                let seen = parts.training(without: fold)
                #expect(!seen.isEmpty)
                if kinds.allSatisfy({ $0 == "k" }) { #expect(seen.allSatisfy { !out.contains(groups[$0]) }) }
            }
        }
    }

    @Test func partsWeighTheSameAndBothLabelsToo() throws {
        let labels = (0..<1000).map { $0 < 700 }
        let sources = labels.indices.map { $0 < 600 ? "large" : "small" }
        let parts = try held(labels, sources: sources, kinds: labels.map { _ in "k" })
        let weights = parts.weights(of: Array(labels.indices))
        func sum(_ range: Range<Int>) -> Double { weights[range].reduce(0, +) }
        #expect(abs(sum(0..<600) - sum(600..<700)) < 1e-9 && abs(sum(0..<700) - 500) < 1e-9)
        #expect(abs(sum(700..<1000) - 500) < 1e-9)
    }

    @Test func foldsOfGroupsAreOfOneSize() throws {
        let groups = (0..<300).map { "\($0 / 3)" }
        let forward = try HeldOutParts.assign(groups: groups, folds: 5)
        #expect(forward.count == 100 && Set(forward.values) == [0, 1, 2, 3, 4])
        for fold in 0..<5 { #expect(forward.values.count { $0 == fold } == 20) }
        #expect(try HeldOutParts.assign(groups: groups.reversed(), folds: 5) == forward)
        let told = try failure { _ = try HeldOutParts.assign(groups: ["a", "b", "a", "c"], folds: 5) }
        #expect(told?.hasPrefix("5 folds need at least 5 groups, and there are 3") == true)
    }
}
