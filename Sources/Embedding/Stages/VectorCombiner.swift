package import Basics

/// Makes the vector of a document from the vectors of its sequences: their mean, weighted by the numbers of tokens.
/// With mean pooling this is the mean over all tokens of the document. Whitening and scaling to the length 1 follow, if
/// they are asked for.
///
/// Sums are computed in 64-bit numbers, in the order of the text.
package final class VectorCombiner {
    private let dimensions: Int
    private let whitening: Whitening?
    private let normalizes: Bool
    private var sum: Buffer<Double>
    private var vector: Buffer<Float>

    package init(dimensions: Int, whitening: Whitening?, normalizes: Bool) {
        self.dimensions = dimensions
        self.whitening = whitening
        self.normalizes = normalizes
        sum = Buffer(capacity: dimensions)
        vector = Buffer(capacity: dimensions)
        sum.advance(dimensions)
        vector.advance(dimensions)
    }

    /// Calls `work` with the vector of a document. The vector is zero if the document has no sequences.
    ///
    /// - Parameters:
    ///   - lengths: the number of tokens of each sequence of the document.
    ///   - part: returns the vector of a sequence.
    package func combine(
        lengths: UnsafeBufferPointer<Int32>, _ part: (Int) -> UnsafeBufferPointer<Float>,
        _ work: (UnsafeBufferPointer<Float>) throws(Failure) -> Void
    ) throws(Failure) {
        for i in 0..<dimensions { vector[i] = 0 }
        if lengths.count == 1 {
            let only = part(0)
            for i in 0..<dimensions { vector[i] = only[i] }
        } else if lengths.count > 1 {
            average(lengths, part)
        }
        // The vector of a bad line stays zero.
        if let whitening, lengths.count > 0 { whitening.apply(to: vector.base, sum.base) }
        if normalizes { normalize() }
        try work(vector.elements)
    }

    private func average(_ lengths: UnsafeBufferPointer<Int32>, _ part: (Int) -> UnsafeBufferPointer<Float>) {
        for i in 0..<dimensions { sum[i] = 0 }
        var total = 0.0
        for (place, length) in lengths.enumerated() {
            let vector = part(place)
            for i in 0..<dimensions { sum[i] += Double(vector[i]) * Double(length) }
            total += Double(length)
        }
        for i in 0..<dimensions { vector[i] = Float(sum[i] / total) }
    }

    /// Scales the vector to the length 1. A zero vector stays as it is.
    private func normalize() {
        var square = 0.0
        for i in 0..<dimensions { square += Double(vector[i]) * Double(vector[i]) }
        if square == 0 { return }
        let length = square.squareRoot()
        for i in 0..<dimensions { vector[i] = Float(Double(vector[i]) / length) }
    }
}
