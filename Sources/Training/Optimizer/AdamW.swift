/// The constants of the optimizer AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).
package struct AdamW: Sendable, Equatable {
    /// The decay rate of the running average of the gradient.
    package var beta1: Float = 0.9
    /// The decay rate of the running average of the squared gradient.
    package var beta2: Float = 0.98
    /// Is added to the root of the averaged square, by which the step is divided.
    package var epsilon: Float = 1e-6
    /// Each step shrinks matrices by the learning rate times this; biases and norms are not shrunk.
    package var weightDecay: Float = 1e-2
    /// A gradient with a larger Euclidean norm is scaled down to this norm.
    package var largestNorm: Float = 1
    /// The factor of the learning rate for the word embeddings.
    package var wordsRate: Float = 1

    package init() {}
}

/// The learning rate of each step: it rises linearly to its peak, then falls to 0 along half a cosine.
package struct LearningRate: Sendable, Equatable {
    package var peak: Float
    /// The number of steps over which the rate rises; the last of them has the peak rate.
    package var warmUp: Int
    /// The number of steps of the whole training, with the warm-up.
    package var steps: Int

    package init(peak: Float, warmUp: Int, steps: Int) {
        self.peak = peak
        self.warmUp = warmUp
        self.steps = steps
    }

    /// The learning rate of a step; steps are numbered from 0.
    package func rate(at step: Int) -> Float {
        if step < warmUp { return peak * Float(step + 1) / Float(warmUp) }
        let share = Double(step - warmUp) / Double(max(1, steps - warmUp))
        return Float(Double(peak) * 0.5 * (1 + cosineOfAngle(.pi * min(1, share))))
    }
}
