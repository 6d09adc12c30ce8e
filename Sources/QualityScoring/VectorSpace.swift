#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where the vectors of the training texts lie: clusters, and how far from the nearest cluster 99 % of the texts of each
/// length are. A text that is farther away is of another kind than those of the training.
package struct VectorSpace: Sendable, Equatable {
    /// The texts of one range of lengths.
    package struct Limit: Sendable, Equatable {
        /// The largest number of words.
        package var words: Int
        /// The largest distance of a text that is not out of domain.
        package var distance: Double

        package init(words: Int, distance: Double) {
            self.words = words
            self.distance = distance
        }
    }

    /// The centre of each cluster, a vector of the length 1.
    package var centres: [[Float]]
    /// The limits in ascending order of their lengths. The last one also holds for longer texts.
    package var limits: [Limit]

    package init(centres: [[Float]], limits: [Limit]) {
        self.centres = centres
        self.limits = limits
    }

    /// The distance from the nearest centre: 1 minus the cosine. A vector of zeros is at a distance of 1.
    package func distance(_ vector: UnsafeBufferPointer<Float>) -> Double {
        let norm = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm > 0 else { return 1 }
        var most = -Double.infinity
        for centre in centres {
            let product = centre.withUnsafeBufferPointer { centre in
                var sum = 0.0
                for index in vector.indices { sum += Double(centre[index]) * Double(vector[index]) }
                return sum
            }
            most = max(most, product)
        }
        return 1 - most / norm
    }

    /// The limit for texts of a length in words.
    package func limit(words: Int) -> Double {
        (limits.first { words <= $0.words } ?? limits.last)?.distance ?? .infinity
    }

    /// Says why a text is out of domain; nil if it is not.
    package func reasonOutside(_ vector: UnsafeBufferPointer<Float>, words: Int) -> String? {
        let (distance, limit) = (distance(vector), limit(words: words))
        // Not `distance > limit`: a distance that is not a number is out of domain too.
        if distance <= limit { return nil }
        func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
        return
            "its vector is unlike those of the training texts (distance \(text(distance)); 99 % of the training texts "
            + "of this length are within \(text(limit)))"
    }
}
