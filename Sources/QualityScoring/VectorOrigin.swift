/// How vectors were made. A head accepts only vectors that were made like those of its training. The precision is not
/// part of it: a head accepts vectors of any precision.
package struct VectorOrigin: Sendable, Equatable {
    /// The checksum of the model's tensors and tokenizer, as in embeddings.json.
    package var model: String
    /// The values of the options of `dedup embed` that have the names of these fields.
    package var prefix: String
    package var pooling: String
    package var long: String
    package var specialTokens: String
    package var maxTokens: Int
    package var dimensions: Int
    package var normalize: Bool
    package var whitening: Bool
    package var layout: String

    package init(
        model: String, prefix: String, pooling: String, long: String, specialTokens: String, maxTokens: Int,
        dimensions: Int, normalize: Bool, whitening: Bool, layout: String
    ) {
        self.model = model
        self.prefix = prefix
        self.pooling = pooling
        self.long = long
        self.specialTokens = specialTokens
        self.maxTokens = maxTokens
        self.dimensions = dimensions
        self.normalize = normalize
        self.whitening = whitening
        self.layout = layout
    }

    /// Describes the first difference between the two origins, with both values; nil if they are equal.
    package func difference(from other: VectorOrigin) -> String? {
        func differ<Value: Equatable>(_ name: String, _ value: KeyPath<VectorOrigin, Value>) -> String? {
            let (a, b) = (self[keyPath: value], other[keyPath: value])
            return a == b ? nil : "\(name) is \(a), not \(b)"
        }
        return differ("model", \.model) ?? differ("dimensions", \.dimensions) ?? differ("prefix", \.prefix)
            ?? differ("pooling", \.pooling) ?? differ("long", \.long) ?? differ("max-tokens", \.maxTokens)
            ?? differ("special-tokens", \.specialTokens) ?? differ("normalize", \.normalize)
            ?? differ("whitening", \.whitening) ?? differ("layout", \.layout)
    }
}
