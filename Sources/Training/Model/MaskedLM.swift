package import Basics
package import DeBERTa

/// Which numbers are dropped in training, at random.
package struct Dropout: Sendable, Equatable {
    /// The probability for states: after the embeddings and after both products of a layer that are added to states.
    package var hidden: Float
    /// The probability for what attention attends to.
    package var attention: Float

    package init(hidden: Float, attention: Float) {
        self.hidden = hidden
        self.attention = attention
    }

    package static let none = Dropout(hidden: 0, attention: 0)
}

/// A DeBERTa v1 with its masked-LM head, as it is trained: Hugging Face's `DebertaForMaskedLM`.
///
/// Only absolute positions are trained, as the public distilled model has them: no relative attention, no types of
/// tokens, embeddings as wide as the states.
package final class MaskedLM: Sendable {
    package let configuration: Configuration
    package let parameters: Parameters
    package let dropout: Dropout
    let kernels: TrainingKernels
    let layers: [LayerOffsets]

    /// All weights are zero until they are initialized or loaded.
    ///
    /// - Parameter level: the kernels to use; nil for the best.
    /// - Throws: when the model or the precision cannot be trained.
    package init(
        _ configuration: Configuration, precision: Precision, dropout: Dropout, level: Kernels.Level? = nil
    ) throws(Failure) {
        let only = "only models with absolute positions alone are trained"
        if configuration.relativeReach != nil { throw .usage("relative_attention is true, and \(only)") }
        if !configuration.hasAbsolutePositions { throw .usage("position_biased_input is false, and \(only)") }
        if configuration.tokenTypes > 0 { throw .usage("type_vocab_size is not 0: models with types are not trained") }
        if configuration.embeddingSize != configuration.hiddenSize {
            throw .usage("embedding_size is not hidden_size: models that project their embeddings are not trained")
        }
        self.configuration = configuration
        self.dropout = dropout
        kernels = try TrainingKernels(precision, level: level)
        let layout = ParameterLayout(configuration)
        parameters = Parameters(layout, precision, kernels)
        layers = (0..<configuration.layers).map { LayerOffsets(layout, layer: $0) }
    }
}
