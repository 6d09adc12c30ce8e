/// The shape of a DeBERTa v1 encoder, with the values of `config.json`.
package struct Configuration: Sendable, Equatable {
    /// The number of token ids; ids are below this.
    package var vocabularySize = 50265
    /// The hidden size: the number of values in a token's state.
    package var hiddenSize = 768
    /// The number of layers.
    package var layers = 12
    /// The number of attention heads. `hiddenSize` is a multiple of it.
    package var heads = 12
    /// The number of values in the middle of a layer's feed-forward network.
    package var intermediateSize = 3072
    /// The number of values in an embedding. If it is not `hiddenSize`, embeddings are projected to `hiddenSize`.
    package var embeddingSize = 768
    /// The length of the longest sequence, in tokens, if there are absolute positions.
    package var maxPositions = 512
    /// The number of token types; 0 if tokens have no types.
    package var tokenTypes = 0
    /// The constant that layer norms add to the variance.
    package var layerNormEpsilon: Float = 1e-7
    /// Whether the embeddings of absolute positions are added to those of the tokens.
    package var hasAbsolutePositions = true
    /// The largest distance, in tokens, that relative attention distinguishes; nil without relative attention.
    package var relativeReach: Int?
    /// Whether relative attention has the term content-to-position (c2p): queries times the keys of distances.
    package var hasContentToPosition = false
    /// Whether relative attention has the term position-to-content (p2c): keys times the queries of distances.
    package var hasPositionToContent = false
    /// The number of terms that attention scores are scaled for: they are divided by sqrt(headSize * scoreTerms). It is
    /// 1 plus the number of names in `pos_att_type`, even if relative attention is off or a name is unknown.
    package var scoreTerms = 1

    /// Creates a configuration with Hugging Face's defaults.
    package init() {}

    /// The number of values in an attention head.
    package var headSize: Int { hiddenSize / heads }
}

/// The name and shape of a tensor that a model of a configuration has.
package struct TensorShape: Sendable, Equatable {
    /// The name that Hugging Face gives the tensor, without the prefix `deberta.`.
    package let name: String
    /// The dimensions, outermost first.
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

    /// The number of parameters: the elements of all tensors of the encoder.
    package var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }
}
