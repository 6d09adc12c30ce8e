/// The names of files in a model's folder, other than config.json and the weights.
package enum ModelFiles {
    /// The files that a tokenizer may be read from. A model's folder has at least one of them.
    package static let tokenizer = [
        "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json",
    ]
    /// The model's default settings for making vectors (see `dedup embed`).
    package static let embedding = "embedding.json"
    /// The linear map that is applied to vectors.
    package static let whitening = "whitening.safetensors"
    /// The quality head that computes scores from vectors.
    package static let head = "head.json"
}
