internal import Basics
internal import DeBERTa

/// Computes a whitening from the mean and the covariance of vectors.
///
/// The matrices that whiten differ by a rotation. This one is symmetric (ZCA). It is unique: it does not depend on the
/// signs and the order of the eigenvectors, or on how eigenvectors of equal eigenvalues are chosen. Of all whitened
/// vectors, its results are closest to the original ones. Kessy, Lewin and Strimmer, "Optimal Whitening and
/// Decorrelation", 2018.
struct WhiteningFit {
    let mean: [Float]
    /// In row-major order.
    let matrix: [Float]
    /// The share of the variance that lies in the direction with the largest variance, from 0 to 1.
    let largestShare: Double

    /// - Parameters:
    ///   - covariance: in row-major order.
    ///   - shrinkage: how far the eigenvalues are moved towards their mean, from 0 to 1, so that directions with little
    ///     variance are not amplified too much. With 1, all directions keep their variance.
    /// - Throws: if all vectors are equal, or if the shrinkage is 0 and a direction has almost no variance.
    init(mean: [Double], covariance: [Double], shrinkage: Double) throws(Failure) {
        let width = mean.count
        let eigen = SymmetricEigen(covariance, size: width)
        let total = eigen.values.reduce(0) { $0 + max(0, $1) }
        guard total > 0, let largest = eigen.values.last else {
            throw Failure("the vectors of all documents are equal; whiten with different documents")
        }
        largestShare = largest / total
        let average = total / Double(width)
        let scales = eigen.values.map { 1 / ((1 - shrinkage) * max(0, $0) + shrinkage * average).squareRoot() }
        // A direction without variance would contain only rounding errors after scaling.
        guard (1 - shrinkage) * max(0, eigen.values[0]) + shrinkage * average > average * 1e-12 else {
            throw Failure(
                "the vectors differ in fewer than \(width) directions; whiten with more documents, or with a "
                    + "\(Parameter.shrinkage) above 0")
        }
        var matrix = [Double](repeating: 0, count: width * width)
        for (number, scale) in scales.enumerated() {
            let vector = eigen.vectors[number * width..<(number + 1) * width]
            let start = vector.startIndex
            for i in 0..<width {
                let factor = scale * vector[start + i]
                for j in 0..<width { matrix[i * width + j] += factor * vector[start + j] }
            }
        }
        self.mean = mean.map(Float.init)
        self.matrix = matrix.map(Float.init)
        guard self.matrix.allSatisfy(\.isFinite) else {
            throw Failure("the vectors differ too little for numbers of 32 bits; whiten with other documents")
        }
    }

    /// Writes whitening.safetensors atomically.
    func write(to path: String) throws(Failure) {
        let width = mean.count
        let result = mean.withUnsafeBytes { mean in
            matrix.withUnsafeBytes { matrix in
                Result { () throws(Failure) in
                    try writeSafetensors(
                        [
                            WrittenTensor(name: "mean", type: "F32", shape: [width], bytes: mean),
                            WrittenTensor(name: "matrix", type: "F32", shape: [width, width], bytes: matrix),
                        ], to: path)
                }
            }
        }
        try result.get()
    }
}
