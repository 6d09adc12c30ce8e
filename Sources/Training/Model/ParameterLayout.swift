package import DeBERTa

/// The offsets of all tensors of a DeBERTa model and its masked-LM head in one array of floats. Weights, gradients and
/// moments are arrays with this layout.
package struct ParameterLayout: Sendable {
    /// One tensor of the model.
    package struct Entry: Sendable {
        /// The name under which Hugging Face's `DebertaForMaskedLM` saves the tensor.
        package let name: String
        /// The dimensions, outermost first.
        package let shape: [Int]
        /// The index of the tensor's first element in the array.
        package let offset: Int
        /// Whether weight decay applies to the tensor. It does not apply to biases and norms.
        package let decays: Bool

        /// The number of elements.
        package var count: Int { shape.reduce(1, *) }
        /// The elements of the array that belong to the tensor.
        package var range: Range<Int> { offset..<offset + count }
    }

    /// The tensors, in the order in which the model uses them.
    package let entries: [Entry]
    /// The length of the array. Each tensor begins at a multiple of a cache line (64 bytes).
    package let count: Int

    private let offsets: [String: Int]

    /// Lays out the tensors that a model of this configuration has.
    package init(_ configuration: Configuration) {
        var shapes = configuration.tensors.map { ("deberta." + $0.name, $0.shape) }
        let hidden = configuration.hiddenSize
        // The weights of the decoder are not listed, because they are the word embeddings.
        shapes += [
            (Self.head + "transform.dense.weight", [hidden, hidden]),
            (Self.head + "transform.dense.bias", [hidden]),
            (Self.head + "transform.LayerNorm.weight", [hidden]),
            (Self.head + "transform.LayerNorm.bias", [hidden]),
            (Self.head + "bias", [configuration.vocabularySize]),
        ]
        var entries: [Entry] = []
        var offsets: [String: Int] = [:]
        var end = 0
        for (name, shape) in shapes {
            let isVector = name.hasSuffix("bias") || name.hasSuffix("LayerNorm.weight")
            let entry = Entry(name: name, shape: shape, offset: end, decays: !isVector)
            entries.append(entry)
            offsets[name] = end
            end = (entry.range.upperBound + 15) / 16 * 16
        }
        self.entries = entries
        self.offsets = offsets
        count = end
    }

    /// The prefix of the names of the head's tensors.
    static let head = "cls.predictions."

    /// The offset of the tensor with this name, which has to exist.
    func offset(_ name: String) -> Int {
        guard let offset = offsets[name] else { preconditionFailure("no parameter \(name)") }
        return offset
    }
}

/// The offsets of the parameters of one layer.
struct LayerOffsets: Sendable {
    let attention, queryBias, valueBias: Int
    let attentionOutput, attentionNorm: DenseOffsets
    let intermediate, intermediateBias: Int
    let output: DenseOffsets

    /// The offsets of a matrix and its bias, or of the weight and the bias of a layer norm.
    struct DenseOffsets: Sendable {
        let weight, bias: Int

        init(_ layout: ParameterLayout, _ name: String) {
            weight = layout.offset(name + ".weight")
            bias = layout.offset(name + ".bias")
        }
    }

    let outputNorm: DenseOffsets

    init(_ layout: ParameterLayout, layer: Int) {
        let name = "deberta.encoder.layer.\(layer)."
        attention = layout.offset(name + "attention.self.in_proj.weight")
        queryBias = layout.offset(name + "attention.self.q_bias")
        valueBias = layout.offset(name + "attention.self.v_bias")
        attentionOutput = DenseOffsets(layout, name + "attention.output.dense")
        attentionNorm = DenseOffsets(layout, name + "attention.output.LayerNorm")
        intermediate = layout.offset(name + "intermediate.dense.weight")
        intermediateBias = layout.offset(name + "intermediate.dense.bias")
        output = DenseOffsets(layout, name + "output.dense")
        outputNorm = DenseOffsets(layout, name + "output.LayerNorm")
    }
}
