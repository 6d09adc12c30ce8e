internal import Basics

extension Pass {
    /// Computes the vector of each sequence of a micro-batch: the mean of the last layer's states over its tokens.
    ///
    /// - Parameters:
    ///   - appliesDropout: whether dropout is applied. If it is, this is the first of two passes, and `keepActivations` says
    ///     whether the activations are kept for the second one.
    ///   - vectors: [sequences of the step, hidden]. The vector of a sequence is written to the row of its number in
    ///     the step.
    func pool(_ batch: MicroBatch, appliesDropout: Bool, into vectors: UnsafeMutablePointer<Float>) throws(Failure) {
        if appliesDropout { try forwardToKeep(batch) } else { try forward(batch, appliesDropout: false) }
        for (sequence, number) in zip(batch.sequences, batch.numbers) {
            let vector = vectors + number * hidden
            vector.update(repeating: 0, count: hidden)
            for row in sequence {
                let state = space.states + row * hidden
                for i in 0..<hidden { vector[i] += state[i] }
            }
            let share = 1 / Float(sequence.count)
            for i in 0..<hidden { vector[i] *= share }
        }
    }

    /// Runs a micro-batch forward again, unless its activations were kept, with the same dropout as in `pool`, and backward from the gradients of its
    /// vectors.
    ///
    /// - Parameters:
    ///   - vectorGradients: [sequences of the step, hidden].
    ///   - scale: the factor of the masked tokens' cross-entropies in the loss; nil if no tokens are masked.
    func train(
        _ batch: MicroBatch, vectorGradients: UnsafePointer<Float>, scale: Float?
    ) throws(Failure) -> MaskedScore {
        try forwardAgain(batch)
        var score = MaskedScore()
        if let scale {
            score = try head(scale: scale)
        } else {
            space.statesGradient.update(repeating: 0, count: rows * hidden)
        }
        for (sequence, number) in zip(batch.sequences, batch.numbers) {
            let gradient = vectorGradients + number * hidden
            let share = 1 / Float(sequence.count)
            for row in sequence {
                let state = space.statesGradient + row * hidden
                for i in 0..<hidden { state[i] += gradient[i] * share }
            }
        }
        try backward()
        return score
    }
}
