package import Basics

/// The parameters of embedding.
extension Parameter {
    /// The number of tokens of a sequence.
    package static let maxTokens = Parameter("max-tokens")
    /// Whether vectors are scaled to length 1.
    package static let normalize = Parameter("normalize")
    /// Whether the model's whitening is applied.
    package static let whitening = Parameter("whitening")
    /// The opposite of `whitening`.
    package static let noWhitening = Parameter("no-whitening")
    /// The number format of the vectors that are written.
    package static let dtype = Parameter("dtype")
}
