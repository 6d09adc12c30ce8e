import Foundation
import Testing

@testable import Training

/// Compares the loss of vectors with a slow implementation in Double, and its gradient with finite differences of that.
@Suite struct VectorLossTests {
    /// Random vectors of an odd width: no width is a multiple of the vector width.
    private static func vectors(_ count: Int, seed: UInt64) -> [[Double]] {
        var random = RandomNumbers(key: seed)
        return (0..<count).map { _ in (0..<width).map { _ in Double(random.nextNormal()) } }
    }

    private static let width = 15
    /// More documents than one block of rows has.
    private static let documents = 37
    private static let firsts = [0, 4, 10, 31]

    static let losses = [
        VectorLoss(cosineWeight: 0.7, similarityWeight: 0, contrastWeight: 0, pairWeight: 0, temperature: 0.2),
        VectorLoss(cosineWeight: 0, similarityWeight: 0.6, contrastWeight: 0, pairWeight: 0, temperature: 0.3),
        VectorLoss(cosineWeight: 0, similarityWeight: 0, contrastWeight: 1.3, pairWeight: 0, temperature: 0.2),
        VectorLoss(cosineWeight: 0, similarityWeight: 0, contrastWeight: 0, pairWeight: 2, temperature: 0.1),
        VectorLoss(cosineWeight: 1, similarityWeight: 0.5, contrastWeight: 0.8, pairWeight: 0.3, temperature: 0.25),
    ]

    @Test(arguments: losses)
    func itIsThatOfASlowImplementation(_ loss: VectorLoss) throws {
        let student = Self.vectors(Self.documents, seed: 3)
        let teacher = Self.vectors(Self.documents, seed: 4)
        let (score, gradient) = try Self.score(loss, student, teacher, Self.firsts)
        let expected = Self.reference(loss, student, teacher)
        #expect(abs(score.meanLoss - expected) < 1e-4 * max(1, abs(expected)), "\(score.meanLoss), not \(expected)")
        let largest = gradient.reduce(0) { max($0, abs($1)) }
        #expect(largest > 1e-4)
        // Documents of pairs, first and second, and others.
        for row in [0, 1, 2, 10, 36] {
            for i in 0..<Self.width {
                var losses: [Double] = []
                for step in [1e-5, -1e-5] {
                    var moved = student
                    moved[row][i] += step
                    losses.append(Self.reference(loss, moved, teacher))
                }
                let numeric = (losses[0] - losses[1]) / 2e-5
                let exact = Double(gradient[row * Self.width + i])
                #expect(abs(numeric - exact) < 1e-4 * Double(largest) + 1e-7, "\(row), \(i): \(exact), not \(numeric)")
            }
        }
    }

    @Test func aStudentThatEqualsTheTeacherFindsEveryDocument() throws {
        let vectors = Self.vectors(12, seed: 5)
        let scaled = vectors.map { $0.map { $0 * 3 } }
        let (score, _) = try Self.score(VectorLoss(), scaled, vectors, [0, 2])
        #expect(score.documents == 12)
        #expect(abs(score.meanCosine - 1) < 1e-6)
        #expect(score.contrast.accuracy == 1)
        #expect(score.pairs.examples == 2)
        // Equal vectors are not found: another vector is as near.
        let (equal, _) = try Self.score(
            VectorLoss(), Array(repeating: vectors[0], count: 4), Array(repeating: vectors[0], count: 4), [])
        #expect(equal.contrast.accuracy == 0 && equal.pairs.examples == 0)
    }

    private static func score(
        _ loss: VectorLoss, _ student: [[Double]], _ teacher: [[Double]], _ firsts: [Int]
    ) throws -> (VectorScore, [Float]) {
        func floats(_ rows: [[Double]]) -> [Float] { rows.joined().map { Float($0) } }
        var gradient = [Float](repeating: 0, count: student.count * width)
        let score = try loss.score(
            floats(student), teacher: floats(teacher), documents: student.count, firsts: firsts, width: width,
            gradient: &gradient)
        return (score, gradient)
    }

    private static func reference(_ loss: VectorLoss, _ student: [[Double]], _ teacher: [[Double]]) -> Double {
        let s = student.map(unit)
        let t = teacher.map(unit)
        let temperature = Double(loss.temperature)
        /// The logarithms of the softmax of a vector over others.
        func logs(_ a: [Double], _ others: [[Double]]) -> [Double] {
            let logits = others.map { dot(a, $0) / temperature }
            let sum = log(logits.reduce(0) { $0 + exp($1) })
            return logits.map { $0 - sum }
        }
        func contrast(_ a: [[Double]], _ b: [[Double]]) -> Double {
            let losses = a.indices.map { -logs(a[$0], b)[$0] - logs(b[$0], a)[$0] }
            return losses.reduce(0, +) / Double(2 * a.count)
        }
        let count = Double(s.count)
        let cosine = zip(s, t).reduce(0) { $0 + 1 - dot($1.0, $1.1) } / count
        let similarity =
            s.indices.reduce(0) { sum, row in
                func others(_ vectors: [[Double]]) -> [[Double]] {
                    vectors.indices.filter { $0 != row }.map { vectors[$0] }
                }
                return sum - zip(logs(t[row], others(t)), logs(s[row], others(s))).reduce(0) { $0 + exp($1.0) * $1.1 }
            } / count
        let pairs = contrast(firsts.map { s[$0] }, firsts.map { s[$0 + 1] })
        return Double(loss.cosineWeight) * cosine + Double(loss.similarityWeight) * similarity
            + Double(loss.contrastWeight) * contrast(s, t) + Double(loss.pairWeight) * pairs
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    private static func unit(_ vector: [Double]) -> [Double] {
        let length = dot(vector, vector).squareRoot()
        return vector.map { $0 / length }
    }
}

@Suite struct PairOrderTests {
    @Test func pairsAreReadTogetherAndEveryWindowOnce() {
        let pairs: [UInt32] = [0, 5, 7, 12]
        var order = PairOrder(windows: 20, pairs: pairs, seed: 3)
        #expect(order.count == 10)
        let epochs = (0..<3).map { epoch in (0..<10).map { order.two(at: epoch * 10 + $0) } }
        for epoch in epochs {
            #expect(Set(epoch.flatMap { [$0.first, $0.second] }) == Set(0..<20))
            #expect(Set(epoch.filter(\.isPair).map(\.first)) == Set(pairs))
            #expect(epoch.allSatisfy { !$0.isPair || $0.second == $0.first + 1 })
        }
        #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2])
        var again = PairOrder(windows: 20, pairs: pairs, seed: 3)
        #expect(again.two(at: 25) == epochs[2][5])
        let sample = order.sample(5)
        #expect(sample == again.sample(5) && sample.count == 5)
        #expect(order.sample(100).count == 10)
    }

    @Test func ofAnOddNumberOneWindowIsLeftOut() {
        var order = PairOrder(windows: 5, pairs: [1], seed: 1)
        #expect(order.count == 2)
        let left = (0..<40).map { epoch in
            Set<UInt32>(0..<5).subtracting(
                (0..<2).flatMap { place in
                    let two = order.two(at: 2 * epoch + place)
                    return [two.first, two.second]
                })
        }
        #expect(Set(left) == [[0], [3], [4]])
        #expect(PairOrder(windows: 1, pairs: [], seed: 1).count == 0)
        #expect(PairOrder(windows: 0, pairs: [], seed: 1).sample(3).isEmpty)
    }
}
