#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Loss and accuracy of a classification, summed over examples.
package struct ClassificationScore: Sendable, Equatable {
    /// The sum of the cross-entropies to the labels, in nats.
    package var loss = 0.0
    /// The number of examples whose label got the largest logit.
    package var correct = 0
    /// The number of examples.
    package var examples = 0

    package init() {}

    /// The mean cross-entropy in nats; 0 without examples.
    package var meanLoss: Double { examples > 0 ? loss / Double(examples) : 0 }
    /// The share of examples that were classified correctly; 0 without examples.
    package var accuracy: Double { examples > 0 ? Double(correct) / Double(examples) : 0 }

    package static func += (a: inout ClassificationScore, b: ClassificationScore) {
        a.loss += b.loss
        a.correct += b.correct
        a.examples += b.examples
    }

    /// Adds an example.
    ///
    /// - Parameters:
    ///   - logits: one for each class, at least one.
    ///   - label: the number of the right class.
    /// - Returns: the gradient of the cross-entropy with respect to the logits.
    package mutating func add(_ logits: [Float], label: Int) -> [Double] {
        let numbers = logits.map { Double($0) }
        let largest = numbers.max() ?? 0
        let powers = numbers.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        loss += log(sum) + largest - numbers[label]
        if numbers.firstIndex(of: largest) == label { correct += 1 }
        examples += 1
        return powers.enumerated().map { $1 / sum - ($0 == label ? 1 : 0) }
    }
}
