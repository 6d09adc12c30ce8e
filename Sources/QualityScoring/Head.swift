#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A quality head: logistic regressions (outputs) over a document's pooled vector and its text statistics. Each output
/// gives one score, and all of them together give the quality.
package struct Head: Sendable, Equatable {
    /// The model and the options that the vectors have to be made with.
    package var origin: VectorOrigin
    /// Where the vectors of the training texts lie; nil if the vectors have no dimensions.
    package var space: VectorSpace?
    /// Turns the log-odds of the lowest score into the quality; nil for a head whose outputs were not trained together.
    package var quality: Calibration?
    /// The outputs in the order of their training. Their names differ.
    package var outputs: [Output]

    package init(
        origin: VectorOrigin, space: VectorSpace? = nil, quality: Calibration? = nil, outputs: [Output]
    ) {
        self.origin = origin
        self.space = space
        self.quality = quality
        self.outputs = outputs
    }

    /// Returns the output of this name, or nil if the head has none.
    package func output(named name: String) -> Output? { outputs.first { $0.name == name } }

    /// Returns this head with some of its outputs. The calibration of the quality is that of all outputs together, so a
    /// part of them has none.
    package func selecting(_ names: [String]) -> Head {
        var head = self
        head.outputs = outputs.filter { names.contains($0.name) }
        if head.outputs.count < outputs.count { head.quality = nil }
        return head
    }

    /// Computes the scores of a text.
    ///
    /// - Parameters:
    ///   - vector: the document's vector, with `VectorOrigin.dimensions` values.
    ///   - statistics: `TextStatistics.count` values.
    ///   - profile: the length of the text, on which it depends how much the statistics count.
    /// - Returns: the quality, and the score of each output, all from 0 to 1.
    package func scores(
        vector: UnsafeBufferPointer<Float>, statistics: UnsafeBufferPointer<Float>, _ profile: TextProfile
    ) -> (quality: Double, outputs: [Double]) {
        let scores = outputs.map { $0.score(vector: vector, statistics: statistics, profile) }
        return (quality(of: scores), scores)
    }

    /// Combines the scores of the outputs. A text is good if it is good in every respect, so the lowest score decides.
    /// The calibration turns it into the probability that the text is good in all of them.
    ///
    /// The product of the scores would be that probability if the outputs were independent. They are not: a text that is
    /// unusual is a little worse by each of them, and measured on sources and kinds that were left out, the lowest score
    /// predicts better than the product.
    package func quality(of scores: [Double]) -> Double {
        let lowest = scores.min() ?? 0
        return quality?.probability(ofLogit: Self.logit(lowest)) ?? lowest
    }

    /// The log-odds of a probability, which is limited so that the result is finite.
    package static func logit(_ probability: Double) -> Double {
        let limited = min(max(probability, 1e-12), 1 - 1e-12)
        return log(limited / (1 - limited))
    }

    /// Says why a text is of another kind than those of the training; nil if it is not.
    package func reasonOutside(vector: UnsafeBufferPointer<Float>, _ profile: TextProfile) -> String? {
        for output in outputs {
            if let reason = output.domain.reasonOutside(profile) { return reason }
        }
        return space?.reasonOutside(vector, words: Int(profile.words))
    }
}

/// A monotone map from log-odds to a probability: σ(slope · x + intercept), after Platt ("Probabilistic outputs for
/// support vector machines", 1999).
package struct Calibration: Sendable, Equatable {
    /// At least 0.
    package var slope: Double
    package var intercept: Double

    /// The map that changes nothing.
    package static let none = Calibration(slope: 1, intercept: 0)

    package init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    /// The calibrated log-odds.
    package func logit(_ raw: Double) -> Double { slope * raw + intercept }

    /// The probability that belongs to the log-odds.
    package func probability(ofLogit raw: Double) -> Double { 1 / (1 + exp(-logit(raw))) }
}
