extension TextScan {
    /// Adds a letter, mark or digit to the current word.
    @inline(__always)
    mutating func add(_ entry: ScalarEntry, _ kind: UInt8) {
        if word.length == 0 {
            // A mark does not begin a word.
            if kind == ScalarClass.mark.rawValue { return }
            beginWord(kind)
        }
        word.hash = Lexicon.hash(word.hash, adding: entry.folded)
        word.length += 1
        if word.length == Lexicon.beginning { word.beginning = word.hash }
        if kind == ScalarClass.digit.rawValue {
            word.digits += 1
            word.hasDigitAfterLetter = word.digits < word.length
            previous.phoneDigits += 1
        } else if kind != ScalarClass.mark.rawValue {
            if previous.phoneDigits > 0 { endPhone() }
            word.scripts |= 1 << UInt32(entry.script)
            scripts.increment(at: Int(entry.script))
            if entry.peculiar != 0 { peculiar.increment(at: Int(entry.peculiar)) }
            if kind == ScalarClass.upper.rawValue {
                if word.capitals + word.digits + 1 < word.length { word.hasInnerCapital = true }
                word.capitals += 1
            }
            if word.hasDigitAfterLetter { word.hasDigitBetween = true }
            if word.digits > 0 { word.unit = Lexicon.hash(word.unit, adding: entry.folded) }
        }
        let letter = entry.letter
        if letter | word.letter != 0 {
            word.pairs += 1
            word.steps += Int(pairTable[Int(word.letter) * LetterPairs.letters + Int(letter)])
        }
        if vowels >> UInt64(letter) & 1 != 0 { word.hasVowel = true }
        word.letter = letter
    }

    private mutating func beginWord(_ kind: UInt8) {
        let isLetter = kind != ScalarClass.digit.rawValue
        if previous.sentenceEnds {
            if counts.sentences > 0 { endSentence(isComplete: true) }
            counts.sentences += 1
            sentence.hasStart = kind == ScalarClass.upper.rawValue || !isLetter
            if sentence.hasStart { counts.sentencesWithCapital += 1 }
            previous.sentenceEnds = false
        } else if kind == ScalarClass.upper.rawValue, previous.hasSpace {
            counts.capitalsInside += 1
        }
        word.beginsWithCapital = kind == ScalarClass.upper.rawValue
        guard !previous.hasSpace, previous.between == 1, previous.endsInLetter, isLetter else { return }
        switch ScalarClass(rawValue: previous.lastKind) {
        case .comma, .exclamation, .question, .colon:
            counts.missingSpaces += 1
        case .period:
            if word.beginsWithCapital { counts.missingSpaces += 1 }
        case .dash, .apostrophe, .slash, .at, .ampersand, .format: break
        default: counts.innerSymbols += 1
        }
    }

    /// Ends the current word: counts it, and adds its key to `words`.
    mutating func endWord() {
        let letters = word.length - word.digits
        let isNumber = letters == 0
        counts.words += 1
        counts.wordScalars += word.length
        counts.wordSquares += word.length * word.length
        if word.length == 1 { counts.wordsOfOne += 1 }
        if word.length > 20 { counts.longWords += 1 }
        if word.letter != 0 {
            word.pairs += 1
            word.steps += Int(pairTable[Int(word.letter) * LetterPairs.letters])
        }
        counts.pairs += word.pairs
        counts.pairSteps += word.steps
        // A strange word has a mean surprise of at least 6 bits per letter pair, which are 30 steps of 0.2 bits.
        // Ordinary text has 3.4 bits.
        if word.pairs >= 3, word.steps >= word.pairs * 30 { counts.strangeWords += 1 }
        if word.length >= 4, !word.hasVowel { counts.vowellessWords += 1 }
        if joinsWordBefore(isNumber: isNumber) { token.isIdentifier = true }
        let functionWords = sentence.functionWords
        var isPreposition = false
        let key = Lexicon.key(word.hash, scripts: word.scripts)
        if isNumber {
            counts.numbers += 1
            counts.numberDigits += word.digits
            if previous.lastKind == ScalarClass.currency.rawValue, previous.between == 1 { counts.amounts += 1 }
        } else {
            isPreposition = countLetters(letters, key)
        }
        words.append(key, length: word.length)
        sentence.words += 1
        // A function word ends a run and belongs to none.
        if sentence.functionWords == functionWords { sentence.stopless += 1 }
        if word.beginsWithCapital {
            sentence.capitals += 1
        } else if !isNumber {
            endCapitalRun()
        }
        previous = Previous(
            isNumber: isNumber, isPreposition: isPreposition, endsInLetter: !isNumber, hasSpace: false,
            sentenceEnds: false, phoneDigits: previous.phoneDigits)
        word = Word()
    }

