package import Basics
package import DeBERTa
internal import Dispatch

/// Fine-tunes an encoder with a classifier. The weights after a step have the same bits for the same number of threads on
/// the same kind of processor.
package final class TaskTrainer {
    package let model: MaskedLM
    package let optimizer: Optimizer
    /// The number of steps of the whole training.
    package let steps: Int
    private let settings: TaskSettings
    private let examples: [ClassifiedExample]
    private let passes: [PassBox]
    private let rate: LearningRate
    private var order: WindowOrder

    /// A pass, which only one thread at a time may use.
    private struct PassBox: @unchecked Sendable {
        let pass: Pass
    }

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
        passes = (0..<threads).map { _ in PassBox(pass: Pass(model)) }
        steps = Self.steps(epochs: settings.epochs, examples: examples.count, batch: settings.batch)
        rate = LearningRate(
            peak: settings.learningRate, warmUp: Int((settings.warmUp * Double(steps)).rounded()), steps: steps)
        order = WindowOrder(count: examples.count, seed: UInt64(settings.seed))
    }

    /// The standard deviation of the first weights of the classifier.
    private static let deviation: Float = 0.02

    /// The step that reads the last example of an epoch, numbered from 1.
    private static func steps(epochs: Int, examples: Int, batch: Int) -> Int { (epochs * examples + batch - 1) / batch }

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
        let scores = try run(batch) { pass, range throws(Failure) in
            try pass.train(batch[range], keys: keys[range], scale: scale)
        }
        _ = try optimizer.step(passes.map(\.pass), rate: rate.rate(at: number))
        var score = ClassificationScore()
        for part in scores { score += part }
        return (score, batch.reduce(0) { $0 + $1.tokens })
    }

    /// The logits of examples, without dropout: for each example one for each class or sequence.
    ///
    /// - Throws: if a matrix product fails.
    package func logits(_ examples: [ClassifiedExample]) throws(Failure) -> [[Float]] {
        try run(examples) { pass, range throws(Failure) in try pass.logits(examples[range]) }.flatMap { $0 }
    }

    /// Runs a function on micro-batches of examples, on all threads, which get about as many tokens each.
    ///
    /// - Returns: the results in the order of the examples.
    private func run<Result: Sendable>(
        _ examples: [ClassifiedExample],
        _ body: @Sendable @escaping (Pass, Range<Int>) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        let tokens = examples.map(\.tokens)
        let shares = threadShares(of: tokens, among: passes.count)
        let most = settings.microBatchTokens
        let results = Locked<[Swift.Result<[Result], Failure>?]>(Array(repeating: nil, count: passes.count))
        DispatchQueue.concurrentPerform(iterations: passes.count) { [passes] thread in
            let result = Swift.Result { () throws(Failure) in
                try Self.microBatches(shares[thread], tokens, most).map { range throws(Failure) in
                    try body(passes[thread].pass, range)
                }
            }
            results.withLock { $0[thread] = result }
        }
        var all: [Result] = []
        for result in results.withLock({ $0 }) { all += try result!.get() }
        return all
    }

    private static func microBatches(_ share: Range<Int>, _ tokens: [Int], _ most: Int) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = share.lowerBound
        var sum = 0
        for number in share {
            if number > start && sum + tokens[number] > most {
                batches.append(start..<number)
                (start, sum) = (number, 0)
            }
            sum += tokens[number]
        }
        if start < share.upperBound { batches.append(start..<share.upperBound) }
        return batches
    }
}
