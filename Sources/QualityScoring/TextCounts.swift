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
    var wordsOfOne = 0
    var longWords = 0
    var wordsWithLetters = 0
    var numbers = 0
    var numberDigits = 0
    var capitalWords = 0
    var capitalizedWords = 0
    var innerCapitals = 0
    var digitWords = 0
    var digitsBetweenLetters = 0
    var mixedWords = 0
    var strangeWords = 0
    /// Pairs of neighbouring letters, and the sum of their surprises in steps of the table `LetterPairs`.
    var pairs = 0
    var pairSteps = 0
    var amounts = 0
    /// Words in runs of at least `TextScan.stoplessRun` words without a function word.
    var stoplessWords = 0
    /// Words in runs of at least `TextScan.capitalRun` words that begin with a capital.
    var capitalRunWords = 0

    var tokens = 0
    var tokensWithLetters = 0
    /// Links that are left in the canonical form: names of hosts.
    var links = 0
    /// E-mail addresses.
    var addresses = 0
    var mentions = 0
    var hashtags = 0
    var phones = 0

    var sentences = 0
    var sentencesWithCapital = 0
    /// Words in sentences of running text (`TextScan.endSentence`).
    var sentenceWords = 0
    var capitalsInside = 0
    var innerSymbols = 0
    var spacesBeforePunctuation = 0
    var missingSpaces = 0
    var functionBeforePunctuation = 0
    var prepositionPairs = 0
    var prepositions = 0

    var tags = 0
    var tagScalars = 0
    var entities = 0
    var bracketScalars = 0
    var braces = 0
    var accented = 0
    var cp1251Pairs = 0
    var latin1Pairs = 0
}
