package import Basics
internal import CEncoder

extension Parameter {
    /// The number format in which the encoder computes matrix products.
    package static let precision = Parameter("precision")
}

/// The precision of the encoder's matrix products. Everything else is computed in f32.
package enum Precision: String, Sendable, CaseIterable, Codable {
    /// Single precision.
    case f32
    /// The factors are rounded to bf16; the sums are f32.
    case bf16
    /// Activations are quantised with a scale for each token, weights with a scale for each output; the sums are
    /// integers.
    case int8

    /// bf16 if the processor has instructions for it, else f32.
    package static var best: Precision { Precision.bf16.isSupported ? .bf16 : .f32 }

    /// The name of the instruction set that matrix products use, such as `AVX512_CORE_BF16`.
    package static var instructionSet: String { String(cString: dedup_instruction_set()) }

    /// Whether the processor has the instructions for this precision. Without them, sums in int8 would saturate and be
    /// wrong, and bf16 would be slow.
    package var isSupported: Bool { dedup_can_multiply(code) }

    /// Checks that the processor supports this precision.
    ///
    /// - Throws: a usage error if it does not.
    package func check() throws(Failure) {
        if isSupported { return }
        let needed = self == .bf16 ? "AVX-512 BF16" : "AVX-512 VNNI"
        throw .usage(
            "\(Parameter.precision(rawValue)) needs a processor with \(needed), and this one has "
                + "\(Self.instructionSet); use \(Parameter.precision(Self.best.rawValue))")
    }

    var code: dedup_precision {
        switch self {
        case .f32: DEDUP_F32
        case .bf16: DEDUP_BF16
        case .int8: DEDUP_INT8
        }
    }
}

/// How the states of a sequence's tokens become one vector.
package enum Pooling: String, Sendable, CaseIterable, Codable {
    /// The mean of the states of all tokens, special tokens included.
    case mean
    /// The state of the first token.
    case cls
}
