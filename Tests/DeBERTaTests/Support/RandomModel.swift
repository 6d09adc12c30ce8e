import Basics
import TestSupport

@testable import DeBERTa

/// A model of any shape with random weights, in a temporary folder.
final class RandomModel: Sendable {
    let configuration: Configuration
    let folder: TemporaryFolder

    var path: String { folder.path }

    /// - Parameters:
    ///   - type: how the weights are stored.
    ///   - prefix: what the names of the encoder's tensors begin with.
    ///   - shards: how many files the weights are in.
    ///   - padding: the number of spaces after the header; 1 puts all tensors at odd addresses.
    ///   - change: may change the tensors before they are written.
    init(
        _ configuration: Configuration, seed: UInt64 = 1, type: ElementType = .f32, prefix: String = "",
        shards: Int = 1, padding: Int = 0, change: (inout SafetensorsText) -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        folder = try TemporaryFolder()
        try folder.write(Self.text(of: configuration), to: "config.json")
        var generator = SeededGenerator(seed: seed)
        var text = SafetensorsText()
        for tensor in configuration.tensors {
            let bytes = (0..<tensor.count).flatMap { _ in type.bytes(Self.value(of: tensor, using: &generator)) }
            text.add(prefix + tensor.name, type.rawValue, tensor.shape, bytes)
        }
        change(&text)
        try Self.write(text, shards, padding, to: folder)
    }

    func checkpoint() throws -> Checkpoint { try withExtendedLifetime(folder) { try Checkpoint(folder: path) } }

    private static func write(_ text: SafetensorsText, _ shards: Int, _ padding: Int, to folder: TemporaryFolder) throws
    {
        guard shards > 1 else {
            var text = text
            text.padding = padding
            try folder.write(text.bytes, to: "model.safetensors")
            return
        }
        var map: [String] = []
        for shard in 0..<shards {
            var part = SafetensorsText(padding: padding)
            let file = "model-\(shard + 1)-of-\(shards).safetensors"
            for (i, entry) in text.entries.enumerated() where i % shards == shard {
                part.entries.append(entry)
                map.append("\"\(entry.name)\":\"\(file)\"")
            }
            try folder.write(part.bytes, to: file)
        }
        try folder.write("{\"weight_map\":{\(map.joined(separator: ","))}}", to: "model.safetensors.index.json")
    }

    /// Weights large enough that attention is not uniform, and biases and norms that affect the result.
    private static func value(of tensor: TensorShape, using generator: inout SeededGenerator) -> Float {
        let noise = Float.random(in: -1.7...1.7, using: &generator)
        if tensor.name.hasSuffix("LayerNorm.weight") { return 1 + 0.3 * noise }
        if tensor.shape.count == 1 { return 0.3 * noise }
        if tensor.name.contains("_embeddings.") { return noise }
        return 1.5 * noise / Float(tensor.shape[1]).squareRoot()
    }

    /// A `config.json`; `other` members replace those of the configuration.
    static func text(of configuration: Configuration, _ other: [String: String] = [:]) -> String {
        var names = configuration.hasContentToPosition ? ["c2p"] : []
        if configuration.hasPositionToContent { names.append("p2c") }
        while names.count < configuration.scoreTerms - 1 { names.append("p2p") }
        let members = [
            "model_type": "\"deberta\"", "hidden_act": "\"gelu\"", "vocab_size": "\(configuration.vocabularySize)",
            "hidden_size": "\(configuration.hiddenSize)", "num_hidden_layers": "\(configuration.layers)",
            "num_attention_heads": "\(configuration.heads)",
            "intermediate_size": "\(configuration.intermediateSize)",
            "embedding_size": "\(configuration.embeddingSize)",
            "max_position_embeddings": "\(configuration.maxPositions)",
            "type_vocab_size": "\(configuration.tokenTypes)",
            "layer_norm_eps": "\(configuration.layerNormEpsilon)",
            "position_biased_input": "\(configuration.hasAbsolutePositions)",
            "relative_attention": "\(configuration.relativeReach != nil)",
            "max_relative_positions": "\(configuration.relativeReach ?? -1)",
            "pos_att_type": "[\(names.map { "\"\($0)\"" }.joined(separator: ","))]",
        ].merging(other) { $1 }
        return "{\(members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }
}

extension Configuration {
    /// A small model of two layers: absolute positions and nothing else.
    static var small: Configuration {
        var small = Configuration()
        small.vocabularySize = 50
        small.hiddenSize = 16
        small.embeddingSize = 16
        small.layers = 2
        small.heads = 4
        small.intermediateSize = 24
        small.maxPositions = 32
        return small
    }

    /// A small model of any shape and variant.
    static func random(using generator: inout SeededGenerator) -> Configuration {
        var random = Configuration()
        random.vocabularySize = Int.random(in: 1...100, using: &generator)
        random.heads = Int.random(in: 1...4, using: &generator)
        random.hiddenSize = random.heads * Int.random(in: 1...12, using: &generator)
        random.embeddingSize = random.hiddenSize
        if Bool.random(using: &generator) { random.embeddingSize = Int.random(in: 1...40, using: &generator) }
        random.layers = Int.random(in: 1...3, using: &generator)
        random.intermediateSize = Int.random(in: 1...70, using: &generator)
        random.maxPositions = Int.random(in: 30...80, using: &generator)
        random.tokenTypes = Int.random(in: 0...2, using: &generator)
        random.layerNormEpsilon = [1e-7, 1e-5, 1e-12].randomElement(using: &generator)!
        random.hasAbsolutePositions = Bool.random(using: &generator)
        random.hasContentToPosition = Bool.random(using: &generator)
        random.hasPositionToContent = Bool.random(using: &generator)
        let names = (random.hasContentToPosition ? 1 : 0) + (random.hasPositionToContent ? 1 : 0)
        random.scoreTerms = 1 + names + Int.random(in: 0...1, using: &generator)
        if Bool.random(using: &generator) { random.relativeReach = Int.random(in: 1...40, using: &generator) }
        return random
    }
}
