/// The kinds of text that one output of a head was trained on. The scores of other texts are not reliable.
package struct Domain: Sendable, Equatable {
    /// Lengths in words.
    package var words: ClosedRange<Int>
    package var scripts: [Script]
    package var languages: [Language]

    /// A script or a language belongs to the domain if at least this share of the texts has it.
    static let leastShare = 0.01
    /// The share of the texts that is ignored at each end of the distribution of lengths.
    static let outerLengths = 0.005
    /// A text may be this many times shorter or longer than the training texts.
    static let slack = 2.0

    package init(words: ClosedRange<Int>, scripts: [Script], languages: [Language]) {
        self.words = words
        self.scripts = scripts
        self.languages = languages
    }

    /// Computes the domain of training texts. Training passes only the good texts, because damage hides the language of
    /// a text.
    ///
    /// The range of lengths is from half the 0.5 % quantile to twice the 99.5 % quantile of the texts' lengths. A
    /// script or language is in the domain if at least 1 % of the texts have it.
    package init(of profiles: [TextProfile]) {
        guard !profiles.isEmpty else {
            self.init(words: 0...0, scripts: [], languages: [])
            return
        }
        let lengths = profiles.map { Int($0.words) }.sorted()
        let outer = Int(Self.outerLengths * Double(lengths.count))
        let shortest = Int(Double(lengths[outer]) / Self.slack)
        let longest = Int(Double(lengths[lengths.count - 1 - outer]) * Self.slack)
        func isSeen(_ count: Int) -> Bool { count > 0 && Double(count) >= Self.leastShare * Double(profiles.count) }
        self.init(
            words: shortest...longest,
            scripts: Script.allCases.filter { script in isSeen(profiles.count { $0.script == script }) },
            languages: Language.allCases.filter { language in isSeen(profiles.count { $0.language == language }) })
    }

    /// Says why a text is outside the domain; nil if it is inside.
    package func reasonOutside(_ profile: TextProfile) -> String? {
        if profile.words < words.lowerBound {
            return "\(profile.words) words: shorter than the texts of the training (\(words.lowerBound) at least)"
        }
        if profile.words > words.upperBound {
            return "\(profile.words) words: longer than the texts of the training (\(words.upperBound) at most)"
        }
        if !scripts.contains(profile.script) {
            return "script \(profile.script.name): the training had \(Self.list(scripts.map(\.name)))"
        }
        // If a text has too few words for its language to be recognized, only its script is checked.
        if profile.language != .unknown, !languages.contains(profile.language) {
            return "language \(profile.language.name): the training had \(Self.list(languages.map(\.name)))"
        }
        return nil
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
