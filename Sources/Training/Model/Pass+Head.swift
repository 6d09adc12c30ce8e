package import Basics
internal import CEncoder
internal import DeBERTa

/// What telling masked tokens came to.
package struct MaskedScore: Sendable, Equatable {
    /// The sum of the cross-entropies, in nats.
    package var loss = 0.0
    /// How many tokens got the largest logit.
    package var correct = 0
    package var tokens = 0

    package init() {}

    /// The mean cross-entropy; 0 where nothing was masked.
    package var meanLoss: Double { tokens > 0 ? loss / Double(tokens) : 0 }
    package var accuracy: Double { tokens > 0 ? Double(correct) / Double(tokens) : 0 }

    package static func += (a: inout MaskedScore, b: MaskedScore) {
        a.loss += b.loss
        a.correct += b.correct
        a.tokens += b.tokens
    }
}

extension Pass {
    /// Tells the masked tokens of a micro-batch, without dropout.
    package func score(_ batch: MicroBatch) throws(Failure) -> MaskedScore {
        try forward(batch, drops: false)
        return try head(scale: nil)
    }

    /// Tells the masked tokens of a micro-batch, and adds to the gradient that of the sum of their cross-entropies
    /// times `scale`.
    package func train(_ batch: MicroBatch, scale: Float) throws(Failure) -> MaskedScore {
        try forward(batch, drops: true)
        let score = try head(scale: scale)
        try backward()
        return score
    }

    /// Logits for the masked rows only, and, with a scale, the way back through the head to `space.statesGradient`.
    private func head(scale: Float?) throws(Failure) -> MaskedScore {
        var score = MaskedScore()
        score.tokens = batch.maskedRows.count
        let name = ParameterLayout.head
        let vocabulary = configuration.vocabularySize
        let count = score.tokens
        let filled = Activations.filled(count)
        if scale != nil { space.statesGradient.update(repeating: 0, count: rows * hidden) }
        if count == 0 { return score }

        let rowBytes = hidden * kernels.operandSize
        for (row, from) in batch.maskedRows.enumerated() {
            (space.masked + row * rowBytes).copyMemory(from: space.lastStates + from * rowBytes, byteCount: rowBytes)
        }
        let dense = LayerOffsets.DenseOffsets(model.parameters.layout, name + "transform.dense")
        let norm = LayerOffsets.DenseOffsets(model.parameters.layout, name + "transform.LayerNorm")
        let words = offset(Self.words)
        let bias = offset(name + "bias")
        try kernels.multiply(
            space.masked, matrix(dense.weight), rows: filled, inputs: hidden, outputs: hidden,
            into: space.transformed)
        // The norm reads GELU's results as they are.
        var activated = dedup_rows()
        var none = dedup_rows()
        var no = dedup_dropout()
        activated.f32 = space.headStates
        table.gelu(space.transformed, weights(dense.bias), count, hidden, &activated)
        var next = kernels.rows(space.headOperand)
        table.norm(
            space.headStates, nil, nil, &no, weights(norm.weight), weights(norm.bias),
            configuration.layerNormEpsilon, count, hidden, space.headNorm.normalized, space.headNorm.inverses,
            space.headStates, &next)
        try kernels.multiply(
            space.headOperand, matrix(words), rows: filled, inputs: hidden, outputs: vocabulary, into: space.logits)
        guard let scale else {
            table.cross_entropy(
                space.logits, weights(bias), batch.labels, count, vocabulary, 0, &score.loss, &score.correct, nil, nil)
            return score
        }
        var logitGradient = kernels.rows(space.logitGradient)
        table.cross_entropy(
            space.logits, weights(bias), batch.labels, count, vocabulary, scale, &score.loss, &score.correct,
            &logitGradient, gradient + bias)

        try kernels.addWeightGradient(
            space.logitGradient, space.headOperand, rows: filled, inputs: hidden, outputs: vocabulary,
            to: gradient + words)
        try kernels.multiplyBack(
            space.logitGradient, matrix(words), rows: filled, inputs: hidden, outputs: vocabulary, adds: false,
            into: space.headStates)
        table.norm_backward(
            space.headStates, space.headNorm.normalized, space.headNorm.inverses, weights(norm.weight), &no, count,
            hidden, space.headStates, &none, gradient + norm.weight, gradient + norm.bias, nil)
        var transformGradient = kernels.rows(space.headGradient)
        table.gelu_backward(
            space.headStates, space.transformed, count, hidden, &transformGradient, gradient + dense.bias)
        try kernels.addWeightGradient(
            space.headGradient, space.masked, rows: filled, inputs: hidden, outputs: hidden,
            to: gradient + dense.weight)
        try kernels.multiplyBack(
            space.headGradient, matrix(dense.weight), rows: filled, inputs: hidden, outputs: hidden, adds: false,
            into: space.headStates)
        for (row, to) in batch.maskedRows.enumerated() {
            (space.statesGradient + to * hidden).update(from: space.headStates + row * hidden, count: hidden)
        }
        return score
    }
}
