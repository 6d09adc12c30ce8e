/// The numbers that are computed from a text alone.
package enum TextStatistics {
    /// In the order that they are computed in, and that heads have their weights in.
    package static let all: [Statistic] = [
        Statistic(name: "log_words", summary: "log(1 + words); a word is a run of letters, marks and digits (Gopher)")
    ]
    package static var count: Int { all.count }
    /// Recorded in heads; another one with every change of what a statistic is.
    package static let version = 1
}
