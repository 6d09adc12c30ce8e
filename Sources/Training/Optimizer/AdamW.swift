/// The constants of AdamW: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
package struct AdamW: Sendable, Equatable {
    package var beta1: Float = 0.9
    package var beta2: Float = 0.98
    package var epsilon: Float = 1e-6
    /// What matrices shrink by, times the learning rate; biases and norms do not.
    package var weightDecay: Float = 1e-2
    /// The length that a longer gradient is cut to.
    package var largestNorm: Float = 1

    package init() {}
}

/// The learning rate over a training: a linear rise to its peak, then half a cosine down to 0.
package struct LearningRate: Sendable, Equatable {
    package var peak: Float
    /// How many steps it rises: the last of them has the peak.
    package var warmUp: Int
    /// All steps, the first ones included.
    package var steps: Int

    package init(peak: Float, warmUp: Int, steps: Int) {
        self.peak = peak
        self.warmUp = warmUp
        self.steps = steps
    }

    /// The rate of a step, from 0 on.
    package func rate(at step: Int) -> Float {
        if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
        let share = Double(step - warmUp) / Double(max(1, steps - warmUp))
        return Float(Double(peak) * 0.5 * (1 + cosine(.pi * min(1, share))))
    }
}
