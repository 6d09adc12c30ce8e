package import Basics
internal import DeBERTa

/// Trains a model on windows of text, on pairs of pieces of documents, or on documents and a teacher's vectors. The
/// weights after a step have the same bits for the same number of threads on the same kind of processor.
package final class Trainer {
    package let model: MaskedLM
    package let optimizer: Optimizer
    let settings: TrainingSettings
    let text: TrainingText
    let masking: Masking
    let passes: Passes
    /// The vectors that the model learns from; nil for other objectives.
    let teacher: TeacherVectors?
    private var order: WindowOrder
    /// The order for learning from vectors.
    private var twos: PairOrder

    /// A sequence as the model reads it, with its masked tokens and the key of its dropout.
    struct Sequence: Sendable {
        var ids: [Int32]
        var masked: [(place: Int, label: Int32)]
        var key: UInt64
    }

    /// The losses and accuracies of a batch.
    package struct Score: Sendable {
        package var masked = MaskedScore()
        package var pairs = ClassificationScore()
        package var vectors = VectorScore()

        /// Whether nothing was evaluated.
        var isEmpty: Bool { masked.tokens + pairs.examples + vectors.documents == 0 }

        package static func += (a: inout Score, b: Score) {
            a.masked += b.masked
            a.pairs += b.pairs
            a.vectors += b.vectors
        }
    }

    /// The result of one step.
    package struct Step: Sendable {
        package let score: Score
        /// The learning rate of the step.
        package let rate: Float
        /// The Euclidean norm of the gradient, before it was scaled down.
        package let norm: Float
        /// The number of tokens that were read.
        package let tokens: Int
    }

    /// Creates a trainer whose model has the weights of an untrained model, or those of `origin`.
    ///
    /// - Parameters:
    ///   - origin: the model that the weights are copied from. In a distillation it is also the teacher. nil for random
    ///     weights.
    ///   - text: its windows are the sequences of the training; in a contrastive training they are whole documents.
    ///   - vectors: the teacher's vectors of the documents, if the model learns from vectors.
    /// - Throws: if the model cannot be trained, or the processor lacks the instructions for the precision.
    package init(
        _ settings: TrainingSettings, origin: MaskedLM?, _ text: TrainingText, teacher vectors: TeacherVectors? = nil,
        _ masking: Masking, threads: Int
    ) throws(Failure) {
        self.settings = settings
        teacher = vectors
        self.text = text
        self.masking = masking
        let model = try MaskedLM(settings.model, precision: settings.precision, dropout: settings.dropout)
        if let origin {
            model.parameters.initialize(from: origin.parameters, layers: origin.configuration.layers)
        } else {
            model.parameters.initialize(
                seed: RandomNumbers.key(settings.seed, 0x696E_6974), deviation: settings.initializerRange,
                positions: settings.positions)
        }
        self.model = model
        optimizer = Optimizer(model, settings.optimizer)
        var teacher: (MaskedLM, Float)?
        if case .distillation(let share) = settings.objective, let origin { teacher = (origin, share) }
        passes = Passes(threads: threads) { Pass(model, teacher: teacher) }
        var run = 1
        if case .contrastive(let contrastive) = settings.objective { run = contrastive.neighbours }
        order = WindowOrder(count: text.training.count, seed: settings.seed, run: run)
        twos = PairOrder(windows: text.training.count, pairs: text.training.pairs, seed: settings.seed)
        if vectors != nil && twos.count == 0 { throw Failure("the inputs hold one text only: nothing to compare") }
    }

    /// Makes the next step.
    ///
    /// - Throws: if a matrix product fails, or the gradient is not finite.
    package func step() throws(Failure) -> Step {
        let number = optimizer.steps
        let keys = (0..<settings.batch).map { RandomNumbers.key(settings.seed, UInt64(number), UInt64($0)) }
        var score = Score()
        let batch: [Sequence]
        switch settings.objective {
        case .contrastive(let contrastive):
            batch = pieces(of: nextWindows(), keys, contrastive)
            score = try train(batch, contrastive)
        case .vectors(let distillation):
            let first = number * settings.batch / 2
            let documents = Documents((0..<settings.batch / 2).map { twos.two(at: first + $0) }, of: text.training)
            batch = zip(documents.windows, keys).map {
                sequence(text.ids($0), key: $1, isMasked: distillation.maskedWeight > 0)
            }
            score = try train(documents, batch, distillation)
        case .maskedLM, .distillation:
            batch = zip(nextWindows(), keys).map { sequence(text.ids($0), key: $1, isMasked: true) }
            let scale = 1 / Float(max(1, batch.reduce(0) { $0 + $1.masked.count }))
            score.masked = try run(batch) { pass, batch throws(Failure) in try pass.train(batch, scale: scale) }
        }
        let rate = settings.rate.rate(at: number)
        let norm = try optimizer.step(passes.all, rate: rate)
        return Step(score: score, rate: rate, norm: norm, tokens: batch.reduce(0) { $0 + $1.ids.count })
    }

    /// The windows of the next step.
    private func nextWindows() -> [Range<Int>] {
        let first = optimizer.steps * settings.batch
        return (0..<settings.batch).map { text.training.ranges[order.window(at: first + $0)] }
    }

    /// Evaluates the model on held-out sequences, which are the same, with the same masks, in every call.
    package func evaluate() throws(Failure) -> Score {
        switch settings.objective {
        case .contrastive(let contrastive):
            let (windows, keys) = heldOut
            return try evaluate(pieces(of: windows, keys, contrastive), contrastive)
        case .vectors(let distillation):
            let order = PairOrder(windows: text.heldOut.count, pairs: text.heldOut.pairs, seed: settings.seed)
            let documents = Documents(order.sample(settings.heldOutSequences / 2), of: text.heldOut)
            return try evaluate(documents, keys: heldOutKeys(documents.windows.count), distillation)
        case .maskedLM, .distillation:
            return try evaluate { pass, batch throws(Failure) in try pass.score(batch) }
        }
    }

    /// Evaluates the teacher on the same held-out sequences; nil if there is no teacher.
    package func evaluateTeacher() throws(Failure) -> Score? {
        guard passes.all[0].teacher != nil else { return nil }
        return try evaluate { pass, batch throws(Failure) in try pass.teacher!.pass.score(batch) }
    }

    private func evaluate(
        _ body: @Sendable @escaping (Pass, MicroBatch) throws(Failure) -> MaskedScore
    ) throws(Failure) -> Score {
        let (windows, keys) = heldOut
        return Score(
            masked: try run(zip(windows, keys).map { sequence(text.ids($0), key: $1, isMasked: true) }, body))
    }

    /// Held-out windows, evenly spaced over all of them, and the key of each.
    private var heldOut: (windows: [Range<Int>], keys: [UInt64]) {
        let count = min(settings.heldOutSequences, text.heldOut.count)
        return (
            (0..<count).map { text.heldOut.ranges[$0 * text.heldOut.count / count] }, heldOutKeys(count)
        )
    }

    private func heldOutKeys(_ count: Int) -> [UInt64] {
        (0..<count).map { RandomNumbers.key(settings.seed, .max, UInt64($0)) }
    }

    /// A sequence as the model reads it.
    func sequence(_ ids: [Int32], key: UInt64, isMasked: Bool) -> Sequence {
        guard isMasked else { return Sequence(ids: ids, masked: [], key: key) }
        var ids = ids
        let masked = masking.apply(to: &ids, key: key)
        return Sequence(ids: ids, masked: masked, key: key)
    }

    /// Runs a function on micro-batches of sequences, on all threads. The results are added up for each thread and then
    /// in the order of the threads, so that the sum is always the same.
    func run(
        _ sequences: [Sequence], _ body: @Sendable @escaping (Pass, MicroBatch) throws(Failure) -> MaskedScore
    ) throws(Failure) -> MaskedScore {
        let scores = try passes.run(
            sequences.map(\.ids.count), microBatchTokens: settings.microBatchTokens
        ) { pass, range throws(Failure) in
            var batch = MicroBatch()
            for number in range {
                let sequence = sequences[number]
                batch.append(sequence.ids, masked: sequence.masked, key: sequence.key, number: number)
            }
            return try body(pass, batch)
        }
        var score = MaskedScore()
        for ofThread in scores { score += ofThread.reduce(into: MaskedScore()) { $0 += $1 } }
        return score
    }
}
