internal import Basics

/// Vectors scaled to unit length, and the gradient of a loss with respect to them.
///
/// The number of rows is rounded up to a multiple of `Activations.unit`, so that matrix products have few different
/// shapes. The added rows are zero.
final class UnitRows {
    /// The number of vectors, and the number of rows with the added ones.
    let count: Int
    let filled: Int
    /// The number of dimensions of a vector.
    let width: Int
    /// [filled, width]: the vectors. A vector of zeros stays one.
    let units: Room<Float>
    /// [filled, width]: the gradient, at first zero; nil for vectors that are not trained. The added rows are undefined.
    let gradient: Room<Float>?

    /// The row of each vector in the matrix that it was taken from, and the length that it had.
    private let rows: [Int]
    private let lengths: [Float]

    /// Copies the rows with these numbers from a matrix, in their order.
    ///
    /// - Parameter learns: whether the vectors get a gradient.
    init(_ vectors: UnsafePointer<Float>, rows: some Sequence<Int>, width: Int, learns: Bool = true) {
        self.rows = Array(rows)
        self.width = width
        count = self.rows.count
        filled = Activations.filled(count)
        units = Room(filled * width)
        gradient = learns ? Room(filled * width) : nil
        var lengths: [Float] = []
        for (place, row) in self.rows.enumerated() {
            let vector = vectors + row * width
            let length = max(1e-12, dot(vector, vector, width).squareRoot())
            let unit = units.start + place * width
            for i in 0..<width { unit[i] = vector[i] / length }
            lengths.append(length)
        }
        self.lengths = lengths
    }

    /// Adds the gradient with respect to the vectors as they were before scaling to the rows that they were taken from.
    func addGradient(to matrix: UnsafeMutablePointer<Float>) {
        guard let gradient else { return }
        for (place, row) in rows.enumerated() {
            let unit = units.start + place * width
            let slope = gradient.start + place * width
            let along = dot(unit, slope, width)
            let factor = 1 / lengths[place]
            let to = matrix + row * width
            for i in 0..<width { to[i] += (slope[i] - along * unit[i]) * factor }
        }
    }

    /// The cosine of the vectors of a row and of the same row in `other`.
    func cosine(_ row: Int, _ other: UnitRows) -> Float {
        dot(units.start + row * width, other.units.start + row * width, width)
    }
}

/// The dot product of two vectors.
private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ width: Int) -> Float {
    var sums = SIMD8<Float>()
    let whole = width / 8 * 8
    for i in stride(from: 0, to: whole, by: 8) {
        sums +=
            UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
            * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
    }
    var sum = sums.sum()
    for i in whole..<width { sum += a[i] * b[i] }
    return sum
}
