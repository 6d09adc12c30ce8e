extension TextScan {
    /// A language is recognized only if the text has at least this many of its function words ...
    static let leastFunctionWords = 2
    /// ... and if they are at least this share of the words with letters.
    static let leastFunctionShare = 0.08
    /// A text of at least this many words should have function words of its language. If no language is recognized in
    /// it, its language is `other`; that of a shorter text is `unknown`.
    static let wordsEnough = 20

    /// The profile of the text that was read last.
    var profile: TextProfile {
        TextProfile(
            words: Int32(clamping: counts.words), characters: Int32(clamping: counts.visible),
            sentences: Int32(clamping: counts.sentences), script: script, language: language)
    }

    /// The script with the most letters; the first of several with equally many.
    private var script: Script {
        var best = Script.unknown
        for script in Script.allCases where scripts[Int(script.rawValue)] > scripts[Int(best.rawValue)] {
            best = script
        }
        return best
    }

    /// The language with the most function words. Letters that only some languages use count as well: each counts as
    /// half a word for the languages that use it, and as a whole word against the others.
    private var language: Language {
        let all = PeculiarLetters.allCases.reduce(0) { $0 + peculiar[Int($1.rawValue)] }
        let least = Self.leastFunctionShare * Double(counts.wordsWithLetters)
        var (best, most) = (Language.unknown, 0.0)
        for language in Lexicon.languages {
            let words = languages[Int(language.rawValue)]
            guard words >= Self.leastFunctionWords, Double(words) >= least else { continue }
            let own = PeculiarLetters.of(language).reduce(0) { $0 + peculiar[Int($1.rawValue)] }
            let evidence = Double(words) + Double(own) / 2 - Double(all - own)
            if evidence > most { (best, most) = (language, evidence) }
        }
        return best == .unknown && counts.words >= Self.wordsEnough ? .other : best
    }
}
