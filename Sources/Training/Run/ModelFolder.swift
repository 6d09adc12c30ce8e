internal import Basics
internal import DeBERTa
internal import Tokenizers

/// A folder that Hugging Face's `DebertaForMaskedLM` can load: config.json, model.safetensors and the tokenizer's
/// files.
struct ModelFolder {
    let path: String

    /// Checks that the folder holds no weights. Called when there is no training in the folder that could be resumed.
    ///
    /// - Throws: a usage error if there are weights.
    func checkHasNoModel() throws(Failure) {
        guard try File.status(at: path + "/model.safetensors") != nil else { return }
        throw .usage(
            "\(Parameter.out(path)) contains a finished model, but no training to resume; give a new or empty folder")
    }

    /// Copies the tokenizer's files, and writes config.json.
    func prepare(_ settings: TrainingSettings, tokenizer folder: String, padding: Int32?) throws(Failure) {
        try Disk.makeFolder(path)
        for name in ModelFiles.tokenizer where File.exists(folder + "/" + name) {
            if try File.realPath(folder) == File.realPath(path) { continue }
            try copyWhole(folder + "/" + name, to: path + "/" + name)
        }
        try writeWhole(path + "/config.json", Self.configuration(settings, padding: padding ?? 0))
    }

    func write(_ parameters: Parameters) throws(Failure) {
        let tensors = parameters.layout.entries.map { entry in
            WrittenTensor(
                name: entry.name, type: "F32", shape: entry.shape,
                bytes: UnsafeRawBufferPointer(start: parameters.weights + entry.offset, count: entry.count * 4))
        }
        try writeSafetensors(tensors, to: path + "/model.safetensors")
    }

    private static func configuration(_ settings: TrainingSettings, padding: Int32) -> String {
        let model = settings.model
        let values: [(String, String)] = [
            ("architectures", "[\"DebertaForMaskedLM\"]"),
            ("attention_probs_dropout_prob", "\(settings.dropout.attention)"),
            ("dtype", "\"float32\""),
            ("hidden_act", "\"gelu\""),
            ("hidden_dropout_prob", "\(settings.dropout.hidden)"),
            ("hidden_size", "\(model.hiddenSize)"),
            ("initializer_range", "\(settings.initializerRange)"),
            ("intermediate_size", "\(model.intermediateSize)"),
            ("layer_norm_eps", "\(model.layerNormEpsilon)"),
            ("legacy", "true"),
            ("max_position_embeddings", "\(model.maxPositions)"),
            ("max_relative_positions", "-1"),
            ("model_type", "\"deberta\""),
            ("num_attention_heads", "\(model.heads)"),
            ("num_hidden_layers", "\(model.layers)"),
            ("pad_token_id", "\(padding)"),
            ("pos_att_type", "null"),
            ("position_biased_input", "true"),
            ("relative_attention", "false"),
            ("tie_word_embeddings", "true"),
            ("type_vocab_size", "0"),
            ("vocab_size", "\(model.vocabularySize)"),
        ]
        return "{\n" + values.map { "  \"\($0)\": \($1)" }.joined(separator: ",\n") + "\n}\n"
    }
}
