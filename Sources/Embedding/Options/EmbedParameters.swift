internal import Basics
package import DeBERTa
internal import Pipelines
package import Tokenizers

/// All parameters that decide, together with the model and the documents, which bytes are written.
package struct EmbedParameters: Sendable {
    /// The absolute path of the model's folder.
    package let model: String
    /// The text that is put before every sequence; empty for none.
    package let prefix: String
    /// How the states of a sequence are combined to a vector.
    package let pooling: Pooling
    /// Whether vectors are scaled to length 1.
    package let normalize: Bool
    /// Whether the model's whitening is applied to the vectors.
    package let whitening: Bool
    /// The precision in which the encoder computes.
    package let precision: Precision
    /// The largest number of tokens in a sequence.
    package let maxTokens: Int
    /// How texts with more tokens are encoded.
    package let long: LongTexts
    /// Which form of a text is encoded.
    package let layout: TextLayout
    /// The number format of the components.
    package let dtype: VectorType
    /// The number of components of a vector.
    package let dimensions: Int
    /// Whether special tokens in a text are recognized, or treated as plain text.
    package let specialTokens: SpecialTokens
    /// The fields that hold a document's text.
    package let textField: String
    /// The field that holds a document's id.
    package var idField: String
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text and the id.
    package var allowsNaN = false

    package init(
        model: String, prefix: String, pooling: Pooling, normalize: Bool, whitening: Bool, precision: Precision,
        maxTokens: Int, long: LongTexts, layout: TextLayout, dtype: VectorType, dimensions: Int,
        specialTokens: SpecialTokens, textField: String, idField: String, allowsNaN: Bool = false
    ) {
        self.model = model
        self.prefix = prefix
        self.pooling = pooling
        self.normalize = normalize
        self.whitening = whitening
        self.precision = precision
        self.maxTokens = maxTokens
        self.long = long
        self.layout = layout
        self.dtype = dtype
        self.dimensions = dimensions
        self.specialTokens = specialTokens
        self.textField = textField
        self.idField = idField
        self.allowsNaN = allowsNaN
    }

    /// Returns the names of the parameters that depend on the model, because no option sets them.
    package static func ofModel(_ options: EmbedOptions) -> Set<String> {
        var names: Set = ["dimensions", "max-tokens"]
        if options.prefix == nil { names.insert("prefix") }
        if options.pooling == nil { names.insert("pooling") }
        if options.normalize == nil { names.insert("normalize") }
        if options.whitening == nil { names.insert("whitening") }
        if options.long == nil { names.insert("long") }
        if options.layout == nil { names.insert("layout") }
        return names
    }
}
