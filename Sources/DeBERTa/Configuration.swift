package import Basics

/// The shape of a DeBERTa v1 encoder: what `config.json` says.
package struct Configuration: Sendable, Equatable {
    package var vocabularySize = 0
    package var hiddenSize = 0
    package var layers = 0
    package var heads = 0
    package var intermediateSize = 0
    /// The width of the word embeddings, where it is another than `hiddenSize`.
    package var embeddingSize = 0
    package var maxPositions = 0
    package var tokenTypes = 0
    package var layerNormEpsilon: Float = 1e-7
    /// Whether positions are added to the embeddings.
    package var hasAbsolutePositions = true
    /// The furthest distance that relative attention tells apart; nil without relative attention.
    package var relativeReach: Int?
    package var hasContentToPosition = false
    package var hasPositionToContent = false
    /// What scores are scaled by: 1 and one more for each kind of relative attention that the file names.
    package var scoreTerms = 1

    package var headSize: Int { hiddenSize / heads }
}
