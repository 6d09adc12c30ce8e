internal import Basics
internal import CEncoder
internal import DeBERTa

/// Runs micro-batches forward and backward through the model. Each thread has a pass, with a gradient of its own.
package final class Pass {
    let model: MaskedLM
    /// The activations of the present micro-batch.
    private(set) var space: Activations
    /// The gradient of all weights, `layout.count` floats. Every backward pass adds to it; `Optimizer.step` sets it to
    /// zero.
    package var gradient: UnsafeMutablePointer<Float> { gradientRoom.start }

    private lazy var gradientRoom = Room<Float>(model.parameters.layout.count)
    private(set) var batch = MicroBatch()
    private var rowKeys = Room<UInt64>(0)
    private var appliesDropout = false
    /// The activations of micro-batches that are not kept.
    private let ownSpace: Activations
    /// Micro-batches whose activations are kept; see `keepActivations`.
    private var kept = KeptActivations()
    /// The model whose predictions this model learns to imitate, and the weight of these predictions in the loss.
    let teacher: (pass: Pass, share: Float)?

    /// Creates a pass for one thread.
    ///
    /// - Parameter teacher: in a distillation, a model with the same vocabulary and the weight of the cross-entropy to
    ///   its predictions in the loss, 0...1. Otherwise nil.
    package init(_ model: MaskedLM, teacher: (model: MaskedLM, share: Float)? = nil) {
        self.model = model
        self.teacher = teacher.map { (Pass($0.model), $0.share) }
        ownSpace = Activations(model.configuration, model.kernels)
        space = ownSpace
    }

    // Short names for what every function uses.
    var configuration: Configuration { model.configuration }
    var kernels: TrainingKernels { model.kernels }
    var table: dedup_training { model.kernels.table.pointee }
    var hidden: Int { configuration.hiddenSize }
    /// The number of tokens, and the number of rows of a matrix product (see `Activations.unit`).
    var rows: Int { batch.rows }
    var filled: Int { Activations.filled(rows) }

    func weights(_ offset: Int) -> UnsafePointer<Float> { UnsafePointer(model.parameters.weights + offset) }
    func matrix(_ offset: Int) -> UnsafeRawPointer { model.parameters.operand(offset) }
    func offset(_ name: String) -> Int { model.parameters.layout.offset(name) }

    /// The dropout at a place of the model, for rows from `first` on.
    func dropout(_ place: DropoutPlace, from first: Int = 0) -> dedup_dropout {
        let probability = appliesDropout ? place.probability(model.dropout) : 0
        return dedup_dropout(
            threshold: UInt32(Double(probability) * 0x1p32), scale: 1 / (1 - probability), place: place.number,
            row_keys: UnsafePointer(rowKeys.start + first))
    }

    // MARK: Forward

    /// Runs a micro-batch forward through all layers. The result is in `space.states` and, as an operand, in
    /// `space.lastStates`.
    ///
    /// - Parameter appliesDropout: whether dropout is applied, as in training.
    func forward(_ batch: MicroBatch, appliesDropout: Bool) throws(Failure) {
        try forward(batch, appliesDropout: appliesDropout, in: ownSpace)
    }

    private func forward(_ batch: MicroBatch, appliesDropout: Bool, in space: Activations) throws(Failure) {
        begin(batch, appliesDropout: appliesDropout, in: space)
        space.prepare(batch)
        embed()
        for number in model.layers.indices { try forward(layer: number) }
    }

    private func begin(_ batch: MicroBatch, appliesDropout: Bool, in space: Activations) {
        self.space = space
        self.batch = batch
        self.appliesDropout = appliesDropout
        if rowKeys.count < batch.rows { rowKeys = Room(batch.rows) }
        for (row, key) in batch.rowKeys.enumerated() { rowKeys.start[row] = key }
    }

    // MARK: Two passes

    /// Forgets kept activations, and keeps those of the micro-batches that `forwardToKeep` gets from now on.
    ///
    /// - Parameter tokens: the maximum number of tokens whose activations are kept.
    func keepActivations(tokens: Int) { kept.begin(tokens: tokens) }

    /// Runs a micro-batch forward with dropout, for the first of two passes over a batch.
    func forwardToKeep(_ batch: MicroBatch) throws(Failure) {
        let space = kept.space(for: batch) { Activations(configuration, kernels) }
        try forward(batch, appliesDropout: true, in: space ?? ownSpace)
    }

    /// Makes the activations of a micro-batch present, for the second pass. If they were not kept, they are computed
    /// again. The second pass has the same micro-batches in the same order.
    func forwardAgain(_ batch: MicroBatch) throws(Failure) {
        if let space = kept.next(for: batch) {
            begin(batch, appliesDropout: true, in: space)
        } else {
            try forward(batch, appliesDropout: true)
        }
    }

    private func embed() {
        let norm = Self.embeddingNorm
        table.embed(
            weights(offset(Self.words)), weights(offset(Self.positions)), batch.ids, batch.places, rows, hidden,
            space.narrow)
        var none = dedup_rows()
        var no = dedup_dropout()
        table.norm(
            space.narrow, nil, nil, &no, weights(offset(norm + ".weight")), weights(offset(norm + ".bias")),
            configuration.layerNormEpsilon, rows, hidden, space.embeddingNorm.normalized,
            space.embeddingNorm.inverses, space.states, &none)
        var next = kernels.rows(input(of: 0))
        var dropout = dropout(.embeddings)
        table.drop(space.states, &dropout, rows, hidden, space.states, &next)
    }

    /// Where the input of a layer is stored; for the number after the last layer, where the head's input is stored.
    private func input(of layer: Int) -> UnsafeMutableRawPointer {
        layer < space.layers.count ? space.layers[layer].input : space.lastStates
    }

    private func forward(layer number: Int) throws(Failure) {
        let layer = space.layers[number]
        let at = model.layers[number]
        try kernels.multiply(
            layer.input, matrix(at.attention), rows: filled, inputs: hidden, outputs: 3 * hidden,
            into: layer.queriesKeysValues)
        for sequence in batch.sequences {
            var work = attention(number, sequence)
            table.attention(
                &work, space.scratch, layer.logSums + sequence.lowerBound * configuration.heads,
                space.narrow + sequence.lowerBound * hidden)
        }
        kernels.convert(space.narrow, rows: rows, width: hidden, into: layer.attended)
        try add(
            at.attentionOutput, at.attentionNorm, layer.attended, inputs: hidden, residual: space.states,
            .attentionOutput(layer: number), layer.attentionNorm, into: space.middleStates, and: layer.middle)
        let inside = configuration.intermediateSize
        try kernels.multiply(
            layer.middle, matrix(at.intermediate), rows: filled, inputs: hidden, outputs: inside, into: layer.wide)
        var next = kernels.rows(layer.activated)
        table.gelu(layer.wide, weights(at.intermediateBias), rows, inside, &next)
        try add(
            at.output, at.outputNorm, layer.activated, inputs: inside, residual: space.middleStates,
            .output(layer: number), layer.outputNorm, into: space.states, and: input(of: number + 1))
    }

    /// y = norm(drop(x W^T + bias) + residual)
    private func add(
        _ dense: LayerOffsets.DenseOffsets, _ norm: LayerOffsets.DenseOffsets, _ x: UnsafeRawPointer, inputs: Int,
        residual: UnsafePointer<Float>, _ place: DropoutPlace, _ kept: Activations.Norm,
        into y: UnsafeMutablePointer<Float>, and operand: UnsafeMutableRawPointer
    ) throws(Failure) {
        try kernels.multiply(
            x, matrix(dense.weight), rows: filled, inputs: inputs, outputs: hidden, into: space.narrow)
        var next = kernels.rows(operand)
        var dropout = dropout(place)
        table.norm(
            space.narrow, weights(dense.bias), residual, &dropout, weights(norm.weight), weights(norm.bias),
            configuration.layerNormEpsilon, rows, hidden, kept.normalized, kept.inverses, y, &next)
    }

    /// The parameters of a layer's attention within one sequence.
    func attention(_ number: Int, _ sequence: Range<Int>) -> dedup_trained_attention {
        let at = model.layers[number]
        return dedup_trained_attention(
            qkv: UnsafePointer(space.layers[number].queriesKeysValues + sequence.lowerBound * 3 * hidden),
            q_bias: weights(at.queryBias), v_bias: weights(at.valueBias), length: sequence.count,
            heads: configuration.heads, head_size: configuration.headSize,
            q_scale: 1 / Float(configuration.headSize * configuration.scoreTerms).squareRoot(),
            dropout: dropout(.attention(layer: number), from: sequence.lowerBound))
    }

    static let words = "deberta.embeddings.word_embeddings.weight"
    static let positions = "deberta.embeddings.position_embeddings.weight"
    static let embeddingNorm = "deberta.embeddings.LayerNorm"
}

/// The places in the model where dropout is applied. Each place uses different random numbers.
enum DropoutPlace {
    case embeddings
    case attention(layer: Int)
    case attentionOutput(layer: Int)
    case output(layer: Int)

    /// The number of the place, from which its random numbers are derived. Attention uses the number that follows for
    /// the next head, and so on.
    var number: UInt64 {
        switch self {
        case .embeddings: 0
        case .attention(let layer): UInt64(layer + 1) << 32
        case .attentionOutput(let layer): UInt64(layer + 1) << 32 | 1 << 24
        case .output(let layer): UInt64(layer + 1) << 32 | 2 << 24
        }
    }

    func probability(_ dropout: Dropout) -> Float {
        if case .attention = self { dropout.attention } else { dropout.hidden }
    }
}
