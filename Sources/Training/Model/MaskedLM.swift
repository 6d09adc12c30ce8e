package import Basics
package import DeBERTa

/// The dropout probabilities of training (Srivastava et al., 2014).
package struct Dropout: Sendable, Equatable {
    /// The probability for hidden states: after the embeddings, and after the two products of a layer whose result is
    /// added to the residual.
    package var hidden: Float
    /// The probability for attention weights.
    package var attention: Float

    package init(hidden: Float, attention: Float) {
        self.hidden = hidden
        self.attention = attention
    }

    /// No dropout.
    package static let none = Dropout(hidden: 0, attention: 0)
}

/// A DeBERTa v1 model that can be trained, with a masked-LM head, as Hugging Face's `DebertaForMaskedLM`, or with a
/// classifier instead.
///
/// Only models like the published distilled one can be trained: with absolute positions, without relative attention and
/// token types, and with embeddings of the hidden size.
package final class MaskedLM: Sendable {
    package let configuration: Configuration
    package let parameters: Parameters
    package let dropout: Dropout
    let kernels: TrainingKernels
    let layers: [LayerOffsets]

    /// Creates a model whose weights are all zero, until they are initialized or loaded.
    ///
    /// - Parameters:
    ///   - head: what the model has on top of the encoder.
    ///   - level: the instruction set of the kernels; nil for the best that the processor has.
    /// - Throws: if a model of this configuration, or the precision, cannot be trained.
    package init(
        _ configuration: Configuration, precision: Precision, dropout: Dropout, head: ModelHead = .maskedLM,
        level: Kernels.Level? = nil
    ) throws(Failure) {
        if configuration.relativeReach != nil {
            throw .usage("relative_attention is true, but only models without it can be trained")
        }
        if !configuration.hasAbsolutePositions {
            throw .usage("position_biased_input is false, but only models with absolute positions can be trained")
        }
        if configuration.tokenTypes > 0 {
            throw .usage("type_vocab_size is not 0: models with types cannot be trained")
        }
        if configuration.embeddingSize != configuration.hiddenSize {
            throw .usage("embedding_size is not hidden_size: models that project their embeddings cannot be trained")
        }
        self.configuration = configuration
        self.dropout = dropout
        kernels = try TrainingKernels(precision, level: level)
        let layout = ParameterLayout(configuration, head: head)
        parameters = Parameters(layout, precision, kernels)
        layers = (0..<configuration.layers).map { LayerOffsets(layout, layer: $0) }
    }
}
