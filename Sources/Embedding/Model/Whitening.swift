package import Basics
internal import DeBERTa

/// A linear map that is applied to a model's vectors, so that over a corpus they have the mean 0 and the identity as
/// covariance: v becomes (v - mean) matrix^T. The vectors of an encoder all point in a similar direction; whitening
/// makes their cosines more meaningful.
///
/// Su et al., "Whitening Sentence Representations for Better Semantics and Faster Retrieval", 2021.
package final class Whitening: Sendable {
    /// The number of components of a vector.
    package let dimensions: Int
    private let mean: [Float]
    /// The matrix in column-major order, so that the compiler can vectorize the sum over the columns without changing
    /// its order.
    private let columns: [Float]

    /// Reads the whitening of a model: the tensors `mean` [D] and `matrix` [D, D].
    ///
    /// - Returns: nil if the model has no whitening.
    /// - Throws: if the file is damaged, has another number of dimensions, or contains NaN or an infinite number.
    package init?(folder: String, dimensions: Int) throws(Failure) {
        let path = folder + "/" + ModelFiles.whitening
        guard try File.status(at: path) != nil else { return nil }
        let file = try TensorFile(path)
        mean = try Self.numbers("mean", [dimensions], of: file, path)
        let rows = try Self.numbers("matrix", [dimensions, dimensions], of: file, path)
        var columns = [Float](repeating: 0, count: rows.count)
        for row in 0..<dimensions {
            for column in 0..<dimensions { columns[column * dimensions + row] = rows[row * dimensions + column] }
        }
        self.columns = columns
        self.dimensions = dimensions
    }

    private static func numbers(
        _ name: String, _ shape: [Int], of file: TensorFile, _ path: String
    ) throws(Failure) -> [Float] {
        let numbers = try file.tensor(name, shape: shape).floats()
        if let place = numbers.firstIndex(where: { !$0.isFinite }) {
            throw Failure(
                "\(path): tensor \"\(name)\" holds \(numbers[place]) at \(place); run 'dedup train whitening' again "
                    + "with \(Parameter.replace), or do without the file with \(Parameter.noWhitening)")
        }
        return numbers
    }

    /// Applies the map to a vector, in place. Sums are computed in double precision, in the order of the components.
    ///
    /// - Parameter sum: a buffer for `dimensions` numbers.
    package func apply(to vector: UnsafeMutablePointer<Float>, _ sum: UnsafeMutablePointer<Double>) {
        let width = dimensions
        for row in 0..<width { sum[row] = 0 }
        columns.withUnsafeBufferPointer { columns in
            for column in 0..<width {
                let value = Double(vector[column]) - Double(mean[column])
                let weights = columns.baseAddress! + column * width
                for row in 0..<width { sum[row] += Double(weights[row]) * value }
            }
        }
        for row in 0..<width { vector[row] = Float(sum[row]) }
    }
}
