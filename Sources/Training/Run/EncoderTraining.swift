package import Basics
package import Corpus
internal import DeBERTa
internal import Tokenizers

/// Trains an encoder from the beginning, or resumes a training: `dedup train mlm`, `distill` and `contrastive`.
package struct EncoderTraining {
    /// The weights that a training begins with. They decide which kind of training it is.
    package enum Origin: Sendable {
        /// Random weights, for the vocabulary of the tokenizer in this folder: masked language modelling.
        case random(tokenizer: String)
        /// Every n-th layer of the teacher in this folder: distillation.
        case teacher(String)
        /// The weights of the model in this folder: contrastive training.
        case model(String)
        /// The weights of a model, or every n-th layer of it: distillation from a teacher's vectors.
        case taught(model: String, vectors: String)

        /// The folder with the tokenizer's files.
        var folder: String {
            switch self {
            case .random(let folder), .teacher(let folder), .model(let folder), .taught(let folder, _): folder
            }
        }

        var objective: Objective {
            switch self {
            case .random: .maskedLM
            case .teacher: .distillation(share: 0.5)
            case .model: .contrastive(Objective.Contrastive())
            case .taught: .vectors(Objective.VectorDistillation())
            }
        }
    }

    /// Shards and folders of shards, as given on the command line: `PATH` or `LABEL=PATH`.
    package var inputs: [String]
    package var origin: Origin
    /// The path of the YAML file with the settings.
    package var settings: String
    /// The folder of the trained model and of the training's state.
    package var out: String
    package var threads: Int
    /// The number of steps; nil for the number in the file.
    package var steps: Int?
    /// Which files of the inputs are read as shards.
    package var selection = ShardSelection()
    /// The field of the documents that holds the text.
    package var textField = "text"
    /// The field whose value the two documents of a pair have in common; nil for no pairs. Only for a training with a
    /// teacher's vectors.
    package var pairField: String?
    /// Whether fields other than the text may hold a bare NaN, Infinity or -Infinity, which JSON does not allow.
    package var allowsNaN = false

    package init(inputs: [String], origin: Origin, settings: String, out: String, threads: Int) {
        self.inputs = inputs
        self.origin = origin
        self.settings = settings
        self.out = out
        self.threads = threads
    }

    /// Trains until all steps are made, or until it is stopped. The state is saved in `out` from time to time, and a
    /// training that is found there is resumed.
    ///
    /// - Parameters:
    ///   - isStopped: is called before every step. If it returns true, the training is saved and ends.
    ///   - say: receives lines of text for the user.
    /// - Throws: a usage error for wrong settings; a failure of the kind `interrupted` if the training was stopped;
    ///   otherwise if a file cannot be read or written.
    package func run(isStopped: () -> Bool, say: (String) -> Void) throws(Failure) {
        let tokenizer = try Tokenizer(folder: origin.folder)
        guard let mask = tokenizer.id(of: "<mask>") ?? tokenizer.id(of: "[MASK]") else {
            throw Failure("\(origin.folder): the tokenizer has neither <mask> nor [MASK]; train with another one")
        }
        let shape = try originShape()
        let settings = try TrainingSettings(
            file: settings, objective: origin.objective, vocabulary: tokenizer.idLimit, origin: shape, steps: steps)
        let beginning = try shape.map { shape throws(Failure) in
            try startingModel(shape, settings)
        }
        if let shape, tokenizer.idLimit > shape.vocabularySize {
            throw Failure("\(origin.folder): the tokenizer has more ids than the model has word vectors")
        }
        let (text, teacher) = try readText(settings, tokenizer)
        let pairs = pairField == nil ? "" : ", \(text.training.pairs.count) pairs"
        say(
            "\(text.documents) documents, \(text.trainingTokens) tokens in \(text.training.count) sequences\(pairs), "
                + "\(text.heldOut.count) sequences held out")
        let masking = Masking(
            share: settings.maskedShare, mask: mask, idLimit: tokenizer.idLimit, before: tokenizer.prefix.count,
            after: tokenizer.suffix.count)
        let folder = ModelFolder(path: out)
        try Disk.makeFolder(out)
        let lock = try FolderLock(out + "/.lock", of: out)
        defer { withExtendedLifetime(lock) {} }
        let trainer = try Trainer(
            settings, origin: beginning, text, teacher: teacher, masking, threads: threads)
        let start =
            (beginning.map { " \($0.parameters.digest)" } ?? "") + (teacher.map { " \($0.digest)" } ?? "")
        let identity = Array("\(settings.identity(idLimit: tokenizer.idLimit)) \(mask) \(text.digest)\(start)".utf8)
        let state = TrainingState(folder: out, fingerprint: identity.withUnsafeBytes { Hash128($0) })
        // Before anything is written: throws if `out` holds another training, or a model that no training in `out`
        // made.
        if try state.load(trainer.optimizer) {
            say("resuming after step \(trainer.optimizer.steps)")
        } else {
            try folder.checkHasNoModel()
        }
        try folder.prepare(
            settings, tokenizer: origin.folder, padding: tokenizer.id(of: "<pad>") ?? tokenizer.id(of: "[PAD]"))
        try train(trainer, settings, state, folder, isStopped, say)
    }

    /// The configuration of the model that the training begins with; nil for random weights.
    private func originShape() throws(Failure) -> Configuration? {
        switch origin {
        case .random: return nil
        case .teacher(let folder), .model(let folder), .taught(let folder, _):
            if try File.status(at: out) != nil, try File.realPath(out) == File.realPath(folder) {
                throw .usage(
                    "\(Parameter.out) is the folder of the model that the training begins with; give another one")
            }
            return try Checkpoint(folder: folder).configuration
        }
    }

    /// Loads the model that the training begins with.
    private func startingModel(_ shape: Configuration, _ settings: TrainingSettings) throws(Failure) -> MaskedLM {
        let model = try MaskedLM(shape, precision: settings.precision, dropout: .none)
        var needsHead = true
        if case .vectors(let distillation) = settings.objective, distillation.maskedWeight == 0 {
            // If the model has no head, the result gets an untrained one, so that it can be trained further.
            needsHead = false
            model.parameters.initialize(
                seed: RandomNumbers.key(settings.seed, 0x6865_6164), deviation: settings.initializerRange)
        }
        try model.parameters.load(origin.folder + "/model.safetensors", needsHead: needsHead)
        return model
    }

    /// Reads the documents and, if the model learns from vectors, opens those of the teacher.
    private func readText(
        _ settings: TrainingSettings, _ tokenizer: Tokenizer
    ) throws(Failure) -> (TrainingText, TeacherVectors?) {
        let around = tokenizer.prefix.count + tokenizer.suffix.count
        let cut: TrainingText.Cut
        switch settings.objective {
        case .contrastive(let contrastive):
            guard contrastive.leastTokens + around <= settings.maxTokens else {
                throw .usage(
                    "\(self.settings): max-tokens is \(settings.maxTokens): too small for pieces of least-tokens, "
                        + "\(contrastive.leastTokens)")
            }
            cut = .whole(minTokens: 2 * contrastive.leastTokens + around)
        case .vectors(let distillation):
            if distillation.loss.pairWeight > 0 && pairField == nil {
                throw .usage(
                    "\(self.settings): pair-weight is \(distillation.loss.pairWeight), but there are no pairs without "
                        + "\(Parameter.pairField)")
            }
            cut = .beginning(maxTokens: settings.maxTokens)
        case .maskedLM, .distillation: cut = .windows(maxTokens: settings.maxTokens)
        }
        let shards = try TrainingText.shards(of: inputs, selection)
        var teacher: TeacherVectors?
        if case .taught(_, let vectors) = origin {
            teacher = try TeacherVectors(
                vectors, shards: shards.map(\.name), dimensions: settings.model.hiddenSize)
        }
        let text = try TrainingText(
            shards, tokenizer: tokenizer, textField: textField, pairField: pairField, allowsNaN: allowsNaN, cut: cut,
            heldOutShare: settings.heldOutShare)
        if case .vectors(let distillation) = settings.objective {
            if distillation.loss.pairWeight > 0 && text.training.pairs.isEmpty {
                throw Failure(
                    "the inputs hold no pairs: no two documents after each other have the same "
                        + "\(Parameter.pairField(pairField ?? ""))")
            }
            try teacher?.prepare(for: text, centres: distillation.centres)
        }
        return (text, teacher)
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
            if score.isEmpty { return }
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
        // The sums since the last line of the log.
        var score = Trainer.Score()
        var tokens = 0
        while optimizer.steps < settings.rate.steps {
            if isStopped() {
                try save()
                throw Failure(
                    "stopped after step \(optimizer.steps); run the same command again to resume", kind: .interrupted)
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
        // The model is written again, in case an earlier process ended after saving the last state but before writing
        // the model.
        try folder.write(trainer.model.parameters)
        try writeWhole(out + "/loss.svg", log.curve.svg)
    }

    private func describe(_ score: Trainer.Score) -> String {
        var parts: [String] = []
        if score.pairs.examples > 0 {
            parts.append(
                "contrastive loss \(thousandths(score.pairs.meanLoss)), accuracy \(thousandths(score.pairs.accuracy))")
        }
        let vectors = score.vectors
        if vectors.documents > 0 {
            parts.append(
                "loss of vectors \(thousandths(vectors.meanLoss)), cosine \(thousandths(vectors.meanCosine)), accuracy "
                    + "\(thousandths(vectors.contrast.accuracy))")
        }
        if vectors.pairs.examples > 0 { parts.append("of pairs \(thousandths(vectors.pairs.accuracy))") }
        if score.masked.tokens > 0 {
            parts.append("loss \(thousandths(score.masked.meanLoss)), accuracy \(thousandths(score.masked.accuracy))")
        }
        if score.masked.teacherLoss > 0 { parts.append("teacher loss \(thousandths(score.masked.meanTeacherLoss))") }
        return parts.joined(separator: ", ")
    }
}
