internal import Basics
internal import CEncoder
internal import DeBERTa

extension Pass {
    /// The backward pass from the gradient of the last layer's states, in `space.statesGradient`, to the embeddings. It
    /// adds to the gradient of every weight of the encoder.
    func backward() throws(Failure) {
        for number in model.layers.indices.reversed() { try backward(layer: number) }
        var none = dedup_rows()
        var no = dedup_dropout()
        var dropout = dropout(.embeddings)
        let norm = Self.embeddingNorm
        table.drop(space.statesGradient, &dropout, rows, hidden, space.statesGradient, &none)
        table.norm_backward(
            space.statesGradient, space.embeddingNorm.normalized, space.embeddingNorm.inverses,
            weights(offset(norm + ".weight")), &no, rows, hidden, space.statesGradient, &none,
            gradient + offset(norm + ".weight"), gradient + offset(norm + ".bias"), nil)
        table.embed_backward(
            space.statesGradient, batch.ids, batch.places, rows, hidden, gradient + offset(Self.words),
            gradient + offset(Self.positions))
    }

    private func backward(layer number: Int) throws(Failure) {
        let layer = space.layers[number]
        let at = model.layers[number]
        let inside = configuration.intermediateSize
        try backward(
            at.output, at.outputNorm, layer.activated, inputs: inside, .output(layer: number), layer.outputNorm,
            into: space.wide)
        var next = kernels.rows(space.wideOperand)
        table.gelu_backward(space.wide, layer.wide, rows, inside, &next, gradient + at.intermediateBias)
        try kernels.addWeightGradient(
            space.wideOperand, layer.middle, rows: filled, inputs: hidden, outputs: inside,
            to: gradient + at.intermediate)
        try kernels.multiplyBack(
            space.wideOperand, matrix(at.intermediate), rows: filled, inputs: hidden, outputs: inside, adds: true,
            into: space.statesGradient)
        try backward(
            at.attentionOutput, at.attentionNorm, layer.attended, inputs: hidden, .attentionOutput(layer: number),
            layer.attentionNorm, into: space.narrow)
        for sequence in batch.sequences {
            var work = attention(number, sequence)
            table.attention_backward(
                &work, space.scratch, layer.logSums + sequence.lowerBound * configuration.heads,
                space.narrow + sequence.lowerBound * hidden, space.wide + sequence.lowerBound * 3 * hidden,
                gradient + at.queryBias, gradient + at.valueBias)
        }
        kernels.convert(space.wide, rows: rows, width: 3 * hidden, into: space.attentionOperand)
        try kernels.addWeightGradient(
            space.attentionOperand, layer.input, rows: filled, inputs: hidden, outputs: 3 * hidden,
            to: gradient + at.attention)
        try kernels.multiplyBack(
            space.attentionOperand, matrix(at.attention), rows: filled, inputs: hidden, outputs: 3 * hidden,
            adds: true, into: space.statesGradient)
    }

    /// The backward pass through y = norm(drop(x W^T + bias) + residual). The gradient of y, in `space.statesGradient`,
    /// is replaced by that of the residual. The gradient of x is written to `dx`.
    private func backward(
        _ dense: LayerOffsets.DenseOffsets, _ norm: LayerOffsets.DenseOffsets, _ x: UnsafeRawPointer, inputs: Int,
        _ place: DropoutPlace, _ kept: Activations.Norm, into dx: UnsafeMutablePointer<Float>
    ) throws(Failure) {
        var next = kernels.rows(space.narrowOperand)
        var dropout = dropout(place)
        table.norm_backward(
            space.statesGradient, kept.normalized, kept.inverses, weights(norm.weight), &dropout, rows, hidden,
            space.statesGradient, &next, gradient + norm.weight, gradient + norm.bias, gradient + dense.bias)
        try kernels.addWeightGradient(
            space.narrowOperand, x, rows: filled, inputs: inputs, outputs: hidden, to: gradient + dense.weight)
        try kernels.multiplyBack(
            space.narrowOperand, matrix(dense.weight), rows: filled, inputs: inputs, outputs: hidden, adds: false,
            into: dx)
    }
}
