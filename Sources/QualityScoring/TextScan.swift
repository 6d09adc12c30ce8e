/// One pass over the canonical form of a text. It computes the counts from which `TextAnalyzer` derives the statistics,
/// and lists the keys (hashes) of the words, in which `Repeats` looks for repetitions.
struct TextScan: ~Copyable {
    /// The maximum number of words that are searched for repetitions. It bounds the memory.
    static let mostKept = 1 << 16
    /// A run of this many words without a function word is no running text: menus, lists of words, tables.
    static let stoplessRun = 8
    static let longStoplessRun = 12
    /// A run without a function word counts as at most this many words, so that the mean does not grow with the text.
    static let longestGap = 50
    /// A run of this many words that begin with a capital is no running text either.
    static let capitalRun = 4
    /// The numbers of words of a sentence of running text.
    static let sentenceLengths = 4...80
    /// A sentence of fewer words is short.
    static let shortSentence = 3
    /// A bracket that closes farther behind, in scalars, is not counted.
    static let longestBracket = 300

    var counts = TextCounts()
    /// The number of scalars of each `ScalarClass`.
    let classes = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    /// The number of letters of each `Script`.
    let scripts = UnsafeMutablePointer<Int>.allocate(capacity: 16)
    /// The number of letters of each group of `PeculiarLetters`.
    let peculiar = UnsafeMutablePointer<Int>.allocate(capacity: 32)
    /// The number of function words of each `Language`.
    let languages = UnsafeMutablePointer<Int>.allocate(capacity: 32)
    /// The number of words of each `WordGroup`.
    let groups = UnsafeMutablePointer<Int>.allocate(capacity: 32)

    var words = KeyList()

    let entries = ScalarTable.entries
    let lexicon = Lexicon.table
    let pairTable = LetterPairs.table
    let vowels = LetterPairs.vowels

    var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    var word = Word()
    var previous = Previous()
    var token = Token()
    var sentence = Sentence()
    var tagStart = -1
    var bracketDepth = 0
    var bracketStart = 0

    init() {}

    deinit {
        classes.deallocate()
        scripts.deallocate()
        peculiar.deallocate()
        languages.deallocate()
        groups.deallocate()
    }

    private mutating func reset() {
        counts = TextCounts()
        classes.update(repeating: 0, count: 64)
        scripts.update(repeating: 0, count: 16)
        peculiar.update(repeating: 0, count: 32)
        languages.update(repeating: 0, count: 32)
        groups.update(repeating: 0, count: 32)
        word = Word()
        previous = Previous()
        token = Token()
        sentence = Sentence()
        tagStart = -1
        bracketDepth = 0
    }

    /// Reads a text and fills the counts and lists with its values.
    mutating func run(_ text: UnsafeBufferPointer<UInt8>) {
        reset()
        self.text = text
        // A text of n bytes has at most n / 2 + 1 words: each takes at least one byte, and at least one byte separates it
        // from the next one. An ideograph is a word by itself, but it takes three bytes.
        words.clear(room: min(Self.mostKept, text.count / 2 + 1))
        let marked = ScalarEntry.accented | ScalarEntry.continuationOfCP1251 | ScalarEntry.continuationOfLatin1
        var place = 0
        var last: UInt32 = 0
        var run = 0
        var spaces = 0
        while place < text.count {
            let start = place
            let scalar = UTF8Reader.next(text, &place)
            let entry = scalar < 0x10000 ? entries[Int(scalar)] : ScalarTable.supplementary(scalar)
            let kind = entry.kind
            classes.increment(at: Int(kind))
            counts.scalars += 1
            if scalar == last {
                run += 1
                if run >= 4, kind != ScalarClass.digit.rawValue { counts.runs += run == 4 ? 4 : 1 }
                if scalar == 0x3F, run >= 3 { counts.questionRuns += run == 3 ? 3 : 1 }
            } else {
                run = 1
            }
            if entry.bits & marked != 0 { countMarked(entry, after: last) }
            last = scalar
            if kind < ScalarClass.firstOutsideWords {
                if kind == ScalarClass.ideograph.rawValue {
                    if word.length > 0 { endWord() }
                    add(entry, kind)
                    endWord()
                } else {
                    add(entry, kind)
                }
                continue
            }
            if word.length > 0 { endWord() }
            if kind == ScalarClass.space.rawValue || kind == ScalarClass.newline.rawValue {
                run = 0
                spaces += 1
                endToken(at: start)
                token = Token(start: place)
                space()
            } else {
                addOutside(scalar, kind, at: start)
            }
        }
        if word.length > 0 { endWord() }
        endToken(at: place)
        endPhone()
        if previous.afterTerminal, !previous.sentenceEnds { counts.terminals += 1 }
        endSentence(isComplete: previous.afterTerminal || previous.sentenceEnds)
        endStoplessRun()
        endCapitalRun()
        counts.visible = counts.scalars - spaces
    }

