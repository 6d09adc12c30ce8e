package import Basics
internal import CEncoder

/// What the products of an encoder are computed in; all else is f32.
package enum Precision: String, Sendable, CaseIterable, Codable {
    case f32
    /// Factors are rounded to bf16, sums are f32.
    case bf16
    /// Activations are quantised for each token, weights for each output; sums are whole numbers.
    case int8

    /// bf16 where the processor computes in it, else f32.
    package static var best: Precision { Precision.bf16.isSupported ? .bf16 : .f32 }

    /// The instruction set that products run on, as `AVX512_CORE_BF16`.
    package static var instructionSet: String { String(cString: dedup_instruction_set()) }

    /// Whether this machine computes in it, rightly and fast.
    package var isSupported: Bool { dedup_can_multiply(code) }

    /// - Throws: a usage error where this machine cannot.
    package func check() throws(Failure) {
        if isSupported { return }
        let needed = self == .bf16 ? "AVX-512 BF16" : "AVX-512 VNNI"
        throw .usage(
            "--precision \(rawValue) needs a processor with \(needed), and this one has \(Self.instructionSet); "
                + "use --precision \(Self.best.rawValue)")
    }

    var code: dedup_precision {
        switch self {
        case .f32: DEDUP_F32
        case .bf16: DEDUP_BF16
        case .int8: DEDUP_INT8
        }
    }
}

/// How the vectors of a sequence's tokens become one.
package enum Pooling: String, Sendable, CaseIterable, Codable {
    /// The mean over all tokens, special ones included.
    case mean
    /// The vector of the first token.
    case cls
}
