package import Basics

/// The parameters that the capabilities share.
extension Parameter {
    /// The present path of an input of an earlier run.
    package static let input = Parameter("input")
    /// The folder of a model.
    package static let model = Parameter("model")
    /// The folder of a corpus's vectors.
    package static let embeddings = Parameter("embeddings")
    /// The folder for the documents whose quality is at least `minQuality`.
    package static let filtered = Parameter("filtered")
    /// The least quality of a document that is kept.
    package static let minQuality = Parameter("min-quality")
}
