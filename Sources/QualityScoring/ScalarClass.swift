/// What a scalar is to the statistics.
enum ScalarClass: UInt8, CaseIterable {
    // What words are made of comes first.
    case lower, upper, otherLetter
    /// Letters that stand for those of an alphabet: small capitals, phonetic, mathematical ones.
    case styledLetter
    case digit
    /// Marks belong to the word before them.
    case mark
    /// A letter of a script that is written without spaces: a word by itself.
    case ideograph

    case space, newline
    case period, exclamation, question, ellipsis, comma, colon
    case quote, apostrophe, dash, open, close, otherPunctuation
    case hash, at, less, greater, ampersand, slash, otherASCII
    case currency, bullet, emoji, box, otherSymbol, otherNumber
    /// Format characters and variation selectors: nothing to be seen.
    case format
    case control, c1Control, replacement, unassigned

    static let firstOutsideWords = ScalarClass.space.rawValue
}

/// What the statistics know of each scalar of the Basic Multilingual Plane, packed into 64 bits.
struct ScalarEntry: BitwiseCopyable {
    let bits: UInt64

    /// In the second half of UTF-8's two-byte sequences as Windows-1251 shows it.
    static let continuationOfCP1251: UInt64 = 1 << 40
    /// À to ÿ.
    static let accented: UInt64 = 1 << 41
    /// 0x80 to 0xBF: the second half of UTF-8's two-byte sequences as Latin-1 shows it.
    static let continuationOfLatin1: UInt64 = 1 << 42

    init(
        _ kind: ScalarClass, script: Script, folded: UInt16, letter: UInt8, peculiar: PeculiarLetters?, flags: UInt64
    ) {
        bits =
            UInt64(kind.rawValue) | UInt64(script.rawValue) << 8 | UInt64(folded) << 16 | UInt64(letter) << 32
            | UInt64(peculiar?.rawValue ?? 0) << 48 | flags
    }

    @inline(__always) var kind: UInt8 { UInt8(truncatingIfNeeded: bits) }
    /// Of a letter; `unknown` for what is none.
    @inline(__always) var script: UInt8 { UInt8(truncatingIfNeeded: bits >> 8) }
    /// A letter in lower case, look-alikes of Cyrillic letters as those: what words are compared by.
    @inline(__always) var folded: UInt16 { UInt16(truncatingIfNeeded: bits >> 16) }
    /// Its index in `LetterPairs`.
    @inline(__always) var letter: UInt8 { UInt8(truncatingIfNeeded: bits >> 32) }
    /// Its group of `PeculiarLetters`, 0 for none.
    @inline(__always) var peculiar: UInt8 { UInt8(truncatingIfNeeded: bits >> 48) }
    @inline(__always) func has(_ flag: UInt64) -> Bool { bits & flag != 0 }
}

/// Letters that few languages have.
enum PeculiarLetters: UInt8, CaseIterable {
    case none, ы, і, ї, ў, ъ, ђ, ё, ß, ñ, ł, ř, å, ğ, ã, è, ä

    static let groups: [(PeculiarLetters, String)] = [
        (.ы, "ыэ"), (.і, "і"), (.ї, "їєґ"), (.ў, "ў"), (.ъ, "ъ"), (.ђ, "ђјљњћџ"), (.ё, "ё"), (.ß, "ß"), (.ñ, "ñ¿¡"),
        (.ł, "ąęłśżźń"), (.ř, "ěřůčšž"), (.å, "å"), (.ğ, "ığş"), (.ã, "ãõ"), (.è, "èêœù"), (.ä, "äöü"),
    ]

    /// Those that a language is written with.
    static func of(_ language: Language) -> [PeculiarLetters] {
        switch language {
        case .russian: [.ы, .ъ, .ё]
        case .ukrainian: [.і, .ї]
        case .belarusian: [.ы, .і, .ў, .ё]
        case .bulgarian: [.ъ]
        case .serbian: [.ђ]
        case .german: [.ß, .ä]
        case .french: [.è]
        case .spanish: [.ñ]
        case .italian: [.è]
        case .portuguese: [.ã, .è]
        case .polish: [.ł]
        case .czech: [.ř]
        case .swedish: [.å, .ä]
        case .turkish: [.ğ, .ä]
        case .unknown, .english, .dutch, .other: []
        }
    }
}
