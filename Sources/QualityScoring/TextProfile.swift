/// What kind of text it is: what a head's domain is told by.
package struct TextProfile: BitwiseCopyable, Sendable, Equatable {
    /// Runs of letters and digits.
    package var words: Int32
    package var script: Script
    package var language: Language

    package init(words: Int32, script: Script, language: Language) {
        self.words = words
        self.script = script
        self.language = language
    }
}

/// The script of most letters of a text.
package enum Script: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// The text has no letters.
    case unknown
    case latin, cyrillic, greek, armenian, hebrew, arabic, devanagari, thai, georgian, hangul, kana, han
    /// Letters of another script.
    case other

    /// As heads and reports write it.
    package var name: String { "\(self)" }

    package init?(name: String) {
        guard let script = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = script
    }
}

/// The language whose function words a text has.
package enum Language: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// There are too few words to tell.
    case unknown
    case russian, ukrainian, belarusian, bulgarian, serbian
    case english, german, french, spanish, italian, portuguese, dutch, polish, czech, swedish, turkish
    /// There are words enough, and they are those of no language that is known here.
    case other

    /// As heads and reports write it: the code of ISO 639-1, `unknown` or `other`.
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

    package init?(name: String) {
        guard let language = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = language
    }
}
