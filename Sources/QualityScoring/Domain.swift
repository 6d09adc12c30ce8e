/// The kinds of text that an output was trained on: what it says about others is a guess.
package struct Domain: Sendable, Equatable {
    /// Lengths in words.
    package var words: ClosedRange<Int>
    package var scripts: [Script]
    package var languages: [Language]

    /// A script or a language counts as seen from this share of the texts on.
    static let leastShare = 0.01
    /// The part of the texts, at each end, whose lengths do not count.
    static let outerLengths = 0.005
    /// How many times shorter or longer than those of the training a text may be.
    static let slack = 2.0

    package init(words: ClosedRange<Int>, scripts: [Script], languages: [Language]) {
        self.words = words
        self.scripts = scripts
        self.languages = languages
    }

    /// The domain of a training's texts: those that were called good, as damage hides a text's language.
    ///
    /// Lengths reach from half the 0.5 % quantile to twice the 99.5 % one; scripts and languages are those of 1 % of the
    /// texts at least.
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

    /// Why a text is outside, in words; nil when it is inside.
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
        // Too few words to tell is no language of its own: the script has to do.
        if profile.language != .unknown, !languages.contains(profile.language) {
            return "language \(profile.language.name): the training had \(Self.list(languages.map(\.name)))"
        }
        return nil
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
