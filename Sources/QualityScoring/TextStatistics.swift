/// The numbers that are computed from a text alone.
///
/// Those of Gopher (Rae et al. 2021, "Scaling Language Models", table A1), C4 (Raffel et al. 2020, section 2.2) and
/// RedPajama are named as such; shares are 0 where there is nothing that they could be a share of.
package enum TextStatistics {
    /// In the order that they are computed in, and that heads have their weights in.
    package static let all: [Statistic] = TextStatistic.allCases.map { Statistic(name: $0.name, summary: $0.summary) }
    package static let count = TextStatistic.allCases.count
    /// Recorded in heads; another one with every change of what a statistic is.
    package static let version = 1
}
