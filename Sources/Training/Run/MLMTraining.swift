package import Basics
internal import DeBERTa
internal import Tokenizers

/// `dedup train mlm`: trains a masked language model from random weights, or goes on where it was left.
package struct MLMTraining {
    package var inputs: [String]
    /// The folder of the tokenizer.
    package var tokenizer: String
    /// The YAML file of the settings.
    package var settings: String
    package var out: String
    package var threads: Int
    /// In place of the file's.
    package var steps: Int?
    package var textField = "text"

    package init(inputs: [String], tokenizer: String, settings: String, out: String, threads: Int) {
        self.inputs = inputs
        self.tokenizer = tokenizer
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
        let tokenizer = try Tokenizer(folder: self.tokenizer)
        guard let mask = tokenizer.id(of: "<mask>") ?? tokenizer.id(of: "[MASK]") else {
            throw Failure("\(self.tokenizer): the tokenizer has neither <mask> nor [MASK]; train with another one")
        }
        let settings = try TrainingSettings(file: settings, vocabulary: tokenizer.idLimit, steps: steps)
        let text = try TrainingText(
            inputs: inputs, tokenizer: tokenizer, textField: textField, maxTokens: settings.maxTokens,
            heldOutShare: settings.heldOutShare)
        say(
            "\(text.documents) documents, \(text.trainingTokens) tokens in \(text.windows.count) sequences, "
                + "\(text.heldOut.count) sequences held out")
        let masking = Masking(
            share: settings.maskedShare, mask: mask, idLimit: tokenizer.idLimit, before: tokenizer.prefix.count,
            after: tokenizer.suffix.count)
        let trainer = try Trainer(settings, text, masking, threads: threads)
        let folder = ModelFolder(path: out)
        try folder.prepare(
            settings, tokenizer: self.tokenizer, padding: tokenizer.id(of: "<pad>") ?? tokenizer.id(of: "[PAD]"))
        let identity = Array("\(settings.identity(idLimit: tokenizer.idLimit)) \(mask) \(text.digest)".utf8)
        let state = TrainingState(folder: out, fingerprint: identity.withUnsafeBytes { Hash128($0) })
        if try state.load(trainer.optimizer) { say("goes on after step \(trainer.optimizer.steps)") }
        try train(trainer, settings, state, folder, isStopped, say)
    }

    private func train(
        _ trainer: Trainer, _ settings: TrainingSettings, _ state: TrainingState, _ folder: ModelFolder,
        _ isStopped: () -> Bool, _ say: (String) -> Void
    ) throws(Failure) {
        let optimizer = trainer.optimizer
        var log = try TrainingLog(folder: out, upTo: optimizer.steps)
        func save() throws(Failure) {
            try state.save(optimizer)
            try folder.write(trainer.model.parameters)
        }
        func evaluate() throws(Failure) {
            let score = try trainer.evaluate()
            if score.tokens == 0 { return }
            try log.append(step: optimizer.steps, heldOut: score)
            say(
                "step \(optimizer.steps): held out loss \(rounded(score.meanLoss)), accuracy \(rounded(score.accuracy))"
            )
        }
        if optimizer.steps == 0 { try evaluate() }
        let clock = ContinuousClock()
        var lastSave = clock.now
        var lastLine = clock.now
        // Since the last line of the log.
        var loss = 0.0
        var tokens = 0
        var steps = 0
        while optimizer.steps < settings.rate.steps {
            if isStopped() {
                try save()
                throw Failure("stopped after step \(optimizer.steps); the same command goes on", kind: .interrupted)
            }
            let step = try trainer.step()
            loss += step.loss
            tokens += step.tokens
            steps += 1
            let isLast = optimizer.steps == settings.rate.steps
            if isLast || optimizer.steps % settings.logEvery == 0 {
                let speed = Double(tokens) / max(1e-9, lastLine.duration(to: clock.now) / .seconds(1))
                try log.append(
                    step: optimizer.steps, loss: loss / Double(steps), rate: step.rate, norm: step.norm,
                    tokensPerSecond: speed)
                say(
                    "step \(optimizer.steps) of \(settings.rate.steps): loss \(rounded(loss / Double(steps))), "
                        + "\(Int(speed)) tokens/s")
                (loss, tokens, steps, lastLine) = (0, 0, 0, clock.now)
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

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
