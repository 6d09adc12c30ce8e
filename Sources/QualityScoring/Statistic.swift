/// A number that is computed from the canonical form of a document's text (`CanonicalText`), without a model.
package struct Statistic: Sendable {
    /// The name in heads and reports, such as `upper_case_share`.
    package let name: String
    /// One sentence that says what the statistic is, its unit, and its source if it was published.
    package let summary: String
    /// What the statistic counts or averages over.
    package let basis: StatisticBasis
}

/// The units that a statistic is a rate of. A rate over few units is mostly noise, so heads shrink it towards the mean
/// of their training texts.
package enum StatisticBasis: Sendable {
    case words, characters, sentences
}
