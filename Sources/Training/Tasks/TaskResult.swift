internal import Basics
internal import Corpus
internal import DeBERTa
internal import JSON

/// The result of fine-tuning a model for a task, which is written to `result.json`.
package struct TaskResult: Sendable {
    /// The metrics after an epoch.
    package struct Epoch: Sendable {
        /// The number of the epoch, from 1, and the number of steps until its end.
        package var number: Int
        package var step: Int
        /// The mean cross-entropy of the validation set, in nats.
        package var loss: Double
        package var metrics: TaskMetrics
    }

    /// The numbers of examples and of sequences that were too long.
    package struct Counts: Sendable {
        package var training: Int
        package var validation: Int
        package var test: Int
        package var truncated: Int
    }

    package var task: RussianSuperGLUE
    /// The path of the model.
    package var model: String
    /// The checksum of the model's files.
    package var checksum: String
    package var settings: TaskSettings
    package var maxTokens: Int
    package var steps: Int
    package var threads: Int
    package var counts: Counts
    /// The metrics on the validation set of always predicting the most frequent label for training.
    package var majority: TaskMetrics
    /// The metrics on the validation set after each epoch.
    package var epochs: [Epoch]
    /// A hash of everything that the result depends on, except the number of threads and the kind of processor.
    var identity: String

    /// The metrics on the validation set after the last epoch.
    package var metrics: TaskMetrics { epochs[epochs.count - 1].metrics }

    /// The result as JSON, followed by a line end.
    package var json: [UInt8] {
        var text = Buffer<UInt8>()
        func string(_ value: String) -> String {
            var quoted = Buffer<UInt8>()
            quoted.append(json: value)
            return String(decoding: quoted.elements, as: UTF8.self)
        }
        func object(_ members: [(String, String)], _ indent: String = "") -> String {
            if indent.isEmpty { return "{" + members.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}" }
            return "{\n" + members.map { "\(indent)\"\($0)\": \($1)" }.joined(separator: ",\n")
                + "\n\(indent.dropFirst(2))}"
        }
        let settings = object(
            [
                ("epochs", "\(settings.epochs)"), ("steps", "\(steps)"), ("batch", "\(settings.batch)"),
                ("learning_rate", "\(settings.learningRate)"), ("warm_up", "\(settings.warmUp)"),
                ("weight_decay", "\(settings.optimizer.weightDecay)"), ("beta1", "\(settings.optimizer.beta1)"),
                ("beta2", "\(settings.optimizer.beta2)"), ("epsilon", "\(settings.optimizer.epsilon)"),
                ("gradient_norm", "\(settings.optimizer.largestNorm)"), ("dropout", "\(settings.dropout)"),
                ("max_tokens", "\(maxTokens)"), ("pooling", string(settings.pooling.rawValue)),
                ("precision", string(settings.precision.rawValue)), ("seed", "\(settings.seed)"),
                ("threads", "\(threads)"),
            ], "    ")
        let examples = object([
            ("train", "\(counts.training)"), ("validation", "\(counts.validation)"), ("test", "\(counts.test)"),
            ("truncated", "\(counts.truncated)"),
        ])
        let lines = epochs.map { "    " + $0.json }.joined(separator: ",\n")
        text.append(
            object(
                [
                    ("schema", "1"), ("benchmark", "\"Russian SuperGLUE\""), ("task", string(task.rawValue)),
                    ("metrics", metrics.json), ("majority", majority.json), ("examples", examples),
                    ("model", string(model)), ("model_checksum", string(checksum)), ("settings", settings),
                    ("epochs", "[\n\(lines)\n  ]"), ("version", string(Version.current)),
                    ("identity", string(identity)),
                ], "  ") + "\n")
        return Array(text.elements)
    }
}

extension TaskMetrics {
    /// The metrics as a JSON object.
    var json: String { "{" + values.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}" }
}

extension TaskResult.Epoch {
    /// The epoch as a JSON object on one line.
    var json: String {
        "{\"epoch\": \(number), \"step\": \(step), \"loss\": \(loss), \"metrics\": \(metrics.json)}"
    }

    /// Reads an epoch; nil if it is damaged.
    init?(_ root: JSONValue) {
        guard let number = root["epoch"]?.int, let step = root["step"]?.int, let loss = root["loss"]?.double,
            let metrics = root["metrics"], metrics.kind == .object
        else { return nil }
        self.number = number
        self.step = step
        self.loss = loss
        self.metrics = TaskMetrics(
            values: metrics.children.map { (String(decoding: $0.key!, as: UTF8.self), $0.value.double ?? 0) })
    }
}
