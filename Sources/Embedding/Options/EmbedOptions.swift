internal import Basics
internal import Corpus
package import DeBERTa
package import Tokenizers

/// How a text is encoded that has more tokens than a sequence may have.
package enum LongTexts: String, Sendable, CaseIterable {
    /// Only its first tokens are encoded.
    case truncate
    /// It is cut into sequences. Its vector is the mean of their vectors, weighted by their numbers of tokens.
    case mean
}

/// Which form of a text is encoded.
package enum TextLayout: String, Sendable, CaseIterable {
    /// The text as it is.
    case keep
    /// With one space for each run of white space, and none at its ends. So line breaks and indentation do not count.
    case joined
}

/// The type of the numbers that are written.
package enum VectorType: String, Sendable, CaseIterable {
    case float32, float16

    /// The size of a number in bytes.
    package var size: Int { self == .float32 ? 4 : 2 }
}

/// How documents become vectors: the options of `dedup embed`, and of the stage 'embed'.
package struct EmbedOptions: Sendable {
    /// The model's folder; nil for the one that `ModelLocation` finds.
    package var model: String?
    /// The text that is put before every sequence, such as `query: `; nil for the setting in the model's embedding.json
    /// or, without one, none.
    package var prefix: String?
    /// How the states of a sequence become one vector; nil for the setting in the model's embedding.json or, without
    /// one, the mean.
    package var pooling: Pooling?
    /// Whether vectors are scaled to length 1; nil for the setting in embedding.json or, without one, false.
    package var normalize: Bool?
    /// Whether the model's whitening is applied; nil to apply it if the model has one.
    package var whitening: Bool?
    /// The precision of the matrix products; nil for the precision of the existing vectors or, for a new folder, the
    /// best that the processor supports.
    package var precision: Precision?
    /// The largest number of tokens in a sequence, special tokens included; nil for the limit in the model's files (see
    /// `EncodingModel.maxTokens`).
    package var maxTokens: Int?
    /// How texts with more tokens are encoded; nil for the setting in embedding.json or, without one, `truncate`.
    package var long: LongTexts?
    /// nil: what the model says of itself, or keep.
    package var layout: TextLayout?
    package var dtype = VectorType.float32
    package var specialTokens = SpecialTokens.plain

    package init() {}

    /// The possible values of `maxTokens`. The smallest leaves room for one token between two special tokens; the
    /// largest is limited by the memory that attention needs.
    package static let tokenRange = 3...8192
}
