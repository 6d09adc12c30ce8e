/// The length, script and language of a text. A head describes the texts of its training in these terms (see `Domain`).
package struct TextProfile: BitwiseCopyable, Sendable, Equatable {
    /// The number of words of the canonical form; a word is a run of letters, marks and digits.
    package var words: Int32
    /// The number of characters of the canonical form that are not white space.
    package var characters: Int32
    /// The number of sentences.
    package var sentences: Int32
    package var script: Script
    package var language: Language
    /// Why the text cannot be judged; nil if it can.
    package var unscored: Unscored?

    package init(
        words: Int32, characters: Int32, sentences: Int32, script: Script, language: Language, unscored: Unscored? = nil
    ) {
        self.words = words
        self.characters = characters
        self.sentences = sentences
        self.script = script
        self.language = language
        self.unscored = unscored
    }

    /// The number of units that a statistic is a rate of.
    package func count(of basis: StatisticBasis) -> Int32 {
        switch basis {
        case .words: words
        case .characters: characters
        case .sentences: sentences
        }
    }
}

/// The script that most letters of a text belong to.
package enum Script: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// The text has no letters.
    case unknown
    case latin, cyrillic, greek, armenian, hebrew, arabic, devanagari, thai, georgian, hangul, kana, han
    /// Most letters belong to a script that is not listed here.
    case other

    /// The name in heads and reports, which is the name of the case.
    package var name: String { "\(self)" }

    /// The script with this name; nil if there is none.
    package init?(name: String) {
        guard let script = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = script
    }
}

/// The language whose function words a text has the most of.
package enum Language: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// The text has too few words to tell.
    case unknown
    case russian, ukrainian, belarusian, bulgarian, serbian
    case english, german, french, spanish, italian, portuguese, dutch, polish, czech, swedish, turkish
    /// The text has enough words, but too few of them are function words of any language above.
    case other

    /// The name in heads and reports: the ISO 639-1 code, `unknown` or `other`.
    package var name: String {
        switch self {
        case .unknown: "unknown"
        case .russian: "ru"
        case .ukrainian: "uk"
        case .belarusian: "be"
        case .bulgarian: "bg"
        case .serbian: "sr"
        case .english: "en"
        case .german: "de"
        case .french: "fr"
        case .spanish: "es"
        case .italian: "it"
        case .portuguese: "pt"
        case .dutch: "nl"
        case .polish: "pl"
        case .czech: "cs"
        case .swedish: "sv"
        case .turkish: "tr"
        case .other: "other"
        }
    }

    /// The language with this name; nil if there is none.
    package init?(name: String) {
        guard let language = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = language
    }
}
