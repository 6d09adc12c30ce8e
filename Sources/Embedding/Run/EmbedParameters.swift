package import Basics
package import DeBERTa
package import Pipelines
package import Tokenizers

/// All parameters that decide, together with the model and the documents, which bytes are written.
package struct EmbedParameters: Sendable {
    /// The absolute path of the model's folder.
    package let model: String
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
    /// What is done with longer texts.
    package let long: LongTexts
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
        model: String, pooling: Pooling, normalize: Bool, whitening: Bool, precision: Precision, maxTokens: Int,
        long: LongTexts, dtype: VectorType, dimensions: Int, specialTokens: SpecialTokens, textField: String,
        idField: String, allowsNaN: Bool = false
    ) {
        self.model = model
        self.pooling = pooling
        self.normalize = normalize
        self.whitening = whitening
        self.precision = precision
        self.maxTokens = maxTokens
        self.long = long
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
        if options.pooling == nil { names.insert("pooling") }
        if options.normalize == nil { names.insert("normalize") }
        if options.whitening == nil { names.insert("whitening") }
        if options.long == nil { names.insert("long") }
        return names
    }

    /// Checks that a folder was made with these parameters.
    ///
    /// - Parameters:
    ///   - record: the folder's record.
    ///   - leftOut: the names of parameters that are not compared. Before the checksum is known, these are the ones
    ///     that depend on the model.
    ///   - out: the folder's path, for messages.
    ///   - parameter: the parameter that names the folder, for messages.
    /// - Throws: a usage error that names the first parameter with another value.
    package func check(
        against record: EmbeddingsRecord, leavingOut leftOut: Set<String>, of out: String, parameter: Parameter
    ) throws(Failure) {
        let asked = EmbeddingsRecord(self)
        let all = [
            ("precision", record.precision, asked.precision),
            ("pooling", record.pooling, asked.pooling),
            ("normalize", "\(record.normalize)", "\(asked.normalize)"),
            ("whitening", "\(record.whitening)", "\(asked.whitening)"),
            ("long", record.long, asked.long),
            ("dtype", record.dtype, asked.dtype),
            ("special-tokens", record.specialTokens, asked.specialTokens),
            ("text-field", record.textField, asked.textField),
            ("id-field", record.idField, asked.idField),
            ("allow-nan", "\(record.allowsNaN ?? false)", "\(asked.allowsNaN ?? false)"),
            ("dimensions", "\(record.dimensions)", "\(asked.dimensions)"),
            ("max-tokens", "\(record.maxTokens)", "\(asked.maxTokens)"),
        ]
        for (name, recorded, asked) in all where recorded != asked && !leftOut.contains(name) {
            throw Self.refusal(out, parameter, "\(name) \(recorded)", asked)
        }
    }

    static func refusal(_ out: String, _ parameter: Parameter, _ recorded: String, _ asked: String) -> Failure {
        .usage(
            "\(parameter(out)) was made with \(recorded), and this run has \(asked); give another folder, or run "
                + "'dedup "
                + "embed' again with \(Parameter.replace)")
    }
}
