import Basics
import JSON
import Testing

@testable import QualityScoring
@testable import Training

@Suite struct LogisticRegressionTests {
    private static let fixture = #filePath.replacing("LogisticRegressionTests.swift", with: "Fixtures/logistic.json")

    @Test func theFitIsThatOfScikitLearn() throws {
        let root = try JSONTree(file: Self.fixture).root
        func doubles(_ value: JSONValue?) -> [Double] { value?.elements.compactMap(\.value.double) ?? [] }
        let width = try #require(root["width"]?.int)
        let features = doubles(root["features"]).map(Float.init)
        let labels = root["labels"]?.elements.compactMap(\.value.bool) ?? []
        let weights = doubles(root["weights"])
        let fits = root["fits"]?.elements.map(\.value) ?? []
        #expect(fits.count == 6 && features.count == labels.count * width && weights.count == labels.count)
        for fit in fits {
            let c = try #require(fit["c"]?.double)
            let isWeighted = fit["weighted"]?.bool == true
            let fitted = LogisticRegression(
                features: features, width: width, rows: Array(labels.indices), labels: labels,
                rowWeights: isWeighted ? weights : weights.map { _ in 1 }, inversePenalty: c)
            func near(_ a: [Double], _ b: [Double]) -> Bool {
                a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 }
            }
            #expect(near(fitted.means, doubles(fit["means"])))
            #expect(near(fitted.scales, doubles(fit["scales"])))
            #expect(near(fitted.weights, doubles(fit["weights"])), "C = \(c), weighted \(isWeighted)")
            #expect(near([fitted.bias], [fit["bias"]?.double ?? .nan]), "C = \(c), weighted \(isWeighted)")
        }
    }

    @Test func rowsBesideTheFittedOnesChangeNothing() {
        let features: [Float] = [0, 1, 100, 3, 2, -100, 4]
        let labels = [true, true, false, false, true, true, false]
        let some = LogisticRegression(
            features: features, width: 1, rows: [0, 1, 3, 4, 6], labels: labels, rowWeights: labels.map { _ in 1 },
            inversePenalty: 1)
        let alone = LogisticRegression(
            features: [0, 1, 3, 2, 4], width: 1, rows: Array(0..<5), labels: [true, true, false, true, false],
            rowWeights: [1, 1, 1, 1, 1], inversePenalty: 1)
        #expect(some.weights == alone.weights && some.bias == alone.bias && some.weights[0] < 0)
    }

    @Test func theMinimumOfRosenbrocksValleyIsFound() {
        let found = LBFGS().minimise(from: [-1.2, 1, -1.2, 1]) { point, gradient in
            var value = 0.0
            for pair in [0, 2] {
                let (x, y) = (point[pair], point[pair + 1])
                value += 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x)
                gradient[pair] = -400 * x * (y - x * x) - 2 * (1 - x)
                gradient[pair + 1] = 200 * (y - x * x)
            }
            return value
        }
        #expect(found.allSatisfy { abs($0 - 1) < 1e-7 }, "\(found)")
    }
}
