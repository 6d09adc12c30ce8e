/// The statistics, in the order in which heads store their weights.
enum TextStatistic: Int, CaseIterable {
    case meanWordLength, wordLengthDeviation, longWordShare, oneLetterWordShare, letterShare
    case upperCaseShare, digitShare, punctuationShare, symbolShare, ellipsisWordRatio, terminalWordRatio, braceShare
    case periodShare, commaShare, colonShare, quoteShare, dashShare, bracketShare, exclamationShare, questionShare
    case currencyShare, emojiShare, lettersTokenShare, identifierShare, numberShare, meanNumberLength, capitalWordShare
    case capitalizedWordShare, innerCapitalShare, digitWordShare, digitInsideShare, mixedScriptShare
    case styledLetterShare, innerSymbolShare, missingSpaceShare, spaceBeforePunctuationShare
    case functionBeforePunctuationShare, prepositionPairShare, capitalInsideShare, capitalRunShare
    case sentenceCapitalShare, logSentenceLength, sentenceLengthDeviation, shortSentenceShare, sentenceWordShare
    case recentWordShare, repeatedNeighbourShare, duplicate5GramShare, duplicate10GramShare, stopWordShare
    case stoplessRunShare, longStoplessRunShare, functionWordGap, minorScriptShare, letterSurprise, strangeWordShare
    case vowellessShare
    case replacementShare, accentedShare, utf8AsCP1251Share, utf8AsLatin1Share, c1ControlShare, questionRunShare
    case boxShare, controlShare, zeroWidthShare, runShare, linkShare, emailShare, mentionShare, hashtagShare
    case phoneShare, amountShare, tagShare, entityShare, bracketedShare, firstPersonShare, companyShare
    case secondPersonShare, thirdPersonShare, particleShare, earningWordShare, contactWordShare, offerWordShare
    case urgencyWordShare, timeWordShare

    /// The name in heads and reports: the name of the case in lower case, with underscores.
    var name: String {
        var name = ""
        var last: Character = "_"
        for character in "\(self)" {
            if character.isUppercase, !last.isUppercase { name += "_" }
            name += character.lowercased()
            last = character
        }
        return name
    }

