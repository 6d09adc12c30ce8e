package import Basics
internal import DeBERTa
internal import Tokenizers

extension EmbedParameters {
    /// Returns nil if the record has values that no run writes.
    package init?(_ record: EmbeddingsRecord) {
        guard let pooling = Pooling(rawValue: record.pooling), let precision = Precision(rawValue: record.precision),
            let long = LongTexts(rawValue: record.long), let dtype = VectorType(rawValue: record.dtype),
            let layout = TextLayout(rawValue: record.layout ?? TextLayout.keep.rawValue),
            let specialTokens = SpecialTokens(rawValue: record.specialTokens)
        else { return nil }
        self.init(
            model: record.model, prefix: record.prefix ?? "", pooling: pooling, normalize: record.normalize,
            whitening: record.whitening, precision: precision, maxTokens: record.maxTokens, long: long, layout: layout,
            dtype: dtype, dimensions: record.dimensions, specialTokens: specialTokens,
            textField: record.textField, idField: record.idField, allowsNaN: record.allowsNaN ?? false)
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
            ("prefix", quoted(record.prefix ?? ""), quoted(asked.prefix ?? "")),
            ("pooling", record.pooling, asked.pooling),
            ("normalize", "\(record.normalize)", "\(asked.normalize)"),
            ("whitening", "\(record.whitening)", "\(asked.whitening)"),
            ("long", record.long, asked.long),
            ("layout", record.layout ?? TextLayout.keep.rawValue, asked.layout ?? TextLayout.keep.rawValue),
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
                + "'dedup embed' again with \(Parameter.replace)")
    }
}
