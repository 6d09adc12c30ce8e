package import Basics
internal import DeBERTa
internal import Embedding
internal import Tokenizers

/// Fine-tunes a model for a task of Russian SuperGLUE, and evaluates it: `dedup evaluate rsg`.
package struct TaskEvaluation: Sendable {
    /// The folder of the benchmark, or of the task.
    package var data: String
    package var task: RussianSuperGLUE
    /// The model's folder; nil for the one that `ModelLocation` finds.
    package var model: String?
    package var settings = TaskSettings()
    /// The folder of the state, the result and the predictions; nil to keep nothing.
    package var out: String?
    package var threads: Int
    /// The time between two saved states, in seconds.
    package var checkpointSeconds = 300.0

    package init(data: String, task: RussianSuperGLUE, model: String?, out: String?, threads: Int) {
        self.data = data
        self.task = task
        self.model = model
        self.out = out
        self.threads = threads
    }

    /// What the caller shows while the model is fine-tuned.
    package struct Messages {
        /// Receives a line that stays.
        package var say: (String) -> Void
        /// Receives the progress, which replaces the previous one.
        package var show: (String) -> Void

        package init(say: @escaping (String) -> Void, show: @escaping (String) -> Void) {
            self.say = say
            self.show = show
        }
    }

    /// The examples of a file, as text and in tokens.
    private struct Examples {
        var texts: [TaskExample] = []
        var tokens: [ClassifiedExample] = []

        func add(to hash: inout RunningHash) {
            for example in tokens {
                for sequence in example.sequences {
                    sequence.ids.withUnsafeBytes { hash.update($0) }
                    for number in sequence.parts.flatMap({ [$0.lowerBound, $0.upperBound] }) { hash.update(number) }
                }
                hash.update(example.label ?? -1)
                hash.update(example.sequences.count)
            }
            hash.update(tokens.count)
        }
    }

    /// Fine-tunes the model until all steps are made, or until it is stopped. The state is saved in `out` from time to
    /// time, and one that is found there is continued. If `out` has the result already, that is returned.
    ///
    /// - Parameter isStopped: is called before every step. If it returns true, the state is saved and the function throws.
    /// - Throws: a usage error for wrong parameters; a failure of the kind `interrupted` if it was stopped; otherwise if
    ///   a file cannot be read or written, or the model cannot be trained.
    package func run(isStopped: () -> Bool, _ messages: Messages) throws(Failure) -> TaskResult {
        try settings.check()
        let files = try TaskFiles(task, folder: data)
        let source = try ModelLocation(asked: model).path
        let checkpoint = try Checkpoint(folder: source)
        let checksum = try checkpoint.checksum()
        let tokenizer = try Tokenizer(folder: source)
        if tokenizer.idLimit > checkpoint.configuration.vocabularySize {
            throw Failure("\(source): the tokenizer has more ids than the model has word vectors")
        }
        let maxTokens = try settings.maxTokens(of: checkpoint.configuration)
        var encoding = try TaskTokenizer(tokenizer, maxTokens: maxTokens, pooling: settings.pooling)
        func read(_ path: String, needsLabels: Bool) throws(Failure) -> Examples {
            let texts = try TaskReader.read(task, path, needsLabels: needsLabels)
            return Examples(texts: texts, tokens: try encoding.examples(texts, path))
        }
        let training = try read(files.training, needsLabels: true)
        let validation = try read(files.validation, needsLabels: true)
        let test = try files.test.map { path throws(Failure) in try read(path, needsLabels: false) } ?? Examples()
        var hash = RunningHash()
        for examples in [training, validation, test] { examples.add(to: &hash) }
        let identity = Array("\(task) \(settings) \(maxTokens) \(checksum) \(hash.value)".utf8).withUnsafeBytes {
            Hash128($0)
        }

        let folder = out.map { TaskFolder(path: $0, identity: identity.description) }
        var lock: FolderLock?
        if let out {
            try Disk.makeFolder(out)
            lock = try FolderLock(out + "/.lock", of: out)
        }
        defer { withExtendedLifetime(lock) {} }
        var result = TaskResult(
            task: task, model: source, checksum: checksum.description, settings: settings, maxTokens: maxTokens,
            steps: TaskTrainer.steps(settings, examples: training.tokens.count), threads: threads,
            counts: .init(
                training: training.texts.count, validation: validation.texts.count, test: test.texts.count,
                truncated: encoding.truncated),
            majority: TaskMetrics(task, validation.texts, mostFrequentOf: training.texts), epochs: [],
            identity: identity.description)
        if let folder, try folder.load(&result) {
            messages.say("finished before; the result is in \(out ?? "")")
            return result
        }
        let trainer = try TaskTrainer(settings, origin: checkpoint, head: task.head, training.tokens, threads: threads)
        let state = out.map { TrainingState(folder: $0, fingerprint: identity) }
        let isResumed = try state?.load(trainer.optimizer) == true
        messages.say(
            "\(task.rawValue): \(training.texts.count) examples for training, \(validation.texts.count) for validation"
                + (files.test == nil ? "" : ", \(test.texts.count) for the test"))
        if isResumed, let folder {
            messages.say("resuming after step \(trainer.optimizer.steps)")
            result.epochs = try folder.epochs(
                upTo: trainer.optimizer.steps, count: trainer.endedEpochs(after: trainer.optimizer.steps))
        }
        try fineTune(trainer, &result, validation, state, folder, isStopped, messages)
        if files.test != nil, let folder {
            try folder.write(TaskPredictions(task, test.texts, Self.classes(try trainer.logits(test.tokens))))
        }
        try folder?.finish(result)
        return result
    }

    private func fineTune(
        _ trainer: TaskTrainer, _ result: inout TaskResult, _ validation: Examples, _ state: TrainingState?,
        _ folder: TaskFolder?, _ isStopped: () -> Bool, _ messages: Messages
    ) throws(Failure) {
        let optimizer = trainer.optimizer
        let clock = ContinuousClock()
        let (start, first) = (clock.now, optimizer.steps)
        var lastSave = start
        var tokens = 0
        while optimizer.steps < trainer.steps {
            if isStopped() {
                try state?.save(optimizer)
                throw Failure(
                    "stopped after step \(optimizer.steps); "
                        + (out == nil
                            ? "nothing is kept without \(Parameter.out)" : "run the same command again to resume"),
                    kind: .interrupted)
            }
            let (score, count) = try trainer.step()
            tokens += count
            let seconds = max(1e-9, start.duration(to: clock.now) / .seconds(1))
            let left = seconds / Double(optimizer.steps - first) * Double(trainer.steps - optimizer.steps)
            messages.show(
                "step \(optimizer.steps) of \(trainer.steps): loss \(thousandths(score.meanLoss)), "
                    + "\(Int(Double(tokens) / seconds)) tokens/s, \(Int(left.rounded(.up))) s left")
            // Several epochs end with a step if a batch is larger than an epoch.
            for number in result.epochs.count..<trainer.endedEpochs(after: optimizer.steps) {
                let epoch = try evaluate(trainer, validation, epoch: number + 1)
                result.epochs.append(epoch)
                try folder?.write(result.epochs)
                messages.say(
                    "epoch \(epoch.number) of \(settings.epochs): validation loss \(thousandths(epoch.loss)), "
                        + epoch.metrics.values.map { "\($0.name) \(thousandths($0.value))" }.joined(separator: ", "))
            }
            if lastSave.duration(to: clock.now) >= .seconds(checkpointSeconds) {
                try state?.save(optimizer)
                lastSave = clock.now
            }
        }
    }

    private func evaluate(
        _ trainer: TaskTrainer, _ validation: Examples, epoch: Int
    ) throws(Failure) -> TaskResult.Epoch {
        let logits = try trainer.logits(validation.tokens)
        var score = ClassificationScore()
        for (example, logits) in zip(validation.tokens, logits) {
            if let label = example.label { _ = score.add(logits, label: label) }
        }
        return TaskResult.Epoch(
            number: epoch, step: trainer.optimizer.steps, loss: score.meanLoss,
            metrics: TaskMetrics(task, validation.texts, predictions: Self.classes(logits)))
    }

    /// The class with the largest logit of each example; the first one of equals.
    private static func classes(_ logits: [[Float]]) -> [Int] {
        logits.map { row in row.indices.max { row[$0] < row[$1] || row[$0] == row[$1] && $0 > $1 } ?? 0 }
    }
}
