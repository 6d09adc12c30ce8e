package import Basics
internal import DeBERTa
internal import Dispatch

/// Trains a model on windows of text. The weights after a step are the same bits for one number of threads on one kind
/// of processor.
package final class Trainer {
    package let model: MaskedLM
    package let optimizer: Optimizer
    private let settings: TrainingSettings
    private let text: TrainingText
    private let masking: Masking
    private let passes: [PassBox]
    private var order: WindowOrder

    /// One thread at a time uses a pass.
    private struct PassBox: @unchecked Sendable {
        let pass: Pass
    }

    /// A window as it is read, and what is to be told in it.
    private struct Sequence: Sendable {
        var ids: [Int32]
        var masked: [(place: Int, label: Int32)]
        var key: UInt64
    }

    /// What a step came to.
    package struct Step: Sendable {
        /// The mean cross-entropy of the masked tokens, in nats.
        package let loss: Double
        package let rate: Float
        /// The length of the gradient, before it was cut.
        package let norm: Float
        package let tokens: Int
    }

    /// The weights are random ones.
    package init(
        _ settings: TrainingSettings, _ text: TrainingText, _ masking: Masking, threads: Int
    ) throws(Failure) {
        self.settings = settings
        self.text = text
        self.masking = masking
        let model = try MaskedLM(settings.model, precision: settings.precision, dropout: settings.dropout)
        model.parameters.initialize(
            seed: RandomNumbers.key(settings.seed, 0x696E_6974), deviation: settings.initializerRange)
        self.model = model
        optimizer = Optimizer(model, settings.optimizer)
        passes = (0..<threads).map { _ in PassBox(pass: Pass(model)) }
        order = WindowOrder(count: text.windows.count, seed: settings.seed)
    }

    /// Makes the next step.
    package func step() throws(Failure) -> Step {
        let number = optimizer.steps
        let batch = (0..<settings.batch).map { place in
            sequence(
                text.windows[order.window(at: number * settings.batch + place)],
                key: RandomNumbers.key(settings.seed, UInt64(number), UInt64(place)))
        }
        let masked = batch.reduce(0) { $0 + $1.masked.count }
        let scale = 1 / Float(max(1, masked))
        let score = try run(batch) { pass, batch throws(Failure) in try pass.train(batch, scale: scale) }
        let rate = settings.rate.rate(at: number)
        let norm = try optimizer.step(passes.map(\.pass), rate: rate)
        return Step(
            loss: score.meanLoss, rate: rate, norm: norm, tokens: batch.reduce(0) { $0 + $1.ids.count })
    }

    /// Tells masked tokens of what is held out: the same ones every time.
    package func evaluate() throws(Failure) -> MaskedScore {
        let count = min(settings.heldOutSequences, text.heldOut.count)
        // From everywhere in the corpus.
        let sequences = (0..<count).map { number in
            sequence(
                text.heldOut[number * text.heldOut.count / count],
                key: RandomNumbers.key(settings.seed, .max, UInt64(number)))
        }
        return try run(sequences) { pass, batch throws(Failure) in try pass.score(batch) }
    }

    private func sequence(_ window: Range<Int>, key: UInt64) -> Sequence {
        var ids = text.ids(window)
        let masked = masking.apply(to: &ids, key: key)
        return Sequence(ids: ids, masked: masked, key: key)
    }

    /// Shares sequences out to the threads, about as many tokens to each, and adds up what comes of them in order.
    private func run(
        _ sequences: [Sequence], _ body: @Sendable @escaping (Pass, MicroBatch) throws(Failure) -> MaskedScore
    ) throws(Failure) -> MaskedScore {
        let threads = passes.count
        let total = sequences.reduce(0) { $0 + $1.ids.count }
        var shares: [[Sequence]] = Array(repeating: [], count: threads)
        var before = 0
        for sequence in sequences {
            shares[min(threads - 1, before * threads / max(1, total))].append(sequence)
            before += sequence.ids.count
        }
        let results = Locked<[Result<MaskedScore, Failure>?]>(Array(repeating: nil, count: threads))
        let most = settings.microBatchTokens
        DispatchQueue.concurrentPerform(iterations: threads) { [passes, shares] thread in
            let result = Result { () throws(Failure) in
                try Self.run(shares[thread], passes[thread].pass, microBatchTokens: most, body)
            }
            results.withLock { $0[thread] = result }
        }
        var score = MaskedScore()
        for result in results.withLock({ $0 }) { score += try result!.get() }
        return score
    }

    private static func run(
        _ sequences: [Sequence], _ pass: Pass, microBatchTokens: Int,
        _ body: (Pass, MicroBatch) throws(Failure) -> MaskedScore
    ) throws(Failure) -> MaskedScore {
        var score = MaskedScore()
        var batch = MicroBatch()
        for sequence in sequences {
            if batch.rows > 0 && batch.rows + sequence.ids.count > microBatchTokens {
                score += try body(pass, batch)
                batch = MicroBatch()
            }
            batch.append(sequence.ids, masked: sequence.masked, key: sequence.key)
        }
        if batch.rows > 0 { score += try body(pass, batch) }
        return score
    }
}
