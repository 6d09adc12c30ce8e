/// The counts of one pass over a text (`TextScan`), from which `TextAnalyzer` computes the statistics.
struct TextCounts: BitwiseCopyable {
    var scalars = 0
    /// Scalars other than white space.
    var visible = 0
    /// Scalars in runs of four or more equal ones, digits and white space excepted.
    var runs = 0
    /// Scalars in runs of three question marks or more.
    var questionRuns = 0

    var words = 0
    /// Letters, marks and digits in words.
    var wordScalars = 0
    /// The sum of the squared lengths of the words, for the standard deviation.
    var wordSquares = 0
    /// Words of one scalar.
    var wordsOfOne = 0
    /// Words of more than 20 scalars.
    var longWords = 0
    var wordsWithLetters = 0
    /// Words of digits only, and the digits in them.
    var numbers = 0
    var numberDigits = 0
    /// Words of at least two capitals without small letters.
    var capitalWords = 0
    /// Words that begin with a capital and have small letters.
    var capitalizedWords = 0
    /// Words with a capital after a small letter.
    var innerCapitals = 0
    /// Words with letters and digits.
    var digitWords = 0
    /// Words with a digit between two letters.
    var digitsBetweenLetters = 0
    /// Words with letters of several scripts.
    var mixedWords = 0
    /// Words whose letter pairs have a mean surprise of at least 6 bits.
    var strangeWords = 0
    /// Words of at least four letters, all of them Russian or English ones, without a vowel.
    var vowellessWords = 0
    /// Pairs of neighbouring letters, and the sum of their surprises in steps of the table `LetterPairs`.
    var pairs = 0
    var pairSteps = 0
    /// Amounts of money: a number and a currency.
    var amounts = 0
    /// Words in runs of at least `TextScan.stoplessRun` words without a function word.
    var stoplessWords = 0
    /// Words in runs of at least `TextScan.longStoplessRun` words without a function word.
    var longStoplessWords = 0
    /// The sum, over all words without function words, of the length of the run that a word is in, each at most
    /// `TextScan.longestGap`.
    var gapWords = 0
    /// Words in runs of at least `TextScan.capitalRun` words that begin with a capital.
    var capitalRunWords = 0

    /// Runs of scalars without white space.
    var tokens = 0
    var tokensWithLetters = 0
    /// Tokens such as `a/b`, `snake_case`, `key=value`, `object.method` and `call()`.
    var identifiers = 0
    /// Links that are left in the canonical form: names of hosts.
    var links = 0
    /// E-mail addresses.
    var addresses = 0
    /// Tokens such as `@name`.
    var mentions = 0
    /// Tokens such as `#topic`.
    var hashtags = 0
    /// Possible telephone numbers.
    var phones = 0

    var sentences = 0
    /// Marks that end a sentence, if white space or the end of the text follows.
    var terminals = 0
    /// The sum of the squared numbers of words of the sentences, for the standard deviation.
    var sentenceSquares = 0
    /// Sentences of fewer than `TextScan.shortSentence` words.
    var shortSentences = 0
    /// Sentences that begin with a capital or a digit.
    var sentencesWithCapital = 0
    /// Words in sentences of running text (`TextScan.endSentence`).
    var sentenceWords = 0
    /// Words inside a sentence that begin with a capital.
    var capitalsInside = 0
    /// Single symbols between two letters, as in `lett|er`.
    var innerSymbols = 0
    /// Punctuation marks after white space.
    var spacesBeforePunctuation = 0
    /// Words that follow a punctuation mark without a space.
    var missingSpaces = 0
    /// Words of `WordGroup.preposition` that punctuation follows directly.
    var functionBeforePunctuation = 0
    /// Words of `WordGroup.preposition` that follow another one directly.
    var prepositionPairs = 0
    /// Words of `WordGroup.preposition`: prepositions, conjunctions and articles.
    var prepositions = 0

    /// HTML tags, and the scalars in them.
    var tags = 0
    var tagScalars = 0
    /// HTML entities.
    var entities = 0
    /// Scalars in brackets that close within `TextScan.longestBracket`.
    var bracketScalars = 0
    /// Curly braces.
    var braces = 0
    /// Scalars from À to ÿ.
    var accented = 0
    /// Pairs of scalars that show that UTF-8 was decoded as Windows-1251, or as Latin-1.
    var cp1251Pairs = 0
    var latin1Pairs = 0
}