    /// Counts signs that the text was decoded with the wrong encoding.
    private mutating func countMarked(_ entry: ScalarEntry, after last: UInt32) {
        if entry.has(ScalarEntry.accented) { counts.accented += 1 }
        // `Р` or `С`, then a character that Windows-1251 has at 0x80 to 0xBF: Cyrillic UTF-8 decoded as Windows-1251.
        if entry.has(ScalarEntry.continuationOfCP1251), last == 0x420 || last == 0x421 { counts.cp1251Pairs += 1 }
        // Â, Ã, Ð or Ñ, then U+0080 to U+00BF: Latin or Cyrillic UTF-8 decoded as Latin-1.
        if entry.has(ScalarEntry.continuationOfLatin1), last == 0xC2 || last == 0xC3 || last == 0xD0 || last == 0xD1 {
            counts.latin1Pairs += 1
        }
    }

    /// Counts a scalar that is neither part of a word nor white space.
    ///
    /// - Parameter start: the byte offset of the scalar.
    private mutating func addOutside(_ scalar: UInt32, _ kind: UInt8, at start: Int) {
        switch ScalarClass(rawValue: kind) {
        case .period, .exclamation, .question, .ellipsis:
            punctuation()
            previous.afterTerminal = true
            if kind == ScalarClass.period.rawValue { token.dots += 1 }
            endPhone()
        case .comma, .colon:
            punctuation()
            previous.afterTerminal = false
            if scalar == 0x3A, previous.mark == 0x3A { token.isIdentifier = true }
            endPhone()
        case .quote, .apostrophe:
            endPhone()
        case .open:
            previous.afterTerminal = false
            if scalar == 0x7B { brace() }
            if bracketDepth == 0 || counts.scalars - bracketStart > Self.longestBracket {
                bracketDepth = 0
                bracketStart = counts.scalars
            }
            bracketDepth += 1
        case .close:
            if scalar == 0x7D { brace() }
            if scalar == 0x29, previous.mark == 0x28 { token.isIdentifier = true }
            if previous.between == 0, !previous.hasSpace, previous.isPreposition {
                counts.functionBeforePunctuation += 1
            }
            if bracketDepth > 0 {
                bracketDepth -= 1
                let length = counts.scalars - bracketStart + 1
                if bracketDepth == 0, length <= Self.longestBracket { counts.bracketScalars += length }
            }
        case .dash:
            previous.afterTerminal = false
        case .currency:
            previous.afterTerminal = false
            if previous.isNumber, previous.between == 0 { counts.amounts += 1 }
            endPhone()
        case .less:
            other()
            token.isIdentifier = true
            if start + 1 < text.count, Self.beginsTag(text[start + 1]) { tagStart = counts.scalars }
        case .greater:
            other()
            token.isIdentifier = true
            if tagStart >= 0 {
                counts.tags += 1
                counts.tagScalars += counts.scalars - tagStart + 1
                tagStart = -1
            }
        case .ampersand:
            other()
            if isEntity(at: start) { counts.entities += 1 }
        case .at:
            other()
            token.hasAt = true
        case .slash:
            other()
            if start >= 2, text[start - 1] == 0x2F, text[start - 2] == 0x3A { token.hasScheme = true }
        default:
            // A plus sign may precede the country code of a telephone number.
            if scalar != 0x2B { other() }
        }
        previous.between += 1
        previous.lastKind = kind
        previous.mark = scalar < 0x80 ? UInt8(scalar) : 0
    }

    private mutating func brace() {
        counts.braces += 1
        token.isIdentifier = true
    }

    /// Handles a scalar that can be neither the end of a sentence nor part of a telephone number.
    private mutating func other() {
        previous.afterTerminal = false
        endPhone()
    }

    /// Handles a punctuation mark that should follow a word directly. Counts it if white space or a preposition
    /// precedes it.
    private mutating func punctuation() {
        guard previous.between == 0 else { return }
        if previous.hasSpace {
            counts.spacesBeforePunctuation += 1
        } else if previous.isPreposition {
            counts.functionBeforePunctuation += 1
        }
    }

    private mutating func space() {
        previous.hasSpace = true
        previous.mark = 0
        if previous.afterTerminal, !previous.sentenceEnds {
            previous.sentenceEnds = true
            counts.terminals += 1
        }
    }

    /// Ends a run of digits, and counts it as a telephone number if it is long enough.
    mutating func endPhone() {
        // E.164 allows at most fifteen digits.
        if previous.phoneDigits >= 7, previous.phoneDigits <= 15 { counts.phones += 1 }
        previous.phoneDigits = 0
    }

    private static func beginsTag(_ byte: UInt8) -> Bool {
        byte == 0x2F || byte == 0x21 || (0x61...0x7A).contains(byte | 0x20)
    }

    /// Whether an HTML entity (`&amp;`, `&#8212;`) begins here: `&`, up to ten letters, digits and `#`, then a
    /// semicolon.
    private func isEntity(at start: Int) -> Bool {
        var end = start + 1
        while end < text.count, end - start <= 10,
            text[end] == 0x23 || (0x30...0x39).contains(text[end]) || (0x61...0x7A).contains(text[end] | 0x20)
        {
            end += 1
        }
        return end > start + 1 && end < text.count && text[end] == 0x3B
    }
}
