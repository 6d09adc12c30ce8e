package import Basics
package import DeBERTa

/// Fine-tunes an encoder with a classifier. The weights after a step have the same bits for the same number of threads on
/// the same kind of processor.
package final class TaskTrainer {
    package let model: MaskedLM
    package let optimizer: Optimizer
    /// The number of steps of the whole training.
    package let steps: Int
    private let settings: TaskSettings
    private let examples: [ClassifiedExample]
    private let passes: Passes
    private let rate: LearningRate
    private var order: WindowOrder

    /// Creates a trainer whose encoder has the weights of `origin`, and whose classifier has random weights.
    ///
    /// - Parameters:
    ///   - examples: at least one; each has a label.
    /// - Throws: if the model cannot be trained, or holds a number that is not finite.
    package init(
        _ settings: TaskSettings, origin: Checkpoint, head: ModelHead, _ examples: [ClassifiedExample], threads: Int
    ) throws(Failure) {
        self.settings = settings
        self.examples = examples
        model = try MaskedLM(
            origin.configuration, precision: settings.precision,
            dropout: Dropout(hidden: settings.dropout, attention: settings.dropout), head: head)
        model.parameters.initialize(
            seed: RandomNumbers.key(UInt64(settings.seed), 0x7461_736B), deviation: Self.deviation)
        try model.parameters.loadEncoder(origin)
        let model = model
        optimizer = Optimizer(model, settings.optimizer)
        passes = Passes(threads: threads) { Pass(model) }
        steps = Self.steps(settings, examples: examples.count)
        rate = LearningRate(
            peak: settings.learningRate, warmUp: Int((settings.warmUp * Double(steps)).rounded()), steps: steps)
        order = WindowOrder(count: examples.count, seed: UInt64(settings.seed))
    }

    /// The standard deviation of the first weights of the classifier.
    private static let deviation: Float = 0.02

    /// The number of steps that read all examples in all epochs.
    static func steps(_ settings: TaskSettings, examples: Int) -> Int {
        (settings.epochs * examples + settings.batch - 1) / settings.batch
    }

    /// The number of epochs that have ended after a number of steps.
    package func endedEpochs(after steps: Int) -> Int {
        min(settings.epochs, steps * settings.batch / examples.count)
    }

    /// Makes the next step.
    ///
    /// - Returns: loss and accuracy of the batch, with dropout, and the number of its tokens.
    /// - Throws: if a matrix product fails, or the gradient is not finite.
    package func step() throws(Failure) -> (score: ClassificationScore, tokens: Int) {
        let number = optimizer.steps
        let positions = number * settings.batch..<min((number + 1) * settings.batch, settings.epochs * examples.count)
        let batch = positions.map { examples[order.window(at: $0)] }
        let keys = positions.map { RandomNumbers.key(UInt64(settings.seed), UInt64($0)) }
        let scale = 1 / Float(batch.count)
        let tokens = batch.map(\.tokens)
        let scores = try passes.run(
            tokens, microBatchTokens: settings.microBatchTokens
        ) { pass, range throws(Failure) in
            try pass.train(batch[range], keys: keys[range], scale: scale)
        }
        _ = try optimizer.step(passes.all, rate: rate.rate(at: number))
        var score = ClassificationScore()
        for part in scores.joined() { score += part }
        return (score, tokens.reduce(0, +))
    }

    /// The logits of examples, without dropout: for each example one for each class or sequence.
    ///
    /// - Throws: if a matrix product fails.
    package func logits(_ examples: [ClassifiedExample]) throws(Failure) -> [[Float]] {
        let logits = try passes.run(
            examples.map(\.tokens), microBatchTokens: settings.microBatchTokens
        ) { pass, range throws(Failure) in try pass.logits(examples[range]) }
        return logits.flatMap { $0.flatMap { $0 } }
    }
}
