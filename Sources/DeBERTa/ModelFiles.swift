/// The names of the files of a model's folder, besides config.json and the weights.
package enum ModelFiles {
    /// What a tokenizer is read from, each where it is there.
    package static let tokenizer = [
        "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json",
    ]
    /// How the vectors are made where nothing else says it.
    package static let embedding = "embedding.json"
    /// The linear map that vectors go through.
    package static let whitening = "whitening.safetensors"
}
