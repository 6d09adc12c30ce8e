/// The class by which the statistics count a Unicode scalar.
enum ScalarClass: UInt8, CaseIterable {
    // The classes that words consist of come first.
    case lower, upper, otherLetter
    /// Letters that imitate those of an alphabet: small capitals, phonetic and mathematical letters.
    case styledLetter
    case digit
    /// A mark belongs to the word before it.
    case mark
    /// A letter of a script that is written without spaces. Each one counts as a word.
    case ideograph

    case space, newline
    case period, exclamation, question, ellipsis, comma, colon
    case quote, apostrophe, dash, open, close, otherPunctuation
    case hash, at, less, greater, ampersand, slash, otherASCII
    case currency, bullet, emoji, box, otherSymbol, otherNumber
    /// Format characters and variation selectors, which are invisible.
    case format
    case control, c1Control, replacement, unassigned

    /// The first class that words do not consist of.
    static let firstOutsideWords = ScalarClass.space.rawValue
}

/// The properties of a scalar that the statistics use, packed into 64 bits.
struct ScalarEntry: BitwiseCopyable {
    let bits: UInt64

    /// The scalar is at 0x80 to 0xBF in Windows-1251. It is what the second byte of a two-byte UTF-8 sequence turns
    /// into when UTF-8 is decoded as Windows-1251.
    static let continuationOfCP1251: UInt64 = 1 << 40
    /// The scalar is one of À to ÿ.
    static let accented: UInt64 = 1 << 41
    /// The scalar is one of U+0080 to U+00BF. It is what the second byte of a two-byte UTF-8 sequence turns into when
    /// UTF-8 is decoded as Latin-1.
    static let continuationOfLatin1: UInt64 = 1 << 42

    init(
        _ kind: ScalarClass, script: Script, folded: UInt16, letter: UInt8, peculiar: PeculiarLetters?, flags: UInt64
    ) {
        bits =
            UInt64(kind.rawValue) | UInt64(script.rawValue) << 8 | UInt64(folded) << 16 | UInt64(letter) << 32
            | UInt64(peculiar?.rawValue ?? 0) << 48 | flags
    }

    @inline(__always) var kind: UInt8 { UInt8(truncatingIfNeeded: bits) }
    /// The script of a letter; `unknown` for other scalars.
    @inline(__always) var script: UInt8 { UInt8(truncatingIfNeeded: bits >> 8) }
    /// The letter in lower case, and look-alikes of Cyrillic letters replaced by those. Words are compared by this
    /// value.
    @inline(__always) var folded: UInt16 { UInt16(truncatingIfNeeded: bits >> 16) }
    /// The index of the letter in `LetterPairs`.
    @inline(__always) var letter: UInt8 { UInt8(truncatingIfNeeded: bits >> 32) }
    /// The letter's group of `PeculiarLetters`; 0 for none.
    @inline(__always) var peculiar: UInt8 { UInt8(truncatingIfNeeded: bits >> 48) }
    @inline(__always) func has(_ flag: UInt64) -> Bool { bits & flag != 0 }
}

/// Groups of letters that only a few languages use, each named after one of its letters. They help to recognize the
/// language of a text.
enum PeculiarLetters: UInt8, CaseIterable {
    case none, ы, і, ї, ў, ъ, ђ, ё, ß, ñ, ł, ř, å, ğ, ã, è, ä

    static let groups: [(PeculiarLetters, String)] = [
        (.ы, "ыэ"), (.і, "і"), (.ї, "їєґ"), (.ў, "ў"), (.ъ, "ъ"), (.ђ, "ђјљњћџ"), (.ё, "ё"), (.ß, "ß"), (.ñ, "ñ¿¡"),
        (.ł, "ąęłśżźń"), (.ř, "ěřůčšž"), (.å, "å"), (.ğ, "ığş"), (.ã, "ãõ"), (.è, "èêœù"), (.ä, "äöü"),
    ]

    /// The groups whose letters a language uses.
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
