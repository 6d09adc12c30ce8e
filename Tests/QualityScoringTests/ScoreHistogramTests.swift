import Basics
import Foundation
import TestSupport
import Testing

@testable import QualityScoring

@Suite struct ScoreHistogramTests {
    private func histogram(_ scores: [Double]) -> ScoreHistogram {
        var histogram = ScoreHistogram()
        for score in scores { histogram.add(score) }
        return histogram
    }

    private func scores(_ count: Int, _ seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let x = Double.random(in: 0...1, using: &random)
            return Bool.random(using: &random) ? x : 1 - x * x * x / 1000
        }
    }

    @Test(arguments: 0..<10)
    func histogramsOfPartsAddUp(_ seed: UInt64) {
        let all = scores(500, seed)
        let whole = histogram(all)
        var parts = stride(from: 0, to: 500, by: 60).map { histogram(Array(all[$0..<min(500, $0 + 60)])) }
        var random = SeededGenerator(seed: seed)
        parts.shuffle(using: &random)
        var sum = ScoreHistogram()
        for part in parts { sum += part }
        #expect(sum == whole && sum.total == 500 && whole.contains(parts[0]) && !parts[0].contains(whole))
        sum -= parts[0]
        #expect(sum.total == 500 - parts[0].total && !sum.contains(whole))
    }

    @Test func binsAscendFromZeroAndAreFinestNearTheEnds() {
        let edges = ScoreHistogram.edges
        #expect(edges.count == ScoreHistogram.bins && edges[0] == 0 && edges[500] == 0.5)
        #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 } && edges.last! < 1)
        #expect(edges[999] - edges[998] < 1e-5)
    }

    @Test(arguments: 0..<10)
    func aThresholdIsTheHighestBinThatReachesTheShare(_ seed: UInt64) {
        let all = scores(400, seed)
        let histogram = histogram(all)
        for percent in [0.5, 5, 10, 37, 50, 90, 100] {
            let threshold = histogram.threshold(topPercent: percent)
            #expect(Double(all.count { $0 >= threshold }) >= percent / 100 * 400)
            let place = ScoreHistogram.edges.firstIndex(of: threshold)!
            if place + 1 < ScoreHistogram.bins {
                let higher = ScoreHistogram.edges[place + 1]
                #expect(Double(all.count { $0 >= higher }) < percent / 100 * 400)
            }
        }
    }

    @Test func percentilesAreRanksInTheMiddleOfTheBin() {
        let one = histogram([0.1, 0.5, 0.5, 0.9])
        #expect(one.percentile(of: 0) == 0 && one.percentile(of: 1) == 100)
        #expect(one.percentile(of: 0.5) == 50 && one.percentile(of: 0.1) == 12.5 && one.percentile(of: 0.7) == 75)
        #expect(ScoreHistogram().percentile(of: 0.5) == 0 && ScoreHistogram().threshold(topPercent: 10) == 0.999954)
    }

    @Test func scoresOutOfRangeAreCountedAtAnEnd() {
        let odd = histogram([-1, .nan, 0, 1, 2, .infinity])
        #expect(odd.total == 6 && odd.percentile(of: 0) == 25 && odd.percentile(of: 1) == 75)
    }

    @Test func jsonIsReadBack() throws {
        var histogram = histogram(scores(100, 1) + [0, 1])
        histogram.addUnscored()
        let data = try JSONEncoder().encode(histogram)
        #expect(try JSONDecoder().decode(ScoreHistogram.self, from: data) == histogram)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(self.histogram([0.5, 0.5])), as: UTF8.self)
        #expect(text == "{\"scores\":[[500,2]],\"unscored\":0}")
    }

    @Test func documentsWithoutScoresHaveABinOfTheirOwn() {
        var one = histogram([0.1, 0.5, 0.5, 0.9])
        let before = one
        for _ in 0..<3 { one.addUnscored() }
        #expect(one.unscored == 3 && one.total == 4 && one != before)
        #expect(one.percentile(of: 0.5) == 50 && one.quantile(50) == before.quantile(50))
        #expect(one.threshold(topPercent: 25) == before.threshold(topPercent: 25))
        #expect(one.bin(ofBest: 1) == before.bin(ofBest: 1))
    }

    @Test(arguments: [
        "{}", "[[1]]", "[[5,1],[5,1]]", "[[5,1],[4,1]]", "[[1000,1]]", "[[-1,1]]", "[[1,0]]", "[[1,-5]]",
        "[[1,1.5]]", "[[1,9223372036854775807],[2,9223372036854775807]]", "[[5,1]],\"unscored\":-1",
    ])
    func damagedHistogramsAreRefused(_ scores: String) {
        let text = "{\"scores\":" + scores + (scores.contains("unscored") ? "}" : ",\"unscored\":0}")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ScoreHistogram.self, from: Data(text.utf8)) }
    }
}
