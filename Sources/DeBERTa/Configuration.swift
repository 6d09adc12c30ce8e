/// The shape of a DeBERTa v1 encoder: what `config.json` says.
package struct Configuration: Sendable, Equatable {
    /// How many ids of tokens there are, from 0.
    package var vocabularySize = 50265
    /// The width of a token's state.
    package var hiddenSize = 768
    package var layers = 12
    /// The number of attention heads: `hiddenSize` is a multiple of it.
    package var heads = 12
    /// The width inside a layer's feed-forward part.
    package var intermediateSize = 3072
    /// The width of the embeddings: they are projected where it is another than `hiddenSize`.
    package var embeddingSize = 768
    /// The longest sequence that absolute positions allow.
    package var maxPositions = 512
    /// How many types of tokens there are; 0: tokens have none.
    package var tokenTypes = 0
    /// What is added to the variance when states are normalized.
    package var layerNormEpsilon: Float = 1e-7
    /// Whether positions are added to the embeddings.
    package var hasAbsolutePositions = true
    /// The furthest distance that relative attention tells apart; nil without relative attention.
    package var relativeReach: Int?
    /// Whether queries meet the keys of distances (c2p), where there is relative attention.
    package var hasContentToPosition = false
    /// Whether keys meet the queries of distances (p2c), where there is relative attention.
    package var hasPositionToContent = false
    /// What scores are scaled by: 1 and one more for each kind of relative attention that the file names, also
    /// without relative attention and for kinds that there are not.
    package var scoreTerms = 1

    /// Hugging Face's defaults.
    package init() {}

    /// The width of an attention head.
    package var headSize: Int { hiddenSize / heads }
}

/// A tensor that a configuration asks for.
package struct TensorShape: Sendable, Equatable {
    /// As Hugging Face names it, without the prefix `deberta.`.
    package let name: String
    /// The outermost dimension first.
    package let shape: [Int]

    /// The number of elements.
    package var count: Int { shape.reduce(1, *) }
}

extension Configuration {
    /// The tensors of the encoder, in the order in which they are used.
    package var tensors: [TensorShape] {
        var tensors: [TensorShape] = []
        func add(_ name: String, _ shape: Int...) { tensors.append(TensorShape(name: name, shape: shape)) }
        func addNorm(_ name: String) {
            add(name + ".weight", hiddenSize)
            add(name + ".bias", hiddenSize)
        }
        func addDense(_ name: String, _ rows: Int, _ columns: Int) {
            add(name + ".weight", rows, columns)
            add(name + ".bias", rows)
        }
        add("embeddings.word_embeddings.weight", vocabularySize, embeddingSize)
        if hasAbsolutePositions { add("embeddings.position_embeddings.weight", maxPositions, embeddingSize) }
        if tokenTypes > 0 { add("embeddings.token_type_embeddings.weight", tokenTypes, embeddingSize) }
        if embeddingSize != hiddenSize { add("embeddings.embed_proj.weight", hiddenSize, embeddingSize) }
        addNorm("embeddings.LayerNorm")
        if let relativeReach { add("encoder.rel_embeddings.weight", 2 * relativeReach, hiddenSize) }
        for layer in 0..<layers {
            let prefix = "encoder.layer.\(layer)."
            let attention = prefix + "attention.self."
            add(attention + "in_proj.weight", 3 * hiddenSize, hiddenSize)
            add(attention + "q_bias", hiddenSize)
            add(attention + "v_bias", hiddenSize)
            if relativeReach != nil && hasContentToPosition {
                add(attention + "pos_proj.weight", hiddenSize, hiddenSize)
            }
            if relativeReach != nil && hasPositionToContent {
                addDense(attention + "pos_q_proj", hiddenSize, hiddenSize)
            }
            addDense(prefix + "attention.output.dense", hiddenSize, hiddenSize)
            addNorm(prefix + "attention.output.LayerNorm")
            addDense(prefix + "intermediate.dense", intermediateSize, hiddenSize)
            addDense(prefix + "output.dense", hiddenSize, intermediateSize)
            addNorm(prefix + "output.LayerNorm")
        }
        return tensors
    }

    /// The number of numbers in all tensors of the encoder.
    package var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }
}
