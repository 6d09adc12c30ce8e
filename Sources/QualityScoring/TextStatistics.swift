/// The statistics that are computed from a text alone: from its canonical form, so that layout does not change them. None
/// of them grows with the length of the text.
///
/// A summary names Gopher (Rae et al. 2021, "Scaling Language Models", table A1), C4 (Raffel et al. 2020, section 2.2)
/// or RedPajama if the statistic comes from there. A share of nothing is 0: for example, the share of capitals among
/// the letters of a text without letters.
package enum TextStatistics {
    /// All statistics, in the order in which they are computed and in which heads store their weights.
    package static let all: [Statistic] = TextStatistic.allCases.map {
        Statistic(name: $0.name, summary: $0.summary, basis: $0.basis)
    }
    /// The number of statistics.
    package static let count = TextStatistic.allCases.count
    /// The version of the statistics, which heads record. It changes whenever the definition of a statistic changes.
    package static let version = 2
}
