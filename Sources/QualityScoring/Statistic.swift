/// A number that is computed from a text alone.
package struct Statistic: Sendable {
    /// What heads and reports call it: `upper_case_share`.
    package let name: String
    /// One sentence: what it is, its unit, its source where it has one.
    package let summary: String
}
