package import DeBERTa

/// What a model is trained to do.
package enum Objective: Sendable, Equatable {
    /// To tell masked tokens, from random weights.
    case maskedLM
    /// To tell masked tokens as a larger model does: the cross-entropy to its distributions has this share of the loss,
    /// that to the labels the rest.
    case distillation(share: Float)
    /// To give near vectors to pieces of one document, besides telling masked tokens.
    case contrastive(Contrastive)

    package struct Contrastive: Sendable, Equatable {
        /// Cosines are divided by it.
        package var temperature: Float = 0.05
        /// Of a piece, at least, without those put around a text; `TrainingSettings.maxTokens` is the most, with them.
        package var leastTokens = 32
        /// Documents come into batches in runs of so many neighbours of the corpus, which are more alike than others,
        /// and harder to tell apart.
        package var neighbours = 1
        /// The weight of the cross-entropy of masked tokens beside the contrastive loss; 0: no tokens are masked.
        package var maskedWeight: Float = 0.1
    }
}

/// How a model is trained, and how that is watched.
package struct TrainingSettings: Sendable {
    package var objective = Objective.maskedLM
    package var model = Configuration()
    package var dropout = Dropout(hidden: 0.1, attention: 0.1)
    /// The deviation of untrained weights.
    package var initializerRange: Float = 0.02
    package var positions = Parameters.Positions.normal

    /// Of a sequence, at most.
    package var maxTokens = 512
    /// Sequences of a step; pairs of them in a contrastive training.
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

    /// How documents are cut for a contrastive training.
    ///
    /// - Parameter around: tokens that are put around a text.
    func crops(_ contrastive: Objective.Contrastive, around: Int) -> Crops {
        Crops(lengths: contrastive.leastTokens...max(contrastive.leastTokens, maxTokens - around))
    }

    /// What the weights at a step depend on: a training goes on only where it is the same.
    func identity(idLimit: Int) -> String {
        "\(objective) \(model) \(dropout) \(initializerRange) \(positions) \(maxTokens) \(batch) \(rate) \(optimizer) "
            + "\(maskedShare) \(seed) \(precision) \(microBatchTokens) \(heldOutShare) \(idLimit)"
    }
}
