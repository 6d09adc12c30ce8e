package import DeBERTa

/// The offsets of all tensors of a DeBERTa model and its head in one array of floats. Weights, gradients and
/// moments are arrays with this layout.
package struct ParameterLayout: Sendable {
    /// One tensor of the model.
    package struct Entry: Sendable {
        /// The name under which Hugging Face's `DebertaForMaskedLM` saves the tensor, unless it belongs to a classifier.
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

    /// What the model has on top of the encoder.
    let head: ModelHead

    private let offsets: [String: Int]

    /// Lays out the tensors that a model of this configuration has.
    package init(_ configuration: Configuration, head: ModelHead = .maskedLM) {
        var shapes = configuration.tensors.map { (Self.encoder + $0.name, $0.shape) }
        let hidden = configuration.hiddenSize
        switch head {
        case .maskedLM:
            // The weights of the decoder are not listed, because they are the word embeddings.
            shapes += [
                (Self.maskedLM + "transform.dense.weight", [hidden, hidden]),
                (Self.maskedLM + "transform.dense.bias", [hidden]),
                (Self.maskedLM + "transform.LayerNorm.weight", [hidden]),
                (Self.maskedLM + "transform.LayerNorm.bias", [hidden]),
                (Self.maskedLM + "bias", [configuration.vocabularySize]),
            ]
        case .classifier(let parts, let outputs):
            shapes += [
                (Self.classifier + "weight", [outputs, parts * hidden]), (Self.classifier + "bias", [outputs]),
            ]
        }
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
        self.head = head
        self.offsets = offsets
        count = end
    }

    /// The prefixes of the names of the tensors of the encoder and of the heads.
    static let encoder = "deberta."
    static let maskedLM = "cls.predictions."
    static let classifier = "classifier."

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
