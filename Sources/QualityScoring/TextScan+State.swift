extension TextScan {
    /// The word that is being read: none while its length is 0.
    struct Word: BitwiseCopyable {
        var hash = Lexicon.hashStart
        /// Of its first letters, as many as a beginning in the lexicon has.
        var beginning: UInt64 = 0
        /// Of what stands behind leading digits: the `р` of `500р`.
        var unit = Lexicon.hashStart
        /// Scalars.
        var length = 0
        /// A bit for each script of its letters.
        var scripts: UInt32 = 0
        var digits = 0
        var capitals = 0
        var hasInnerCapital = false
        var hasDigitAfterLetter = false
        var hasDigitBetween = false
        var beginsWithCapital = false
        var letter: UInt8 = 0
        var pairs = 0
        var steps = 0
    }

    /// What stood before: the word before, and what is between.
    struct Previous: BitwiseCopyable {
        var isNumber = false
        var isPreposition = false
        var endsInLetter = false
        /// Scalars behind it that are no white space; the class of the last of them.
        var between = 0
        var lastKind: UInt8 = 0
        var hasSpace = true
        /// The last of them ended a sentence, where white space follows.
        var afterTerminal = false
        var sentenceEnds = true
        /// Digits of what may be a telephone number.
        var phoneDigits = 0
    }

    /// What stands between white space.
    struct Token: BitwiseCopyable {
        var start = 0
        /// Scalars of the text before it.
        var scalars = 0
        var hasLetters = false
        var hasScheme = false
        var hasAt = false
        var dots = 0
    }

    struct Line: BitwiseCopyable {
        var key: UInt64 = 0
        /// Scalars that are no white space.
        var visible = 0
        var words = 0
        var first: UInt32 = 0
        var firstKind: UInt8 = 0
        var lastKind: UInt8 = 0
        /// Periods that it ends in so far.
        var periods = 0

        @inline(__always)
        mutating func add(_ scalar: UInt32, _ kind: UInt8) {
            key = (key ^ UInt64(scalar)) &* 0x9E37_79B9_7F4A_7C15
            key ^= key >> 29
            if visible == 0 {
                first = scalar
                firstKind = kind
            }
            visible += 1
            lastKind = kind
            periods = scalar == 0x2E ? periods + 1 : 0
        }
    }
}

/// Reads scalars from UTF-8. What is none gives U+FFFD for each maximal part of a sequence, as Unicode recommends.
enum UTF8Reader {
    /// The scalar at `place`, which moves behind it.
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
