package import Basics
package import Corpus
internal import DeBERTa
internal import Tokenizers

/// `dedup train mlm`, `distill` and `contrastive`: a training from its beginning, or from where it was left.
package struct EncoderTraining {
    /// What the weights begin with.
    package enum Origin: Sendable {
        /// Random weights, for the vocabulary of a tokenizer's folder: a masked language model.
        case random(tokenizer: String)
        /// Every second layer, or the like, of a teacher's folder: a distillation.
        case teacher(String)
        /// The weights of a model's folder: a contrastive training.
        case model(String)

        /// The folder that has the tokenizer.
        package var folder: String {
            switch self {
            case .random(let folder), .teacher(let folder), .model(let folder): folder
            }
        }

        var objective: Objective {
            switch self {
            case .random: .maskedLM
            case .teacher: .distillation(share: 0.5)
            case .model: .contrastive(Objective.Contrastive())
            }
        }
    }

    package var inputs: [String]
    package var origin: Origin
    /// The YAML file of the settings.
    package var settings: String
    package var out: String
    package var threads: Int
    /// In place of the file's.
    package var steps: Int?
    /// Which files of the inputs are shards.
    package var selection = ShardSelection()
    package var textField = "text"
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false

    package init(inputs: [String], origin: Origin, settings: String, out: String, threads: Int) {
        self.inputs = inputs
        self.origin = origin
        self.settings = settings
        self.out = out
        self.threads = threads
    }

    /// Trains to the end, or until it is told to stop.
    ///
    /// - Parameters:
    ///   - isStopped: asked before every step; when it says so, the training is saved.
    ///   - say: takes lines for the user.
    /// - Throws: also, of the kind `interrupted`, when it was stopped.
    package func run(isStopped: () -> Bool, say: (String) -> Void) throws(Failure) {
        let tokenizer = try Tokenizer(folder: origin.folder)
        guard let mask = tokenizer.id(of: "<mask>") ?? tokenizer.id(of: "[MASK]") else {
            throw Failure("\(origin.folder): the tokenizer has neither <mask> nor [MASK]; train with another one")
        }
        let shape = try originShape()
        let settings = try TrainingSettings(
            file: settings, objective: origin.objective, vocabulary: tokenizer.idLimit, origin: shape, steps: steps)
        let beginning = try shape.map { shape throws(Failure) in
            let model = try MaskedLM(shape, precision: settings.precision, dropout: .none)
            try model.parameters.load(origin.folder + "/model.safetensors")
            return model
        }
        if let shape, tokenizer.idLimit > shape.vocabularySize {
            throw Failure("\(origin.folder): the tokenizer has more ids than the model has word vectors")
        }
        let text = try readText(settings, tokenizer)
        say(
            "\(text.documents) documents, \(text.trainingTokens) tokens in \(text.windows.count) sequences, "
                + "\(text.heldOut.count) sequences held out")
        let masking = Masking(
            share: settings.maskedShare, mask: mask, idLimit: tokenizer.idLimit, before: tokenizer.prefix.count,
            after: tokenizer.suffix.count)
        let folder = ModelFolder(path: out)
        try Disk.makeFolder(out)
        let lock = try FolderLock(out + "/.lock", of: out)
        defer { withExtendedLifetime(lock) {} }
        let trainer = try Trainer(settings, origin: beginning, text, masking, threads: threads)
        let start = beginning.map { " \($0.parameters.digest)" } ?? ""
        let identity = Array("\(settings.identity(idLimit: tokenizer.idLimit)) \(mask) \(text.digest)\(start)".utf8)
        let state = TrainingState(folder: out, fingerprint: identity.withUnsafeBytes { Hash128($0) })
        // Another training's folder, or a model of another origin, stays as it is.
        if try state.load(trainer.optimizer) {
            say("goes on after step \(trainer.optimizer.steps)")
        } else {
            try folder.checkHasNoModel()
        }
        try folder.prepare(
            settings, tokenizer: origin.folder, padding: tokenizer.id(of: "<pad>") ?? tokenizer.id(of: "[PAD]"))
        try train(trainer, settings, state, folder, isStopped, say)
    }

    /// The shape of the model that is begun with; nil for random weights.
    private func originShape() throws(Failure) -> Configuration? {
        switch origin {
        case .random: return nil
        case .teacher(let folder), .model(let folder):
            if try File.status(at: out) != nil, try File.realPath(out) == File.realPath(folder) {
                throw .usage("--out is the folder of the model that the training begins with; give another one")
            }
            return try Checkpoint(folder: folder).configuration
        }
    }

    private func readText(_ settings: TrainingSettings, _ tokenizer: Tokenizer) throws(Failure) -> TrainingText {
        guard case .contrastive(let contrastive) = settings.objective else {
            return try TrainingText(
                inputs: inputs, selection, tokenizer: tokenizer, textField: textField, allowsNaN: allowsNaN,
                maxTokens: settings.maxTokens,
                heldOutShare: settings.heldOutShare)
        }
        let text = try TrainingText(
            inputs: inputs, selection, tokenizer: tokenizer, textField: textField, allowsNaN: allowsNaN, maxTokens: nil,
            heldOutShare: settings.heldOutShare)
        let around = tokenizer.prefix.count + tokenizer.suffix.count
        guard contrastive.leastTokens + around <= settings.maxTokens else {
            throw .usage(
                "\(self.settings): max-tokens is \(settings.maxTokens): no room for pieces of least-tokens, "
                    + "\(contrastive.leastTokens)")
        }
        try text.drop(shorterThan: 2 * contrastive.leastTokens + around)
        return text
    }

    private func train(
        _ trainer: Trainer, _ settings: TrainingSettings, _ state: TrainingState, _ folder: ModelFolder,
        _ isStopped: () -> Bool, _ say: (String) -> Void
    ) throws(Failure) {
        let optimizer = trainer.optimizer
        var log = try TrainingLog(folder: out, objective: settings.objective, upTo: optimizer.steps)
        func save() throws(Failure) {
            try state.save(optimizer)
            try folder.write(trainer.model.parameters)
        }
        func evaluate() throws(Failure) {
            let score = try trainer.evaluate()
            if score.masked.tokens + score.pairs.pairs == 0 { return }
            try log.append(step: optimizer.steps, heldOut: score)
            say("step \(optimizer.steps): held out " + describe(score))
        }
        if optimizer.steps == 0 {
            if let score = try trainer.evaluateTeacher(), score.masked.tokens > 0 {
                try log.append(teacher: score)
                say("the teacher: held out " + describe(score))
            }
            try evaluate()
        }
        let clock = ContinuousClock()
        var lastSave = clock.now
        var lastLine = clock.now
        // Since the last line of the log.
        var score = Trainer.Score()
        var tokens = 0
        while optimizer.steps < settings.rate.steps {
            if isStopped() {
                try save()
                throw Failure("stopped after step \(optimizer.steps); the same command goes on", kind: .interrupted)
            }
            let step = try trainer.step()
            score += step.score
            tokens += step.tokens
            let isLast = optimizer.steps == settings.rate.steps
            if isLast || optimizer.steps % settings.logEvery == 0 {
                let speed = Double(tokens) / max(1e-9, lastLine.duration(to: clock.now) / .seconds(1))
                try log.append(
                    step: optimizer.steps, score: score, rate: step.rate, norm: step.norm, tokensPerSecond: speed)
                say(
                    "step \(optimizer.steps) of \(settings.rate.steps): " + describe(score)
                        + ", \(Int(speed)) tokens/s")
                (score, tokens, lastLine) = (Trainer.Score(), 0, clock.now)
            }
            if isLast || optimizer.steps % settings.evaluateEvery == 0 { try evaluate() }
            if isLast || lastSave.duration(to: clock.now) >= .seconds(settings.checkpointSeconds) {
                try save()
                lastSave = clock.now
            }
        }
        // Also where an earlier process ended between its last step and here.
        try folder.write(trainer.model.parameters)
        try writeWhole(out + "/loss.svg", log.curve.svg)
    }

    private func describe(_ score: Trainer.Score) -> String {
        var parts: [String] = []
        if score.pairs.pairs > 0 {
            parts.append(
                "contrastive loss \(rounded(score.pairs.meanLoss)), accuracy \(rounded(score.pairs.accuracy))")
        }
        if score.masked.tokens > 0 {
            parts.append("loss \(rounded(score.masked.meanLoss)), accuracy \(rounded(score.masked.accuracy))")
        }
        if score.masked.taughtLoss > 0 { parts.append("to the teacher \(rounded(score.masked.meanTaughtLoss))") }
        return parts.joined(separator: ", ")
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
