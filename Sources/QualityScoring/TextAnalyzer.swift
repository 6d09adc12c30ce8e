#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Computes the statistics of texts. It reuses its buffers, so only one thread at a time may use it.
package final class TextAnalyzer {
    private var canonical = CanonicalText()
    private var shortTexts = ShortTexts()
    private var scan = TextScan()
    private var repeats = Repeats()

    package init() {}

    /// Computes the statistics of one text.
    ///
    /// - Parameters:
    ///   - text: UTF-8. Each ill-formed sequence counts as U+FFFD.
    ///   - values: memory for `TextStatistics.count` values, in the order of `TextStatistics.all`; is overwritten.
    /// - Returns: the length, script and language of the text, and why it cannot be judged, if so.
    package func analyze(
        _ text: UnsafeBufferPointer<UInt8>, into values: UnsafeMutablePointer<Float>
    ) -> TextProfile {
        scan.run(canonical.read(text))
        repeats.look(words: scan.words)
        let values = Values(values: values)
        putWords(values)
        putCharacters(values)
        putSentences(values)
        putRepeats(values)
        putDamage(values)
        putSpam(values)
        var profile = scan.profile
        profile.unscored = reasonUnscored(text)
        return profile
    }

    private func reasonUnscored(_ text: UnsafeBufferPointer<UInt8>) -> Unscored? {
        // Marks and links that the canonical form leaves out are not blank, and may have letters.
        if scan.counts.visible == 0, CanonicalText.isBlank(text) { return .blank }
        if letters == 0, !CanonicalText.hasLetter(text) { return .noLetters }
        return shortTexts.contain(text) ? .tooShort : nil
    }

    private struct Values {
        let values: UnsafeMutablePointer<Float>

        subscript(statistic: TextStatistic) -> Float {
            get { values[statistic.rawValue] }
            nonmutating set { values[statistic.rawValue] = newValue }
        }
    }

    /// The share of a part in the whole, at most 1; 0 if the whole is 0.
    private func share(_ part: Int, _ whole: Int) -> Float {
        whole > 0 ? min(1, Float(part) / Float(whole)) : 0
    }

    private func logOf(_ count: Float) -> Float { log1p(count) }

    private func classes(_ classes: ScalarClass...) -> Int {
        var sum = 0
        for kind in classes { sum += scan.classes[Int(kind.rawValue)] }
        return sum
    }

    private func group(_ group: WordGroup) -> Int { scan.groups[Int(group.rawValue)] }

    private var letters: Int { classes(.lower, .upper, .otherLetter, .styledLetter, .ideograph) }

    private func putWords(_ values: Values) {
        let counts = scan.counts
        let words = counts.words
        let mean = Float(counts.wordScalars) / Float(max(1, words))
        let squares = Float(counts.wordSquares) / Float(max(1, words))
        values[.meanWordLength] = mean
        values[.wordLengthDeviation] = max(0, squares - mean * mean).squareRoot()
        values[.longWordShare] = share(counts.longWords, words)
        values[.oneLetterWordShare] = share(counts.wordsOfOne, words)
        values[.lettersTokenShare] = share(counts.tokensWithLetters, counts.tokens)
        values[.identifierShare] = share(counts.identifiers, counts.tokens)
        values[.numberShare] = share(counts.numbers, words)
        values[.meanNumberLength] = logOf(Float(counts.numberDigits) / Float(max(1, counts.numbers)))
        values[.capitalWordShare] = share(counts.capitalWords, words)
        values[.capitalizedWordShare] = share(counts.capitalizedWords, words)
        values[.innerCapitalShare] = share(counts.innerCapitals, words)
        values[.digitWordShare] = share(counts.digitWords, words)
        values[.digitInsideShare] = share(counts.digitsBetweenLetters, words)
        values[.mixedScriptShare] = share(counts.mixedWords, words)
        values[.innerSymbolShare] = share(counts.innerSymbols, words)
        values[.missingSpaceShare] = share(counts.missingSpaces, words)
        values[.spaceBeforePunctuationShare] = share(counts.spacesBeforePunctuation, words)
        values[.functionBeforePunctuationShare] = share(counts.functionBeforePunctuation, counts.prepositions)
        values[.prepositionPairShare] = share(counts.prepositionPairs, counts.prepositions)
        values[.capitalInsideShare] = share(counts.capitalsInside, words)
        var most = 0
        for language in Lexicon.languages { most = max(most, scan.languages[Int(language.rawValue)]) }
        values[.stopWordShare] = share(most, words)
        values[.stoplessRunShare] = share(counts.stoplessWords, words)
        values[.longStoplessRunShare] = share(counts.longStoplessWords, words)
        values[.functionWordGap] = logOf(Float(counts.gapWords) / Float(max(1, words)))
        let bits = LetterPairs.bitsPerStep * Float(counts.pairSteps) / Float(max(1, counts.pairs))
        values[.letterSurprise] = counts.pairs > 0 ? bits - LetterPairs.ordinaryBits : 0
        values[.strangeWordShare] = share(counts.strangeWords, words)
        values[.vowellessShare] = share(counts.vowellessWords, words)
    }

    private func putCharacters(_ values: Values) {
        let visible = scan.counts.visible
        let letters = letters
        let punctuation = classes(
            .period, .exclamation, .question, .ellipsis, .comma, .colon, .quote, .apostrophe, .dash, .open, .close,
            .otherPunctuation)
        let symbols = classes(
            .hash, .at, .less, .greater, .ampersand, .slash, .otherASCII, .currency, .bullet, .emoji, .box,
            .otherSymbol)
        values[.letterShare] = share(letters, visible)
        values[.upperCaseShare] = share(classes(.upper), letters)
        values[.digitShare] = share(classes(.digit, .otherNumber), visible)
        values[.punctuationShare] = share(punctuation, visible)
        values[.symbolShare] = share(symbols, visible)
        values[.braceShare] = share(scan.counts.braces, visible)
        values[.periodShare] = share(classes(.period), visible)
        values[.commaShare] = share(classes(.comma), visible)
        values[.colonShare] = share(classes(.colon), visible)
        values[.quoteShare] = share(classes(.quote), visible)
        values[.dashShare] = share(classes(.dash), visible)
        values[.bracketShare] = share(classes(.open, .close), visible)
        values[.exclamationShare] = share(classes(.exclamation), visible)
        values[.questionShare] = share(classes(.question), visible)
        values[.currencyShare] = share(classes(.currency), visible)
        values[.emojiShare] = share(classes(.emoji), visible)
        values[.bracketedShare] = share(scan.counts.bracketScalars, scan.counts.scalars)
        values[.minorScriptShare] = share(letters - lettersOfMainScript, letters)
        values[.styledLetterShare] = share(classes(.styledLetter), letters)
    }

    /// The letters of the most frequent script. Japanese is written in two.
    private var lettersOfMainScript: Int {
        let together = [Script.kana, .han].reduce(0) { $0 + scan.scripts[Int($1.rawValue)] }
        return Script.allCases.reduce(together) { max($0, scan.scripts[Int($1.rawValue)]) }
    }

    private func putSentences(_ values: Values) {
        let counts = scan.counts
        values[.sentenceCapitalShare] = share(counts.sentencesWithCapital, counts.sentences)
        let mean = Float(counts.words) / Float(max(1, counts.sentences))
        let squares = Float(counts.sentenceSquares) / Float(max(1, counts.sentences))
        values[.logSentenceLength] = logOf(mean)
        values[.sentenceLengthDeviation] = logOf(max(0, squares - mean * mean).squareRoot())
        values[.shortSentenceShare] = share(counts.shortSentences, counts.sentences)
        values[.sentenceWordShare] = share(counts.sentenceWords, counts.words)
        values[.capitalRunShare] = share(counts.capitalRunWords, counts.words)
        values[.ellipsisWordRatio] = share(classes(.ellipsis), counts.words)
        values[.terminalWordRatio] = share(counts.terminals, counts.words)
    }

    private func putRepeats(_ values: Values) {
        values[.recentWordShare] = repeats.recentShare
        values[.repeatedNeighbourShare] = repeats.neighbourShare
        values[.duplicate5GramShare] = repeats.duplicate5Share
        values[.duplicate10GramShare] = repeats.duplicate10Share
    }

    private func putDamage(_ values: Values) {
        let counts = scan.counts
        let visible = counts.visible
        values[.replacementShare] = share(classes(.replacement), visible)
        values[.accentedShare] = share(counts.accented, letters)
        values[.utf8AsCP1251Share] = share(2 * counts.cp1251Pairs, visible)
        values[.utf8AsLatin1Share] = share(2 * counts.latin1Pairs, visible)
        values[.c1ControlShare] = share(classes(.c1Control), visible)
        values[.questionRunShare] = share(counts.questionRuns, visible)
        values[.boxShare] = share(classes(.box), visible)
        values[.controlShare] = share(classes(.control, .unassigned), visible)
        values[.zeroWidthShare] = share(classes(.format), visible)
        values[.runShare] = share(counts.runs, visible)
        values[.tagShare] = share(counts.tagScalars, counts.scalars)
        values[.entityShare] = share(counts.entities, counts.tokens)
    }

    private func putSpam(_ values: Values) {
        let counts = scan.counts
        values[.linkShare] = share(counts.links + canonical.links, counts.tokens + canonical.links)
        values[.emailShare] = share(counts.addresses, counts.tokens)
        values[.mentionShare] = share(counts.mentions, counts.tokens)
        values[.hashtagShare] = share(counts.hashtags, counts.tokens)
        values[.phoneShare] = share(counts.phones, counts.tokens)
        values[.amountShare] = share(counts.amounts, counts.words)
        values[.firstPersonShare] = share(group(.firstPerson), counts.words)
        values[.companyShare] = share(group(.company), counts.words)
        values[.secondPersonShare] = share(group(.secondPerson), counts.words)
        values[.thirdPersonShare] = share(group(.thirdPerson), counts.words)
        values[.particleShare] = share(group(.particle), counts.words)
        values[.earningWordShare] = share(group(.earning), counts.words)
        values[.contactWordShare] = share(group(.contact), counts.words)
        values[.offerWordShare] = share(group(.offer), counts.words)
        values[.urgencyWordShare] = share(group(.urgency), counts.words)
        values[.timeWordShare] = share(group(.time), counts.words)
    }
}
