package import Basics

/// The parameters of scoring and of filtering by scores.
extension Parameter {
    /// The file of a quality head.
    package static let head = Parameter("head")
    /// The outputs of the head that are written.
    package static let output = Parameter("output")
    /// The share of the documents that is kept.
    package static let topPercent = Parameter("top-percent")
    /// What filters do with documents that have no scores.
    package static let unscored = Parameter("unscored")
    /// What filters do with documents that are out of domain.
    package static let outOfDomain = Parameter("out-of-domain")
}
