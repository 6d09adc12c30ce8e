package import Basics

extension Pass {
    /// Writes the vector of each sequence of a micro-batch, the mean of its last states, as in training.
    ///
    /// - Parameters:
    ///   - drops: whether numbers are dropped.
    ///   - vectors: [sequences of the step, hidden]: a sequence's row is that of its number.
    func pool(_ batch: MicroBatch, drops: Bool, into vectors: UnsafeMutablePointer<Float>) throws(Failure) {
        try forward(batch, drops: drops)
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

    /// Goes back from the gradients of the vectors of a micro-batch that was pooled with dropout.
    ///
    /// - Parameters:
    ///   - vectorGradients: [sequences of the step, hidden].
    ///   - scale: of the cross-entropies of the masked tokens, which count too; nil where none are.
    package func train(
        _ batch: MicroBatch, vectorGradients: UnsafePointer<Float>, scale: Float?
    ) throws(Failure) -> MaskedScore {
        try forward(batch, drops: true)
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
