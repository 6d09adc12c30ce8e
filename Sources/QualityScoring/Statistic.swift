/// A number that is computed from a document's text alone, without a model.
package struct Statistic: Sendable {
    /// The name in heads and reports, such as `upper_case_share`.
    package let name: String
    /// One sentence that says what the statistic is, its unit, and its source if it was published.
    package let summary: String
}
