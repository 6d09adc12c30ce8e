extension DocumentCounts {
    /// The declaration of one counter: its names, and how reports show it.
    package struct Counter: Sendable {
        /// What a counter counts.
        package enum Unit: Sendable {
            case documents, lines, bytes
            /// Pairs of documents.
            case pairs
        }

        /// The parts of the reports that show all counters in a list.
        package struct Places: OptionSet, Sendable {
            package let rawValue: Int

            package init(rawValue: Int) { self.rawValue = rawValue }

            /// A tile at the top of report.html.
            package static let pageSummary = Places(rawValue: 1)
            /// A column in the tables of inputs and shards of report.html.
            package static let pageTables = Places(rawValue: 2)
            /// A line at the top of `dedup stats`; in the summary that `dedup run` prints, if it is not 0.
            package static let terminalSummary = Places(rawValue: 4)
            /// A column in the tables of inputs and shards of `dedup stats`.
            package static let terminalTables = Places(rawValue: 8)
            package static let all: Places = [.pageSummary, .pageTables, .terminalSummary, .terminalTables]
        }

        /// The name in the catalog, with underscores between words.
        package let name: String
        /// The property that has the value.
        package let path: any WritableKeyPath<DocumentCounts, Int> & Sendable
        package let unit: Unit
        /// The name for people, with a capital letter.
        package let title: String
        /// The heading of its columns in report.html.
        package let heading: String
        /// The heading of its columns in a terminal.
        package let terminalHeading: String
        /// The words below the number in report.html, for a counter of lines. Counters of documents and bytes show
        /// their share there.
        package let note: String
        /// Whether it counts an outcome, such as kept or removed. Each line that is not blank has exactly one outcome.
        package let isOutcome: Bool
        /// Whether a column with the share of the documents follows each of its columns.
        package let hasShare: Bool
        package let places: Places

        /// Declares a counter; the properties explain the parameters.
        init(
            _ name: String, _ path: any WritableKeyPath<DocumentCounts, Int> & Sendable, _ unit: Unit, _ title: String,
            heading: String? = nil, terminalHeading: String? = nil, note: String = "", isOutcome: Bool = false,
            hasShare: Bool = false, shownIn places: Places = .all
        ) {
            self.name = name
            self.path = path
            self.unit = unit
            self.title = title
            self.heading = heading ?? title
            self.terminalHeading = terminalHeading ?? self.heading.lowercased()
            self.note = note
            self.isOutcome = isOutcome
            self.hasShare = hasShare
            self.places = places
        }

        /// The name in report.json: the catalog's name in camel case, such as `blankLines` for `blank_lines`.
        package var jsonName: String {
            let words = name.split(separator: "_")
            return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
        }

        /// The name for the middle of a sentence, such as `bad lines`.
        package var lowercasedTitle: String { title.lowercased() }
    }

    /// The counters that these parts of the reports list.
    package static func counters(in places: Counter.Places) -> [Counter] {
        counters.filter { $0.places.isSuperset(of: places) }
    }
}
