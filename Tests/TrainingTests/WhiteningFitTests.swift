import Foundation
import Testing

@testable import Training

/// The mathematics of a whitening, compared with NumPy on a fixture, and with its definition.
@Suite struct WhiteningFitTests {
    private struct Fixture: Decodable {
        var shrinkage: Double
        var vectors: [[Float]]
        var mean: [Double]
        var covariance: [[Double]]
        /// The eigenvalues, in ascending order.
        var values: [Double]
        var matrix: [[Double]]

        static func read() throws -> Fixture {
            let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/whitening.json")
            return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: path))
        }
    }

    private func covariance(of vectors: [[Float]]) -> (mean: [Double], matrix: [Double]) {
        var covariance = Covariance(dimensions: vectors[0].count)
        for vector in vectors { vector.withUnsafeBufferPointer { covariance.add($0) } }
        return covariance.finish()
    }

    private func largestDifference(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
        zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }

    private func identity(_ size: Int) -> [Double] {
        var matrix = [Double](repeating: 0, count: size * size)
        for i in 0..<size { matrix[i * size + i] = 1 }
        return matrix
    }

    @Test func theFitIsThatOfNumPy() throws {
        let fixture = try Fixture.read()
        let (mean, matrix) = covariance(of: fixture.vectors)
        #expect(largestDifference(mean, fixture.mean) < 1e-12)
        #expect(largestDifference(matrix, fixture.covariance.joined()) < 1e-11)
        let eigen = SymmetricEigen(matrix, size: mean.count)
        for (value, expected) in zip(eigen.values, fixture.values) { #expect(abs(value - expected) < 1e-12) }
        let fit = try WhiteningFit(mean: mean, covariance: matrix, shrinkage: fixture.shrinkage)
        #expect(largestDifference(fit.mean.map(Double.init), fixture.mean) < 1e-6)
        let largest = fixture.matrix.joined().map(\.magnitude).max() ?? 0
        #expect(largestDifference(fit.matrix.map(Double.init), fixture.matrix.joined()) < 1e-6 * largest)
        #expect(abs(fit.largestShare - fixture.values.last! / fixture.values.reduce(0, +)) < 1e-12)
    }

    /// Without shrinkage the covariance of the whitened vectors is the unit matrix.
    @Test func whitenedVectorsHaveUnitVariance() throws {
        let fixture = try Fixture.read()
        let (mean, matrix) = covariance(of: fixture.vectors)
        let width = mean.count
        let fit = try WhiteningFit(mean: mean, covariance: matrix, shrinkage: 0)
        var whitened: [[Float]] = []
        for vector in fixture.vectors {
            var mapped: [Float] = []
            for row in 0..<width {
                var sum = 0.0
                for column in 0..<width {
                    let centred = Double(vector[column]) - mean[column]
                    sum += Double(fit.matrix[row * width + column]) * centred
                }
                mapped.append(Float(sum))
            }
            whitened.append(mapped)
        }
        let (newMean, newMatrix) = covariance(of: whitened)
        let one = identity(width)
        #expect(newMean.allSatisfy { $0.magnitude < 1e-3 })
        #expect(largestDifference(newMatrix, one) < 1e-2)
        // The whitening matrix is symmetric.
        for i in 0..<width {
            for j in 0..<width { #expect(fit.matrix[i * width + j] == fit.matrix[j * width + i]) }
        }
    }

    @Test(arguments: [1, 2, 3, 17, 40])
    func eigenvectorsRestoreTheMatrix(size: Int) {
        // A positive matrix with some eigenvalues that are small compared with others.
        var state: UInt64 = 5
        var factors: [Double] = []
        for _ in 0..<size * size {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            factors.append(Double(state >> 11) * 0x1p-52 - 1)
        }
        var matrix = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0..<size {
                for k in 0..<size {
                    let product = factors[i * size + k] * factors[j * size + k]
                    matrix[i * size + j] += k % 3 == 0 ? product : product * 1e-6
                }
            }
        }
        let eigen = SymmetricEigen(matrix, size: size)
        #expect(eigen.values == eigen.values.sorted())
        var again = [Double](repeating: 0, count: size * size)
        var products = again
        for i in 0..<size {
            for j in 0..<size {
                for k in 0..<size {
                    let left = eigen.vectors[k * size + i]
                    let right = eigen.vectors[k * size + j]
                    again[i * size + j] += eigen.values[k] * left * right
                    let first = eigen.vectors[i * size + k]
                    let second = eigen.vectors[j * size + k]
                    products[i * size + j] += first * second
                }
            }
        }
        let largest = matrix.map(\.magnitude).max() ?? 0
        #expect(largestDifference(matrix, again) < 1e-13 * Double(size) * largest)
        let one = identity(size)
        #expect(largestDifference(products, one) < 1e-13 * Double(size))
    }

    @Test func diagonalAndZeroMatricesAreDecomposed() {
        let diagonal = SymmetricEigen([3, 0, 0, 0, 1, 0, 0, 0, 2], size: 3)
        #expect(diagonal.values == [1, 2, 3] && diagonal.vectors == [0, 1, 0, 0, 0, 1, 1, 0, 0])
        #expect(SymmetricEigen([0, 0, 0, 0], size: 2).values == [0, 0])
    }

    @Test func directionsWithoutVarianceAreHandled() throws {
        let vectors: [[Float]] = [[1, 2, 3], [2, 2, 3], [5, 2, 3]]
        let (mean, matrix) = covariance(of: vectors)
        #expect(throws: (any Error).self) { try WhiteningFit(mean: mean, covariance: matrix, shrinkage: 0) }
        let fit = try WhiteningFit(mean: mean, covariance: matrix, shrinkage: 0.5)
        #expect(fit.matrix.allSatisfy(\.isFinite) && fit.largestShare == 1)
        let (one, nothing) = covariance(of: [[4, 5], [4, 5]])
        #expect(one == [4, 5] && nothing == [0, 0, 0, 0])
        #expect(throws: (any Error).self) { try WhiteningFit(mean: one, covariance: nothing, shrinkage: 1) }
    }

    /// Vectors are added in order, however they are grouped into blocks.
    @Test func sumsAreThoseOfOneVectorAfterTheOther() {
        var vectors: [[Float]] = []
        for number in 0..<200 {
            var vector: [Float] = []
            for place in 0..<5 { vector.append(Float((number * 37 + place * 11) % 101) / 7) }
            vectors.append(vector)
        }
        var sum = [Double](repeating: 0, count: 5)
        var products = [Double](repeating: 0, count: 25)
        for vector in vectors {
            var centred: [Double] = []
            for place in 0..<5 { centred.append(Double(vector[place]) - Double(vectors[0][place])) }
            for i in 0..<5 {
                sum[i] += centred[i]
                for j in 0..<5 { products[i * 5 + j] += centred[i] * centred[j] }
            }
        }
        let (mean, matrix) = covariance(of: vectors)
        for i in 0..<5 {
            let shift = sum[i] / 200
            #expect(mean[i] == shift + Double(vectors[0][i]))
            for j in 0..<5 {
                let expected = products[i * 5 + j] / 200 - shift * (sum[j] / 200)
                #expect(matrix[i * 5 + j] == expected)
            }
        }
    }
}
