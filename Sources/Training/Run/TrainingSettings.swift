package import DeBERTa

/// The task that a model is trained for.
package enum Objective: Sendable, Equatable {
    /// Masked language modelling from random weights: to predict masked tokens.
    case maskedLM
    /// To predict masked tokens in the same way as a larger model, the teacher. The loss is `share` times the
    /// cross-entropy to the teacher's distributions, plus `1 - share` times the cross-entropy to the labels.
    case distillation(share: Float)
    /// To map pieces of the same document to similar vectors, and also to predict masked tokens.
    case contrastive(Contrastive)
    /// To give each document the vector that a teacher gave it.
    case vectors(VectorDistillation)

    /// The settings of contrastive training.
    package struct Contrastive: Sendable, Equatable {
        /// The temperature of the softmax: cosines are divided by it.
        package var temperature: Float = 0.05
        /// The minimum length of a piece in tokens of the text. The maximum is `TrainingSettings.maxTokens`, which
        /// includes the tokens around the text.
        package var leastTokens = 32
        /// The number of consecutive documents of the corpus that are in the same batch. Neighbours are more alike than
        /// random documents, so their pieces are harder to tell apart.
        package var neighbours = 1
        /// The weight of the masked tokens' cross-entropy beside the contrastive loss. With 0, no tokens are masked.
        package var maskedWeight: Float = 0.1
    }

    /// The settings of learning from a teacher's vectors.
    package struct VectorDistillation: Sendable, Equatable {
        /// The weights of the terms of the loss, and their temperature.
        package var loss = VectorLoss()
        /// Whether the mean of the training documents' vectors is subtracted from the teacher's vectors.
        package var centres = true
        /// The weight of the masked tokens' cross-entropy beside the loss of the vectors. With 0, no tokens are masked.
        package var maskedWeight: Float = 0
    }
}

/// The settings of a training.
package struct TrainingSettings: Sendable {
    package var objective = Objective.maskedLM
    package var model = Configuration()
    package var dropout = Dropout(hidden: 0.1, attention: 0.1)
    /// The standard deviation of the random weights.
    package var initializerRange: Float = 0.02
    /// How the position embeddings are initialized.
    package var positions = Parameters.Positions.normal

    /// The maximum number of tokens of a sequence.
    package var maxTokens = 512
    /// The number of sequences in a step; in a contrastive training, the number of pairs of pieces.
    package var batch = 256
    package var rate = LearningRate(peak: 5e-4, warmUp: 1000, steps: 10000)
    package var optimizer = AdamW()
    /// The share of the tokens that are masked.
    package var maskedShare = 0.15
    package var seed: UInt64 = 1
    package var precision = Precision.best
    /// The maximum number of tokens in a micro-batch of one thread; a longer sequence is a micro-batch by itself. It
    /// bounds the memory for activations and does not change the size of the batch.
    package var microBatchTokens = 1024
    /// The maximum number of tokens of a step whose activations are kept between the two passes of a training that
    /// compares vectors. The activations of other tokens are computed twice. It trades memory for time and does not
    /// change the result.
    package var keptTokens = 0

    /// The share of the documents that are held out, and the maximum number of held-out sequences in an evaluation.
    package var heldOutShare = 0.005
    package var heldOutSequences = 256
    /// The number of steps between two evaluations, and between two lines of the log.
    package var evaluateEvery = 500
    package var logEvery = 20
    /// The time between two saved states, in seconds.
    package var checkpointSeconds = 600.0

    package init() {}

    /// The lengths of the pieces that documents are cut into for contrastive training.
    ///
    /// - Parameter around: the number of tokens that the tokenizer puts around a text.
    func crops(_ contrastive: Objective.Contrastive, around: Int) -> Crops {
        Crops(lengths: contrastive.leastTokens...max(contrastive.leastTokens, maxTokens - around))
    }

    /// All settings that the weights depend on. A saved training is resumed only if they are unchanged.
    func identity(idLimit: Int) -> String {
        "\(objective) \(model) \(dropout) \(initializerRange) \(positions) \(maxTokens) \(batch) \(rate) \(optimizer) "
            + "\(maskedShare) \(seed) \(precision) \(microBatchTokens) \(heldOutShare) \(idLimit)"
    }
}
