package import DeBERTa

/// Where the tensors of a DeBERTa with its masked-LM head lie in one run of numbers: weights, gradients and moments
/// share it.
package struct ParameterLayout: Sendable {
    package struct Entry: Sendable {
        /// As Hugging Face's `DebertaForMaskedLM` saves it.
        package let name: String
        /// The outermost dimension first.
        package let shape: [Int]
        package let offset: Int
        /// Whether weight decay acts on it: not on biases and norms.
        package let decays: Bool

        package var count: Int { shape.reduce(1, *) }
        package var range: Range<Int> { offset..<offset + count }
    }

    /// In the order in which they are used.
    package let entries: [Entry]
    /// The length of the run: tensors begin at whole cache lines.
    package let count: Int

    private let offsets: [String: Int]

    package init(_ configuration: Configuration) {
        var shapes = configuration.tensors.map { ("deberta." + $0.name, $0.shape) }
        let hidden = configuration.hiddenSize
        // The decoder's weights are the word embeddings.
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

    /// What the names of the head begin with.
    static let head = "cls.predictions."

    /// Where a tensor of this name begins.
    func offset(_ name: String) -> Int {
        guard let offset = offsets[name] else { preconditionFailure("no parameter \(name)") }
        return offset
    }
}

/// Where the parameters of a layer begin.
struct LayerOffsets: Sendable {
    let attention, queryBias, valueBias: Int
    let attentionOutput, attentionNorm: DenseOffsets
    let intermediate, intermediateBias: Int
    let output: DenseOffsets

    /// A matrix and its bias; where a norm is meant, its weight and its bias.
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
