internal import Basics
internal import DeBERTa

/// The whitening that fits vectors of a mean and a covariance.
///
/// Of all matrices that give the covariance of one in every direction, which differ by a rotation, it is the symmetric
/// one (ZCA): it depends neither on the signs and the order of the eigenvectors nor on which of equal eigenvalues they
/// belong to, and leaves vectors nearest to what they were. Kessy, Lewin and Strimmer, "Optimal Whitening and
/// Decorrelation", 2018.
struct WhiteningFit {
    let mean: [Float]
    /// Row by row.
    let matrix: [Float]
    /// The part of the variance that lies in the direction that has most of it.
    let largestShare: Double

    /// - Parameters:
    ///   - covariance: row by row.
    ///   - shrinkage: from 0 to 1: how far eigenvalues are moved towards their mean, so that directions in which hardly
    ///     anything differs are not blown up. 1 leaves the directions as they are.
    /// - Throws: when nothing differs, or too little in some direction for a shrinkage of 0.
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
        // A direction without any difference would be all rounding.
        guard (1 - shrinkage) * max(0, eigen.values[0]) + shrinkage * average > average * 1e-12 else {
            throw Failure(
                "the vectors differ in fewer than \(width) directions; whiten with more documents, or with a "
                    + "--shrinkage above 0")
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

    /// Writes whitening.safetensors, whole or not at all.
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
