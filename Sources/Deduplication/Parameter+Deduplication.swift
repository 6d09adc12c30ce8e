internal import Basics

/// The parameters of a run that removes duplicates.
extension Parameter {
    /// Whether a shard that is no longer in its input is an error.
    static let strictInputs = Parameter("strict-inputs")
    /// Whether a new shard that sorts before a processed one is an error.
    static let strictOrder = Parameter("strict-order")
    /// Whether the new lines of the last shard are processed.
    static let appended = Parameter("appended")
}
