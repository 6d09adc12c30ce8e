package import Basics
internal import CEncoder
internal import DeBERTa

/// Loss and accuracy of the masked-LM task, summed over masked tokens.
package struct MaskedScore: Sendable, Equatable {
    /// The sum of the cross-entropies to the labels, in nats.
    package var loss = 0.0
    /// The sum of the cross-entropies to the teacher's distributions, in nats; 0 without a teacher.
    package var teacherLoss = 0.0
    /// The number of tokens whose logit was the largest.
    package var correct = 0
    /// The number of masked tokens.
    package var tokens = 0

    package init() {}

    /// The mean cross-entropy to the labels in nats; 0 without masked tokens.
    package var meanLoss: Double { tokens > 0 ? loss / Double(tokens) : 0 }
    /// The mean cross-entropy to the teacher's distributions in nats; 0 without masked tokens.
    package var meanTeacherLoss: Double { tokens > 0 ? teacherLoss / Double(tokens) : 0 }
    /// The share of tokens predicted correctly; 0 without masked tokens.
    package var accuracy: Double { tokens > 0 ? Double(correct) / Double(tokens) : 0 }

    package static func += (a: inout MaskedScore, b: MaskedScore) {
        a.loss += b.loss
        a.teacherLoss += b.teacherLoss
        a.correct += b.correct
        a.tokens += b.tokens
    }
}

extension Pass {
    /// Evaluates the predictions of the masked tokens of a micro-batch, without dropout.
    ///
    /// - Throws: if a matrix product fails.
    package func score(_ batch: MicroBatch) throws(Failure) -> MaskedScore {
        try forward(batch, appliesDropout: false)
        return try head(scale: nil)
    }

    /// Runs a micro-batch forward and backward, with dropout. It adds to `gradient` the gradient of `scale` times the
    /// sum of the masked tokens' losses. A loss is the cross-entropy to the label; with a teacher, part of it is
    /// replaced by the cross-entropy to the teacher's distribution.
    ///
    /// - Throws: if a matrix product fails.
    package func train(_ batch: MicroBatch, scale: Float) throws(Failure) -> MaskedScore {
        try forward(batch, appliesDropout: true)
        let score = try head(scale: scale)
        try backward()
        return score
    }

    /// The predicted probabilities of the masked tokens of a micro-batch, [masked, vocabulary], without dropout. Used
    /// with the teacher.
    private func probabilities(_ batch: MicroBatch) throws(Failure) -> UnsafePointer<Float> {
        try forward(batch, appliesDropout: false)
        try computeLogits()
        table.probabilities(
            space.logits, weights(offset(ParameterLayout.maskedLM + "bias")), batch.maskedRows.count,
            configuration.vocabularySize)
        return UnsafePointer(space.logits)
    }

    /// The offsets of the head's dense layer and of its norm.
    private var transform: LayerOffsets.DenseOffsets {
        LayerOffsets.DenseOffsets(model.parameters.layout, ParameterLayout.maskedLM + "transform.dense")
    }
    private var transformNorm: LayerOffsets.DenseOffsets {
        LayerOffsets.DenseOffsets(model.parameters.layout, ParameterLayout.maskedLM + "transform.LayerNorm")
    }

    /// Computes `space.logits` of the masked rows, to which the bias has not been added.
    private func computeLogits() throws(Failure) {
        let count = batch.maskedRows.count
        let filled = Activations.filled(count)
        let rowBytes = hidden * kernels.operandSize
        for (row, from) in batch.maskedRows.enumerated() {
            (space.masked + row * rowBytes).copyMemory(from: space.lastStates + from * rowBytes, byteCount: rowBytes)
        }
        let dense = transform
        let norm = transformNorm
        try kernels.multiply(
            space.masked, matrix(dense.weight), rows: filled, inputs: hidden, outputs: hidden,
            into: space.transformed)
        // GELU writes f32 here, in every precision, because the norm reads f32.
        var activated = dedup_rows()
        var no = dedup_dropout()
        activated.f32 = space.headStates
        table.gelu(space.transformed, weights(dense.bias), count, hidden, &activated)
        var next = kernels.rows(space.headOperand)
        table.norm(
            space.headStates, nil, nil, &no, weights(norm.weight), weights(norm.bias),
            configuration.layerNormEpsilon, count, hidden, space.headNorm.normalized, space.headNorm.inverses,
            space.headStates, &next)
        try kernels.multiply(
            space.headOperand, matrix(offset(Self.words)), rows: filled, inputs: hidden,
            outputs: configuration.vocabularySize, into: space.logits)
    }