    /// Whether the current word and the one before are parts of one identifier, as in `a/b`, `snake_case`, `key=value` and
    /// `object.method`. Abbreviations (`e.g.`) and sentences without a space between them are not.
    private func joinsWordBefore(isNumber: Bool) -> Bool {
        guard !previous.hasSpace, previous.between == 1, previous.endsInLetter || !isNumber else { return false }
        switch previous.mark {
        case UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "\\"): return true
        case UInt8(ascii: "."): return !isNumber && word.length > 1 && !word.beginsWithCapital
        default: return false
        }
    }

    /// Counts a word that has letters. Returns whether it is in `WordGroup.preposition`.
    private mutating func countLetters(_ letters: Int, _ key: UInt64) -> Bool {
        counts.wordsWithLetters += 1
        token.hasLetters = true
        if word.capitals == letters {
            if letters > 1 { counts.capitalWords += 1 }
        } else {
            if word.beginsWithCapital { counts.capitalizedWords += 1 }
            if word.hasInnerCapital { counts.innerCapitals += 1 }
        }
        if word.digits > 0 { counts.digitWords += 1 }
        if word.hasDigitBetween { counts.digitsBetweenLetters += 1 }
        if word.scripts.nonzeroBitCount > 1 { counts.mixedWords += 1 }

        var payload = Lexicon.payload(lexicon, key)
        var known = payload & (1 << Lexicon.firstGroup - 1)
        if known != 0 {
            sentence.functionWords += 1
            endStoplessRun()
        }
        while known != 0 {
            languages.increment(at: known.trailingZeroBitCount + 1)
            known &= known - 1
        }
        if word.length >= Lexicon.beginning {
            payload |= Lexicon.payload(
                lexicon, Lexicon.key(word.beginning, scripts: word.scripts) ^ Lexicon.beginningMark)
        }
        var found = payload >> Lexicon.firstGroup
        let isPreposition = found & 1 << WordGroup.preposition.rawValue != 0
        if isPreposition {
            counts.prepositions += 1
            if previous.isPreposition, previous.between == 0 { counts.prepositionPairs += 1 }
        }
        let currency: UInt32 = 1 << WordGroup.currency.rawValue
        if found & currency != 0 {
            if previous.isNumber, previous.between == 0 { counts.amounts += 1 }
        } else if word.digits > 0, word.digits < word.length, !word.hasDigitAfterLetter {
            let unit = Lexicon.payload(lexicon, Lexicon.key(word.unit, scripts: word.scripts))
            if unit >> Lexicon.firstGroup & currency != 0 { counts.amounts += 1 }
        }
        while found != 0 {
            groups.increment(at: found.trailingZeroBitCount)
            found &= found - 1
        }
        return isPreposition
    }

    /// Ends the current sentence. Its words count as running text if it is complete, has a plausible length, begins with
    /// a capital or a digit, and at least a tenth of its words are function words.
    mutating func endSentence(isComplete: Bool) {
        counts.sentenceSquares += sentence.words * sentence.words
        if sentence.words > 0, sentence.words < Self.shortSentence { counts.shortSentences += 1 }
        if isComplete, sentence.hasStart, Self.sentenceLengths.contains(sentence.words),
            sentence.functionWords * 10 >= sentence.words
        {
            counts.sentenceWords += sentence.words
        }
        sentence.words = 0
        sentence.functionWords = 0
    }

    /// Ends the run of words without function words.
    mutating func endStoplessRun() {
        let run = sentence.stopless
        if run >= Self.stoplessRun { counts.stoplessWords += run }
        if run >= Self.longStoplessRun { counts.longStoplessWords += run }
        counts.gapWords += run * min(run, Self.longestGap)
        sentence.stopless = 0
    }

    /// Ends the run of words that begin with a capital.
    mutating func endCapitalRun() {
        if sentence.capitals >= Self.capitalRun { counts.capitalRunWords += sentence.capitals }
        sentence.capitals = 0
    }
}
