extension TextScan {
    /// Function words that a language is told by at least, and their least share of the words with letters.
    static let leastFunctionWords = 2
    static let leastFunctionShare = 0.08
    /// A text of this many words has function words of its language.
    static let wordsEnough = 20

    /// What kind of text was read.
    var profile: TextProfile {
        TextProfile(words: Int32(clamping: counts.words), script: script, language: language)
    }

    /// The script of most letters; of equals the first.
    private var script: Script {
        var best = Script.unknown
        for script in Script.allCases where scripts[Int(script.rawValue)] > scripts[Int(best.rawValue)] {
            best = script
        }
        return best
    }

    /// The language with the most function words, where letters speak too: those that only some languages have count
    /// half a word for these, and a whole one against all others.
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
