import Foundation

/// A model in the form of Hugging Face that is small enough for a test to make: a DeBERTa with absolute positions and
/// random weights, and a byte-level tokenizer with a token for every byte and few merges.
package struct TinyModel {
    package var hidden = 16
    package var layers = 1
    package var intermediate = 24
    package var positions = 64
    /// The number of ids of the tokenizer: five special tokens, one for each byte, and one for each merge.
    package static let ids = 5 + 256 + 3
    package var vocabulary = ids
    /// Chooses the weights.
    package var seed: UInt64 = 1
    package var prefix = ""

    package init() {}

    /// Writes the model's folder.
    @discardableResult
    package func write(to folder: String) throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ data: Data, _ name: String) throws {
            try data.write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        try write(json(configuration), "config.json")
        try write(json(tokenizer), "tokenizer.json")
        try write(Data("{\"model_max_length\": 48}".utf8), "tokenizer_config.json")
        try write(tensors(), "model.safetensors")
        return folder
    }

    private func json(_ object: Any) throws -> Data {
        try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    }

    private var configuration: [String: Any] {
        [
            "model_type": "deberta", "vocab_size": vocabulary, "hidden_size": hidden, "num_hidden_layers": layers,
            "num_attention_heads": 4, "intermediate_size": intermediate, "max_position_embeddings": positions,
            "hidden_act": "gelu", "layer_norm_eps": 1e-7, "relative_attention": false, "position_biased_input": true,
            "max_relative_positions": -1, "pos_att_type": NSNull(), "type_vocab_size": 0,
        ]
    }

    // MARK: The tokenizer

    /// The characters that stand for bytes: printable ones for themselves, the others from U+0100 on.
    private static let characters: [String] = {
        let printable = Set(0x21...0x7E).union(0xA1...0xAC).union(0xAE...0xFF)
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            if printable.contains(byte) { return String(Unicode.Scalar(UInt8(byte))) }
            defer { next += 1 }
            return String(Unicode.Scalar(next)!)
        }
    }()

    private var tokenizer: [String: Any] {
        let specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        let merges = [("Ð", "¾"), ("Ġ", "Ð"), ("ĠÐ", "¾")]
        var vocab: [String: Int] = [:]
        for name in specials + Self.characters + merges.map({ $0 + $1 }) { vocab[name] = vocab.count }
        let added = specials.enumerated().map { id, content in
            [
                "id": id, "content": content, "single_word": false, "lstrip": content == "<mask>", "rstrip": false,
                "normalized": false, "special": true,
            ] as [String: Any]
        }
        return [
            "version": "1.0", "truncation": NSNull(), "padding": NSNull(), "added_tokens": added,
            "normalizer": NSNull(),
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
            ] as [String: Any],
            "post_processor": [
                "type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true,
                "add_prefix_space": false,
            ] as [String: Any],
            "decoder": ["type": "ByteLevel"],
            "model": [
                "type": "BPE", "dropout": NSNull(), "unk_token": NSNull(), "continuing_subword_prefix": "",
                "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": vocab, "merges": merges.map { [$0, $1] },
            ] as [String: Any],
        ]
    }

    // MARK: The weights

    private var shapes: [(name: String, shape: [Int])] {
        func norm(_ name: String) -> [(String, [Int])] { [(name + ".weight", [hidden]), (name + ".bias", [hidden])] }
        var all: [(name: String, shape: [Int])] = [
            ("embeddings.word_embeddings.weight", [vocabulary, hidden]),
            ("embeddings.position_embeddings.weight", [positions, hidden]),
        ]
        all += norm("embeddings.LayerNorm")
        for layer in 0..<layers {
            let name = "encoder.layer.\(layer)."
            all += [
                (name + "attention.self.in_proj.weight", [3 * hidden, hidden]),
                (name + "attention.self.q_bias", [hidden]), (name + "attention.self.v_bias", [hidden]),
                (name + "attention.output.dense.weight", [hidden, hidden]),
                (name + "attention.output.dense.bias", [hidden]),
                (name + "intermediate.dense.weight", [intermediate, hidden]),
                (name + "intermediate.dense.bias", [intermediate]),
                (name + "output.dense.weight", [hidden, intermediate]), (name + "output.dense.bias", [hidden]),
            ]
            all += norm(name + "attention.output.LayerNorm") + norm(name + "output.LayerNorm")
        }
        return all
    }

    private func tensors() throws -> Data {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var header: [String: Any] = [:]
        var body = Data()
        for (name, shape) in shapes {
            let count = shape.reduce(1, *)
            header[prefix + name] = [
                "dtype": "F32", "shape": shape, "data_offsets": [body.count, body.count + count * 4],
            ]
            for _ in 0..<count {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                let value = Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
                withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
            }
        }
        let text = try json(header)
        var data = Data()
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { data.append(contentsOf: $0) }
        return data + text + body
    }
}
