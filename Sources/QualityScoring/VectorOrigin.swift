/// What vectors have to be made with for a head to read them. The precision is not part of it: any will do.
package struct VectorOrigin: Sendable, Equatable {
    /// The checksum of the model's tensors and tokenizer, as in embeddings.json.
    package var model: String
    /// As the options of `dedup embed` name them.
    package var pooling: String
    package var long: String
    package var specialTokens: String
    package var maxTokens: Int
    package var dimensions: Int
    package var normalize: Bool
    package var whitening: Bool

    package init(
        model: String, pooling: String, long: String, specialTokens: String, maxTokens: Int, dimensions: Int,
        normalize: Bool, whitening: Bool
    ) {
        self.model = model
        self.pooling = pooling
        self.long = long
        self.specialTokens = specialTokens
        self.maxTokens = maxTokens
        self.dimensions = dimensions
        self.normalize = normalize
        self.whitening = whitening
    }

    /// What differs first between these vectors and others, with both values; nil when nothing does.
    package func difference(from other: VectorOrigin) -> String? {
        func differ<Value: Equatable>(_ name: String, _ value: KeyPath<VectorOrigin, Value>) -> String? {
            let (a, b) = (self[keyPath: value], other[keyPath: value])
            return a == b ? nil : "\(name) is \(a), not \(b)"
        }
        return differ("model", \.model) ?? differ("dimensions", \.dimensions) ?? differ("pooling", \.pooling)
            ?? differ("long", \.long) ?? differ("max-tokens", \.maxTokens)
            ?? differ("special-tokens", \.specialTokens) ?? differ("normalize", \.normalize)
            ?? differ("whitening", \.whitening)
    }
}