    /// One sentence that says what the statistic is, its unit, and its source if it was published.
    var summary: String {
        switch self {
        case .meanWordLength: "characters per word (Gopher)"
        case .wordLengthDeviation: "standard deviation of the words' lengths in characters"
        case .longWordShare: "words of more than 20 characters, of all words"
        case .oneLetterWordShare: "words of one character, of all words"
        case .letterShare: "letters, of all characters that are not white space"
        case .upperCaseShare: "capitals, of all letters"
        case .digitShare: "digits, of all characters that are not white space"
        case .punctuationShare: "punctuation, of all characters that are not white space"
        case .symbolShare:
            "symbols (neither letters, digits, punctuation nor white space), of all characters that are not white space"
        case .ellipsisWordRatio: "ellipses per word, 1 at most (Gopher)"
        case .terminalWordRatio: "ends of sentences (. ! ? or … before white space or the end) per word, 1 at most"
        case .braceShare: "curly braces, of all characters that are not white space (C4)"
        case .periodShare: "full stops, of all characters that are not white space"
        case .commaShare: "commas, of all characters that are not white space"
        case .colonShare: "colons and semicolons, of all characters that are not white space"
        case .quoteShare: "quotation marks, of all characters that are not white space"
        case .dashShare: "hyphens and dashes, of all characters that are not white space"
        case .bracketShare: "brackets, of all characters that are not white space"
        case .exclamationShare: "exclamation marks, of all characters that are not white space"
        case .questionShare: "question marks, of all characters that are not white space"
        case .currencyShare: "currency signs, of all characters that are not white space"
        case .emojiShare: "emoji and pictographs, of all characters that are not white space"
        case .lettersTokenShare:
            "tokens (runs of characters without white space) with a letter, of all tokens (Gopher: alphabetic words)"
        case .identifierShare:
            "tokens with / _ = : \\ between words, a full stop before a small letter, `()`, `::`, or one of { } < >, of all "
                + "tokens: paths, code and settings"
        case .numberShare: "words of digits alone, of all words"
        case .meanNumberLength: "digits per word of digits alone, as log(1 + x)"
        case .capitalWordShare: "words of two capitals or more and no small letter, of all words"
        case .capitalizedWordShare: "words that begin with a capital and have small letters, of all words"
        case .innerCapitalShare: "words with a capital after a small letter, of all words"
        case .digitWordShare: "words of letters and digits, of all words"
        case .digitInsideShare: "words with a digit between letters (`p0st`), of all words"
        case .mixedScriptShare: "words with letters of several scripts, of all words"
        case .styledLetterShare: "small capitals, phonetic and mathematical letters, of all letters"
        case .innerSymbolShare: "single symbols between two letters (`lett|er`), per word, 1 at most"
        case .missingSpaceShare:
            "words that follow , ! ? : ; or, with a capital, a full stop without a space, of all words"
        case .spaceBeforePunctuationShare: "white space before . , ! ? : ; per word"
        case .functionBeforePunctuationShare:
            "prepositions, conjunctions and articles that punctuation follows, of all of these"
        case .prepositionPairShare: "prepositions, conjunctions and articles that follow one another, of all of these"
        case .capitalInsideShare: "words that begin with a capital inside a sentence, of all words"
        case .capitalRunShare:
            "words in runs of four or more words that begin with a capital, of all words: menus and lists of names"
        case .sentenceCapitalShare: "sentences that begin with a capital or a digit, of all sentences"
        case .logSentenceLength: "log(1 + words per sentence); a sentence ends with . ! ? … and white space"
        case .sentenceLengthDeviation: "log(1 + standard deviation of the words per sentence)"
        case .shortSentenceShare: "sentences of one or two words, of all sentences"
        case .sentenceWordShare:
            "words in sentences of running text, of all words: 4 to 80 words, the first with a capital or a digit, a "
                + "tenth of them function words, and . ! ? or … at the end (after C4 and jusText)"
        case .recentWordShare: "words that occurred among the 50 words before, of all words"
        case .repeatedNeighbourShare: "words that equal the word before, of all words"
        case .duplicate5GramShare:
            "characters in runs of 5 words that repeat earlier ones, of those of all words (Gopher)"
        case .duplicate10GramShare:
            "characters in runs of 10 words that repeat earlier ones, of those of all words (Gopher)"
        case .stopWordShare:
            "function words of the language that has the most of them here, of all words (Gopher: stop words)"
        case .stoplessRunShare:
            "words in runs of eight or more words without a function word of any language, of all words"
        case .longStoplessRunShare:
            "words in runs of twelve or more words without a function word of any language, of all words"
        case .functionWordGap:
            "log(1 + mean length, over all words, of the run without a function word that a word is in, 50 at most)"
        case .minorScriptShare: "letters of other scripts than the most frequent one, of all letters"
        case .letterSurprise:
            "surprise per pair of letters, in bits above that of ordinary Russian and English; 0 without such letters"
        case .strangeWordShare: "words whose pairs of letters surprise by 6 bits each or more, of all words"
        case .vowellessShare: "Russian and English words of four or more letters without a vowel, of all words"
        case .replacementShare: "U+FFFD, of all characters that are not white space"
        case .accentedShare: "À to ÿ, of all letters: Windows-1251 read as Latin-1"
        case .utf8AsCP1251Share:
            "characters in pairs such as `Рџ`, of all characters that are not white space: UTF-8 read as Windows-1251"
        case .utf8AsLatin1Share:
            "characters in pairs such as `Ð¿`, of all characters that are not white space: UTF-8 read as Latin-1"
        case .c1ControlShare:
            "U+0080 to U+009F, of all characters that are not white space: Windows-1252 read as Latin-1"
        case .questionRunShare:
            "question marks in runs of three or more, of all characters that are not white space: letters that were "
                + "lost"
        case .boxShare: "box drawing and blocks, of all characters that are not white space: CP866 and OCR"
        case .controlShare: "control characters and unassigned ones, of all characters that are not white space"
        case .zeroWidthShare: "format characters and variation selectors, of all characters that are not white space"
        case .runShare:
            "characters in runs of four or more equal ones, digits excepted, of all characters that are not white space"
        case .linkShare: "links (with a scheme, www, the name of a host, or of Markdown), per token, 1 at most"
        case .emailShare: "e-mail addresses, of all tokens"
        case .mentionShare: "tokens that begin with @ and a letter, of all tokens"
        case .hashtagShare: "tokens that begin with # and a letter, of all tokens"
        case .phoneShare:
            "possible telephone numbers (7 to 15 digits, with spaces, hyphens and brackets), per token, 1 at most"
        case .amountShare: "amounts of money (a number and a currency), per word, 1 at most"
        case .tagShare: "characters in HTML tags, of all characters"
        case .entityShare: "HTML entities, per token, 1 at most"
        case .bracketedShare: "characters in brackets that close within 300 characters, of all characters"
        case .firstPersonShare: "I, me, my (Russian, English), of all words"
        case .companyShare: "we, us, our (Russian, English), of all words"
        case .secondPersonShare: "you, your (Russian, English), of all words"
        case .thirdPersonShare: "he, she, it, they, that (Russian, English), of all words"
        case .particleShare: "words of conversation (Russian, English), of all words"
        case .earningWordShare: "words of work and money (Russian, English), of all words"
        case .contactWordShare: "words that ask to write, call or look (Russian, English), of all words"
        case .offerWordShare: "words of offers (Russian, English), of all words"
        case .urgencyWordShare: "words of haste (Russian, English), of all words"
        case .timeWordShare: "days, weeks, hours (Russian, English), of all words"
        }
    }

    /// What the statistic counts or averages over. A text with few of these gives an unreliable value.
    var basis: StatisticBasis {
        switch self {
        case .letterShare, .upperCaseShare, .digitShare, .punctuationShare, .symbolShare, .braceShare,
            .periodShare, .commaShare, .colonShare, .quoteShare, .dashShare, .bracketShare, .exclamationShare,
            .questionShare, .currencyShare, .emojiShare, .styledLetterShare, .minorScriptShare, .replacementShare,
            .accentedShare, .utf8AsCP1251Share, .utf8AsLatin1Share, .c1ControlShare, .questionRunShare, .boxShare,
            .controlShare, .zeroWidthShare, .runShare, .tagShare, .bracketedShare:
            .characters
        case .sentenceCapitalShare, .logSentenceLength, .sentenceLengthDeviation, .shortSentenceShare: .sentences
        default: .words
        }
    }
}
