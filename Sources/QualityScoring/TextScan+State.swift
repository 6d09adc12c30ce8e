extension TextScan {
    /// The word that is being read. Its length is 0 while no word has begun.
    struct Word: BitwiseCopyable {
        var hash = Lexicon.hashStart
        /// The hash of the first `Lexicon.beginning` scalars; 0 for a shorter word.
        var beginning: UInt64 = 0
        /// The hash of the letters that follow a digit, such as the `р` of `500р`.
        var unit = Lexicon.hashStart
        /// The length in scalars.
        var length = 0
        /// One bit for each `Script` of the word's letters, by its raw value.
        var scripts: UInt32 = 0
        var digits = 0
        var capitals = 0
        var hasInnerCapital = false
        var hasDigitAfterLetter = false
        var hasDigitBetween = false
        var beginsWithCapital = false
        /// Whether a scalar is a vowel, or no letter of `LetterPairs`.
        var hasVowel = false
        /// The index in `LetterPairs` of the last scalar.
        var letter: UInt8 = 0
        /// The number of letter pairs, and the sum of their surprises in steps of the table `LetterPairs`.
        var pairs = 0
        var steps = 0
    }

    /// The last complete word, and what has been read since.
    struct Previous: BitwiseCopyable {
        var isNumber = false
        var isPreposition = false
        var endsInLetter = false
        /// The number of scalars since the word that are not white space, and the class of the last of them.
        var between = 0
        var lastKind: UInt8 = 0
        /// The last of these scalars if it is an ASCII one and no white space came after it; 0 otherwise.
        var mark: UInt8 = 0
        var hasSpace = true
        /// Whether the last of these scalars ends a sentence if white space follows it.
        var afterTerminal = false
        var sentenceEnds = true
        /// The number of digits so far in what may be a telephone number.
        var phoneDigits = 0
    }

    /// A run of scalars without white space.
    struct Token: BitwiseCopyable {
        var start = 0
        var hasLetters = false
        var hasScheme = false
        var hasAt = false
        /// Whether the token is a path, a part of code, or a setting.
        var isIdentifier = false
        var dots = 0
    }

    /// The sentence that is being read, and the runs of words that end with the last word. Sentences end with a
    /// terminal mark and white space.
    struct Sentence: BitwiseCopyable {
        var words = 0
        var functionWords = 0
        /// Whether the sentence begins with a capital or a digit.
        var hasStart = false
        /// The number of words since the last function word.
        var stopless = 0
        /// The number of words since the last one that does not begin with a capital.
        var capitals = 0
    }
}

/// Decodes UTF-8. Each maximal part of an ill-formed sequence is decoded as U+FFFD, as the Unicode Standard recommends.
enum UTF8Reader {
    /// Returns the scalar at the offset `place`, and moves `place` to the byte after it.
    @inline(__always)
    static func next(_ text: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> UInt32 {
        let first = text[place]
        if first < 0x80 {
            place += 1
            return UInt32(first)
        }
        if first >= 0xC2, first < 0xE0, place + 1 < text.count, text[place + 1] & 0xC0 == 0x80 {
            let scalar = UInt32(first & 0x1F) << 6 | UInt32(text[place + 1] & 0x3F)
            place += 2
            return scalar
        }
        return long(text, &place)
    }

    private static func long(_ text: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> UInt32 {
        let first = text[place]
        place += 1
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0xFFFD
        }
        var scalar = UInt32(first) & (length == 3 ? 0x0F : 0x07)
        for index in 1..<length {
            let allowed = index == 1 ? second : 0x80...0xBF
            guard place < text.count, allowed.contains(text[place]) else { return 0xFFFD }
            scalar = scalar << 6 | UInt32(text[place] & 0x3F)
            place += 1
        }
        return scalar
    }
}

extension UnsafeMutablePointer<Int> {
    /// Adds 1 to one of the counts. `self[index] += 1` does the same, but Swift 6.3.1 with the thread sanitizer cannot
    /// compile it where the pointer is a field of a noncopyable structure.
    @inline(__always)
    func increment(at index: Int) {
        (self + index).pointee += 1
    }
}
