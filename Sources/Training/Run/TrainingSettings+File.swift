package import Basics
package import DeBERTa
internal import Foundation
internal import Yams

extension TrainingSettings {
    /// Reads a YAML file with two mappings: `model` (keys as in Hugging Face's config.json) and `training`.
    ///
    /// - Parameters:
    ///   - objective: the kind of training. Each kind has keys of its own.
    ///   - vocabulary: the number of ids of the tokenizer. `vocab_size` may be larger.
    ///   - origin: the configuration of the model that the training begins with, nil if there is none. The file may not
    ///     change it, except for the number of layers of a student.
    ///   - steps: replaces the number of steps in the file, if not nil.
    /// - Throws: a usage error that names the line, if a key is unknown or a value is out of its range.
    package init(
        file path: String, objective: Objective = .maskedLM, vocabulary: Int, origin: Configuration? = nil, steps: Int?
    ) throws(Failure) {
        let text = try File.definition(path)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw .usage("\(path): not YAML: \(error)".split(separator: "\n").joined(separator: " "))
        }
        guard let top = root?.mapping else {
            throw .usage("\(path): a training has the keys 'model' and 'training'")
        }
        self.init()
        self.objective = objective
        model.vocabularySize = vocabulary
        if let origin { model = origin }
        for (key, value) in top {
            var section = try Section(value, key.string ?? "?", path)
            switch key.string {
            case "model": try readModel(&section, vocabulary: vocabulary)
            case "training": try readTraining(&section)
            default: throw section.fault(key, "unknown key '\(key.string ?? "?")'; known are model, training")
            }
            try section.finish()
        }
        if let steps { rate.steps = steps }
        if let origin { try check(origin, path) }
        guard maxTokens <= model.maxPositions else {
            throw .usage("\(path): max-tokens is \(maxTokens), above max_position_embeddings, \(model.maxPositions)")
        }
    }

    private mutating func readModel(_ section: inout Section, vocabulary: Int) throws(Failure) {
        try section.read("vocab_size", &model.vocabularySize, vocabulary...1 << 24)
        try section.read("hidden_size", &model.hiddenSize, 1...1 << 16)
        model.embeddingSize = model.hiddenSize
        try section.read("num_hidden_layers", &model.layers, 1...1024)
        try section.read("num_attention_heads", &model.heads, 1...1 << 16)
        guard model.hiddenSize % model.heads == 0 else {
            throw .usage("\(section.path): hidden_size is not a multiple of num_attention_heads")
        }
        try section.read("intermediate_size", &model.intermediateSize, 1...1 << 20)
        try section.read("max_position_embeddings", &model.maxPositions, 1...1 << 20)
        try section.read("layer_norm_eps", &model.layerNormEpsilon, 1e-30...1)
        try section.read("hidden_dropout_prob", &dropout.hidden, 0...0.9)
        try section.read("attention_probs_dropout_prob", &dropout.attention, 0...0.9)
        try section.read("initializer_range", &initializerRange, 0...10)
        if let name = try section.text("position_initializer") {
            guard let known = Parameters.Positions(rawValue: name) else {
                throw .usage("\(section.path): position_initializer is normal or sinusoidal, not '\(name)'")
            }
            positions = known
        }
        if try section.text("relative_attention") ?? "false" != "false" {
            throw .usage("\(section.path): relative_attention has to be false: it is not trained")
        }
    }

    /// Throws if the weights of `origin` do not fit the model of these settings.
    private func check(_ origin: Configuration, _ path: String) throws(Failure) {
        var fitting = origin
        switch objective {
        case .distillation:
            guard origin.layers % model.layers == 0, model.layers < origin.layers else {
                throw .usage(
                    "\(path): num_hidden_layers is \(model.layers); give a divisor of the teacher's \(origin.layers)")
            }
            fitting.layers = model.layers
        case .vectors:
            guard origin.layers % model.layers == 0 else {
                throw .usage(
                    "\(path): num_hidden_layers is \(model.layers); give a divisor of the \(origin.layers) of the model "
                        + "to begin with")
            }
            fitting.layers = model.layers
        case .maskedLM, .contrastive: break
        }
        guard model == fitting else {
            throw .usage(
                "\(path): the settings give the model another shape than the model that the training begins with; "
                    + "leave out the settings of the shape")
        }
    }

    /// Reads the keys of the objective.
    ///
    /// - Returns: the maximum number of sequences in a batch, if the objective has one.
    private mutating func readObjective(_ section: inout Section) throws(Failure) -> Int? {
        switch objective {
        case .maskedLM: break
        case .distillation(var share):
            try section.read("teacher-share", &share, 0...1)
            objective = .distillation(share: share)
        case .contrastive(var contrastive):
            try section.read("temperature", &contrastive.temperature, 0.001...10)
            try section.read("least-tokens", &contrastive.leastTokens, 1...1 << 20)
            try section.read("neighbours", &contrastive.neighbours, 1...1 << 20)
            try section.read("masked-weight", &contrastive.maskedWeight, 0...1000)
            objective = .contrastive(contrastive)
            return Self.mostCompared
        case .vectors(var distillation):
            try section.read("cosine-weight", &distillation.loss.cosineWeight, 0...1000)
            try section.read("similarity-weight", &distillation.loss.similarityWeight, 0...1000)
            try section.read("contrast-weight", &distillation.loss.contrastWeight, 0...1000)
            try section.read("pair-weight", &distillation.loss.pairWeight, 0...1000)
            try section.read("temperature", &distillation.loss.temperature, 0.001...10)
            try section.read("masked-weight", &distillation.maskedWeight, 0...1000)
            if let centres = try section.text("centre") {
                guard let value = Bool(centres) else {
                    throw .usage("\(section.path): centre is true or false, not '\(centres)'")
                }
                distillation.centres = value
            }
            objective = .vectors(distillation)
            return Self.mostCompared
        }
        return nil
    }

    /// The maximum number of pairs or documents in a batch in which each is compared with each other: 2^14 of them make
    /// a table of 1 GB.
    private static let mostCompared = 1 << 14

    private mutating func readTraining(_ section: inout Section) throws(Failure) {
        let most = try readObjective(&section)
        try section.read("max-tokens", &maxTokens, 3...1 << 20)
        try section.read("batch", &batch, 1...(most ?? 1 << 20))
        if case .vectors = objective, batch % 2 != 0 {
            throw .usage("\(section.path): batch is \(batch); documents are read two at a time, so give an even number")
        }
        try section.read("steps", &rate.steps, 1...1 << 40)
        try section.read("warm-up", &rate.warmUp, 0...1 << 40)
        try section.read("learning-rate", &rate.peak, 0...10)
        try section.read("beta1", &optimizer.beta1, 0...0.9999999)
        try section.read("beta2", &optimizer.beta2, 0...0.9999999)
        try section.read("epsilon", &optimizer.epsilon, 1e-30...1)
        try section.read("weight-decay", &optimizer.weightDecay, 0...1)
        try section.read("words-rate", &optimizer.wordsRate, 0...1000)
        try section.read("gradient-norm", &optimizer.largestNorm, 1e-30...1e30)
        try section.read("masked", &maskedShare, 0.001...0.999)
        var number = 1
        try section.read("seed", &number, 0...Int.max)
        seed = UInt64(number)
        if let name = try section.text("precision") {
            guard let precision = Precision(rawValue: name), precision != .int8 else {
                throw .usage("\(section.path): precision is f32 or bf16, not '\(name)'")
            }
            self.precision = precision
        }
        try section.read("micro-batch-tokens", &microBatchTokens, 1...1 << 24)
        try section.read("kept-tokens", &keptTokens, 0...1 << 30)
        try section.read("held-out", &heldOutShare, 0...0.5)
        try section.read("held-out-sequences", &heldOutSequences, 1...(most ?? 1 << 24))
        try section.read("evaluate-every", &evaluateEvery, 1...1 << 40)
        try section.read("log-every", &logEvery, 1...1 << 40)
        try section.read("checkpoint-seconds", &checkpointSeconds, 0.0...1e9)
    }

    /// A mapping of the file. Every value that is read is removed, so that `finish` can report the keys that are not
    /// settings.
    private struct Section {
        let path: String
        private let name: String
        private var values: [String: Node] = [:]

        init(_ node: Node, _ name: String, _ path: String) throws(Failure) {
            self.path = path
            self.name = name
            guard let mapping = node.mapping else { throw fault(node, "'\(name)' has to be a mapping") }
            for (key, value) in mapping { values[key.string ?? "?"] = value }
        }

        func fault(_ node: Node?, _ message: String) -> Failure {
            .usage(path + (node?.mark.map { ", line \($0.line)" } ?? "") + ": " + message)
        }

        mutating func text(_ key: String) throws(Failure) -> String? {
            guard let node = values.removeValue(forKey: key) else { return nil }
            guard let text = node.scalar?.string else { throw fault(node, "'\(key)' has to be a single value") }
            return text
        }

        mutating func read<Number: Comparable & LosslessStringConvertible>(
            _ key: String, _ number: inout Number, _ range: ClosedRange<Number>
        ) throws(Failure) {
            let node = values[key]
            guard let text = try text(key) else { return }
            guard let value = Number(text), range.contains(value) else {
                throw fault(
                    node, "'\(key)' has to be a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
            }
            number = value
        }

        func finish() throws(Failure) {
            guard let (key, node) = values.min(by: { $0.key < $1.key }) else { return }
            throw fault(node, "'\(key)' is not a setting of '\(name)'")
        }
    }
}
