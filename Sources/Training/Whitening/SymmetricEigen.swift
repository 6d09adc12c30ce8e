/// The eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi rotations. The method is simple, and
/// accurate even for small eigenvalues next to large ones, which matters because whitening divides by them.
///
/// Golub and Van Loan, "Matrix Computations", 4th edition, section 8.5; the criterion for a rotation: Demmel and Veselić,
/// "Jacobi's Method is More Accurate than QR", 1992.
///
/// - Complexity: O(n³) for each of some ten sweeps.
struct SymmetricEigen {
    /// The eigenvalues in ascending order.
    let values: [Double]
    /// The eigenvectors, of length 1, one per row, in the order of the eigenvalues.
    let vectors: [Double]

    private static let mostSweeps = 60

    /// - Parameter matrix: `size` rows of `size` finite numbers; symmetric.
    init(_ matrix: [Double], size n: Int) {
        precondition(matrix.count == n * n)
        var matrix = matrix
        var vectors = [Double](repeating: 0, count: n * n)
        for i in 0..<n { vectors[i * n + i] = 1 }
        matrix.withUnsafeMutableBufferPointer { matrix in
            vectors.withUnsafeMutableBufferPointer { vectors in
                guard let a = matrix.baseAddress, let v = vectors.baseAddress else { return }
                for _ in 0..<Self.mostSweeps where !Self.sweep(a, v, n) { break }
            }
        }
        let order = (0..<n).sorted { (matrix[$0 * n + $0], $0) < (matrix[$1 * n + $1], $1) }
        values = order.map { matrix[$0 * n + $0] }
        self.vectors = order.flatMap { vectors[$0 * n..<($0 + 1) * n] }
    }

    /// Visits every pair of rows and columns once and rotates it if necessary.
    ///
    /// - Returns: false if no pair was rotated.
    private static func sweep(_ a: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>, _ n: Int) -> Bool {
        var square = 0.0
        for i in 0..<n * n { square += a[i] * a[i] }
        // Numbers below this are rounding errors.
        let floor = square.squareRoot() * Double.ulpOfOne * Double.ulpOfOne
        var hasRotated = false
        for p in 0..<n {
            for q in p + 1..<max(p + 1, n) {
                let element = a[p * n + q]
                let scale = (a[p * n + p] * a[q * n + q]).magnitude.squareRoot()
                if element.magnitude <= max(scale * Double.ulpOfOne, floor) { continue }
                rotate(a, v, n, p, q)
                hasRotated = true
            }
        }
        return hasRotated
    }

    /// Rotates two rows and columns so that the element where they cross becomes zero.
    private static func rotate(
        _ a: UnsafeMutablePointer<Double>, _ v: UnsafeMutablePointer<Double>, _ n: Int, _ p: Int, _ q: Int
    ) {
        let (first, second, element) = (a[p * n + p], a[q * n + q], a[p * n + q])
        let ratio = (second - first) / (2 * element)
        let tangent = (ratio < 0 ? -1 : 1) / (ratio.magnitude + (ratio * ratio + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for rows in [a, v] {
            let (upper, lower) = (rows + p * n, rows + q * n)
            for i in 0..<n {
                let (x, y) = (upper[i], lower[i])
                upper[i] = cosine * x - sine * y
                lower[i] = sine * x + cosine * y
            }
        }
        a[p * n + p] = first - tangent * element
        a[q * n + q] = second + tangent * element
        a[p * n + q] = 0
        a[q * n + p] = 0
        for i in 0..<n {
            a[i * n + p] = a[p * n + i]
            a[i * n + q] = a[q * n + i]
        }
    }
}
