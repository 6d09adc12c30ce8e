/// What a model in training has on top of the encoder.
package enum ModelHead: Sendable, Equatable {
    /// The masked-LM head, which predicts masked tokens.
    case maskedLM
    /// A linear classifier: `outputs` numbers from the means of the states of `parts` parts of a sequence.
    case classifier(parts: Int, outputs: Int)
}
