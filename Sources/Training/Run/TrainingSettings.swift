package import DeBERTa

/// How a model is trained, and how that is watched.
package struct TrainingSettings: Sendable {
    package var model = Configuration()
    package var dropout = Dropout(hidden: 0.1, attention: 0.1)
    /// The deviation of untrained weights.
    package var initializerRange: Float = 0.02

    /// Of a sequence, at most.
    package var maxTokens = 512
    /// Sequences of a step.
    package var batch = 256
    package var rate = LearningRate(peak: 5e-4, warmUp: 1000, steps: 10000)
    package var optimizer = AdamW()
    /// The share of tokens that are to be told.
    package var maskedShare = 0.15
    package var seed: UInt64 = 1
    package var precision = Precision.best
    /// Tokens that a thread has on their way at once, at most, but for one sequence: it sets the memory, not the batch.
    package var microBatchTokens = 1024

    /// The share of documents that are held out, and how many of their sequences are looked at.
    package var heldOutShare = 0.005
    package var heldOutSequences = 256
    /// Steps between looks at what is held out, and between lines of the log.
    package var evaluateEvery = 500
    package var logEvery = 20
    package var checkpointSeconds = 600.0

    package init() {}

    /// What the weights at a step depend on: a training goes on only where it is the same.
    func identity(idLimit: Int) -> String {
        "\(model) \(dropout) \(initializerRange) \(maxTokens) \(batch) \(rate) \(optimizer) \(maskedShare) \(seed) "
            + "\(precision) \(microBatchTokens) \(heldOutShare) \(idLimit)"
    }
}
