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
            let (means, scales) = (doubles(fit["means"]), doubles(fit["scales"]))
            let values = features.enumerated().map { index, value in
                Float((Double(value) - means[index % width]) / scales[index % width])
            }
            // Good and bad rows have the same weight in total.
            let rowWeights = isWeighted ? weights : weights.map { _ in 1 }
            let all = rowWeights.reduce(0, +)
            let good = zip(rowWeights, labels).filter(\.1).reduce(0) { $0 + $1.0 }
            let fitted = LogisticRegression(
                .init(values: values, width: width, labels: labels), rows: Array(labels.indices),
                rowWeights: zip(rowWeights, labels).map { $0 * all / 2 / ($1 ? good : all - good) },
                penalties: [Double](repeating: 1 / c, count: width))
            func near(_ a: [Double], _ b: [Double]) -> Bool {
                a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }
            }
            #expect(near(fitted.weights, doubles(fit["weights"])), "C = \(c), weighted \(isWeighted)")
            #expect(near([fitted.bias], [fit["bias"]?.double ?? .nan]), "C = \(c), weighted \(isWeighted)")
        }
    }

    private func matrix(_ values: [Float], _ labels: [Bool]) -> LogisticRegression.Matrix {
        LogisticRegression.Matrix(values: values, width: values.count / labels.count, labels: labels)
    }

    @Test func rowsBesideTheFittedOnesChangeNothing() {
        let labels = [true, true, false, false, true, true, false]
        let some = LogisticRegression(
            matrix([0, 1, 100, 3, 2, -100, 4], labels), rows: [0, 1, 3, 4, 6], rowWeights: [1, 1, 1, 1, 1],
            penalties: [1])
        let alone = LogisticRegression(
            matrix([0, 1, 3, 2, 4], [true, true, false, true, false]), rows: Array(0..<5), rowWeights: [1, 1, 1, 1, 1],
            penalties: [1])
        #expect(some == alone && some.weights[0] < 0)
    }

    @Test func aStrongerPenaltyMakesAWeightSmaller() {
        let labels = (0..<40).map { $0 % 2 == 0 }
        let values = labels.enumerated().flatMap { row, isGood in
            let value: Float = isGood ? 1 : -1
            return [value, value * (row % 3 == 0 ? -1 : 1)]
        }
        let fitted = LogisticRegression(
            matrix(values, labels), rows: Array(labels.indices), rowWeights: labels.map { _ in 1 }, penalties: [1, 100])
        let even = LogisticRegression(
            matrix(values, labels), rows: Array(labels.indices), rowWeights: labels.map { _ in 1 }, penalties: [1, 1])
        #expect(abs(fitted.weights[1]) < abs(even.weights[1]) && fitted.weights[0] > 0)
        // A start near the result leads to the same one.
        let again = LogisticRegression(
            matrix(values, labels), rows: Array(labels.indices), rowWeights: labels.map { _ in 1 },
            penalties: [1, 100],
            start: even)
        #expect(zip(again.weights, fitted.weights).allSatisfy { abs($0 - $1) < 1e-6 })
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
