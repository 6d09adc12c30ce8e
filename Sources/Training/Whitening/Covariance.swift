internal import Basics

/// Computes the mean and the covariance of vectors, in double precision and in the order in which the vectors are
/// added. The sums are of differences from the first vector, because a large common part would cost digits.
struct Covariance: ~Copyable {
    /// The number of vectors that are added together. Adding them in blocks loads each part of the sums into the cache
    /// less often.
    private static let block = 64

    let dimensions: Int
    private(set) var count = 0
    private var first: [Double] = []
    private var waiting: Buffer<Double>
    private var sum: [Double]
    /// The sums of the products of two components; only the upper triangle is used.
    private var products: [Double]

    init(dimensions: Int) {
        self.dimensions = dimensions
        waiting = Buffer(capacity: Self.block * dimensions)
        sum = Array(repeating: 0, count: dimensions)
        products = Array(repeating: 0, count: dimensions * dimensions)
    }

    mutating func add(_ vector: UnsafeBufferPointer<Float>) {
        if count == 0 { first = vector.map(Double.init) }
        for i in 0..<dimensions { waiting.append(Double(vector[i]) - first[i]) }
        count += 1
        if waiting.count == Self.block * dimensions { addWaiting() }
    }

    private mutating func addWaiting() {
        let (width, rows) = (dimensions, waiting.count / max(1, dimensions))
        let vectors = waiting.base
        for row in 0..<rows { for i in 0..<width { sum[i] += vectors[row * width + i] } }
        products.withUnsafeMutableBufferPointer { products in
            for i in 0..<width {
                let line = products.baseAddress! + i * width
                for row in 0..<rows {
                    let vector = vectors + row * width
                    let factor = vector[i]
                    for j in i..<width { line[j] += factor * vector[j] }
                }
            }
        }
        waiting.removeAll()
    }

    /// Returns the mean [D] and the covariance [D, D] in row-major order. The sums are divided by the number of
    /// vectors, not by that number minus one.
    consuming func finish() -> (mean: [Double], matrix: [Double]) {
        addWaiting()
        let (width, number) = (dimensions, Double(max(1, count)))
        let shift = sum.map { $0 / number }
        var matrix = products
        for i in 0..<width {
            for j in i..<width {
                matrix[i * width + j] = products[i * width + j] / number - shift[i] * shift[j]
                matrix[j * width + i] = matrix[i * width + j]
            }
        }
        return ((0..<width).map { shift[$0] + (first.isEmpty ? 0 : first[$0]) }, matrix)
    }
}
