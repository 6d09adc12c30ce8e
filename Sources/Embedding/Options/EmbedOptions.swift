internal import Basics
internal import Corpus
package import DeBERTa
package import Tokenizers

/// What becomes of a text with more tokens than a sequence may have.
package enum LongTexts: String, Sendable, CaseIterable {
    /// Its first tokens stand for it.
    case truncate
    /// It is cut into windows, and the mean of their vectors, weighted by their tokens, stands for it.
    case mean
}

/// Which form of a text is encoded.
package enum TextLayout: String, Sendable, CaseIterable {
    /// The text as it is.
    case keep
    /// Its canonical form (`CanonicalText`): without line breaks, marks of Markdown and links.
    case canonical
}

/// The type of the numbers that are written.
package enum VectorType: String, Sendable, CaseIterable {
    case float32, float16

    /// Bytes of a number.
    package var size: Int { self == .float32 ? 4 : 2 }
}

/// How documents become vectors: the options of `dedup embed`, and of the stage 'embed'.
package struct EmbedOptions: Sendable {
    /// The model's folder; nil where it was not said: see `ModelLocation`.
    package var model: String?
    /// nil: what the model says of itself, or mean.
    package var pooling: Pooling?
    /// Whether vectors have the length 1; nil: what the model says of itself, or not.
    package var normalize: Bool?
    /// Whether the model's whitening is applied; nil: where it has one.
    package var whitening: Bool?
    /// nil: the one that the folder was made with or, for a new one, the best that the processor computes in.
    package var precision: Precision?
    /// Tokens of a sequence at most, special ones included; nil: what the model says of itself, or was made for.
    package var maxTokens: Int?
    /// nil: what the model says of itself, or truncate.
    package var long: LongTexts?
    /// nil: what the model says of itself, or keep.
    package var layout: TextLayout?
    package var dtype = VectorType.float32
    package var specialTokens = SpecialTokens.plain

    package init() {}

    /// The possible values of `maxTokens`: from one token between two special ones to what attention has memory for.
    package static let tokenRange = 3...8192
}
