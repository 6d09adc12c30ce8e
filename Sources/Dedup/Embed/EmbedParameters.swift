internal import Basics
internal import DeBERTa
internal import Tokenizers

/// What decides which bytes are written, besides the model and the documents: all of it is settled.
struct EmbedParameters: Sendable {
    /// As it was given.
    let model: String
    let pooling: Pooling
    let normalize: Bool
    let precision: Precision
    let maxTokens: Int
    let long: LongTexts
    let dtype: VectorType
    let dimensions: Int
    let specialTokens: SpecialTokens
    let textField: String
    let idField: String

    /// - Parameter isSameModel: whether the model is known to be the same; else what follows from it is left out.
    /// - Throws: a usage error when the folder `out`, of which `record` tells, was made with others.
    func check(
        against record: EmbeddingsRecord, isSameModel: Bool, of out: String, option: String
    ) throws(Failure) {
        let asked = EmbeddingsRecord(self)
        let ofModel = [
            ("dimensions", "\(record.dimensions)", "\(asked.dimensions)"),
            ("max-tokens", "\(record.maxTokens)", "\(asked.maxTokens)"),
        ]
        let others = [
            ("precision", record.precision, asked.precision),
            ("pooling", record.pooling, asked.pooling),
            ("normalize", "\(record.normalize)", "\(asked.normalize)"),
            ("long", record.long, asked.long),
            ("dtype", record.dtype, asked.dtype),
            ("special-tokens", record.specialTokens, asked.specialTokens),
            ("text-field", record.textField, asked.textField),
            ("id-field", record.idField, asked.idField),
        ]
        for (name, recorded, asked) in others + (isSameModel ? ofModel : []) where recorded != asked {
            throw Self.refusal(out, option, "\(name) \(recorded)", asked)
        }
    }

    static func refusal(_ out: String, _ option: String, _ recorded: String, _ asked: String) -> Failure {
        .usage(
            "\(option) \(out) was made with \(recorded), and this run has \(asked); give another folder, or make it "
                + "anew with dedup embed --force")
    }
}