    /// Evaluates the predictions of the masked rows. If `scale` is not nil, it also runs backward through the head, and
    /// leaves the gradient of the states in `space.statesGradient`.
    func head(scale: Float?) throws(Failure) -> MaskedScore {
        if scale != nil { space.statesGradient.update(repeating: 0, count: rows * hidden) }
        let count = batch.maskedRows.count
        if count == 0 { return MaskedScore() }
        try computeLogits()
        guard let teacher else { return try compare(nil, scale: scale) }
        var taught = dedup_taught()
        taught.probabilities = try teacher.pass.probabilities(batch)
        taught.share = teacher.share
        return try withUnsafeMutablePointer(to: &taught) { taught throws(Failure) in
            try compare(taught, scale: scale)
        }
    }

    /// Compares the logits with the labels and, if there is a teacher, with its probabilities.
    private func compare(_ taught: UnsafeMutablePointer<dedup_taught>?, scale: Float?) throws(Failure) -> MaskedScore {
        var score = MaskedScore()
        score.tokens = batch.maskedRows.count
        let vocabulary = configuration.vocabularySize
        let bias = offset(ParameterLayout.maskedLM + "bias")
        if let scale {
            var next = kernels.rows(space.logitGradient)
            table.cross_entropy(
                space.logits, weights(bias), batch.labels, score.tokens, vocabulary, scale, &score.loss,
                &score.correct, &next, gradient + bias, taught)
            try headBackward()
        } else {
            table.cross_entropy(
                space.logits, weights(bias), batch.labels, score.tokens, vocabulary, 0, &score.loss, &score.correct,
                nil, nil, taught)
        }
        score.teacherLoss = taught?.pointee.loss ?? 0
        return score
    }

    private func headBackward() throws(Failure) {
        let count = batch.maskedRows.count
        let filled = Activations.filled(count)
        let vocabulary = configuration.vocabularySize
        let words = offset(Self.words)
        let dense = transform
        let norm = transformNorm
        var none = dedup_rows()
        var no = dedup_dropout()
        try kernels.addWeightGradient(
            space.logitGradient, space.headOperand, rows: filled, inputs: hidden, outputs: vocabulary,
            to: gradient + words)
        try kernels.multiplyBack(
            space.logitGradient, matrix(words), rows: filled, inputs: hidden, outputs: vocabulary, adds: false,
            into: space.headStates)
        table.norm_backward(
            space.headStates, space.headNorm.normalized, space.headNorm.inverses, weights(norm.weight), &no, count,
            hidden, space.headStates, &none, gradient + norm.weight, gradient + norm.bias, nil)
        var next = kernels.rows(space.headGradient)
        table.gelu_backward(space.headStates, space.transformed, count, hidden, &next, gradient + dense.bias)
        try kernels.addWeightGradient(
            space.headGradient, space.masked, rows: filled, inputs: hidden, outputs: hidden,
            to: gradient + dense.weight)
        try kernels.multiplyBack(
            space.headGradient, matrix(dense.weight), rows: filled, inputs: hidden, outputs: hidden, adds: false,
            into: space.headStates)
        for (row, to) in batch.maskedRows.enumerated() {
            (space.statesGradient + to * hidden).update(from: space.headStates + row * hidden, count: hidden)
        }
    }
}
