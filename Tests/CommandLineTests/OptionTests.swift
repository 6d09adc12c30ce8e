import TestSupport
import Testing

/// Options, their values, help and version.
@Suite struct OptionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 4, seed: 1))
    }

    static let badValues: [[String]] = [
        ["--threads", "0"], ["--threads", "-1"], ["--threads", "x"], ["--threads", "1.5"], ["--threads", "1000000"],
        ["--threads", ""],
        ["--memory", "255M"], ["--memory", "0"], ["--memory", "-1G"], ["--memory", "lots"], ["--memory", ""],
        ["--memory", "1X"],
        ["--memory", "inf"], ["--memory", "1e9"], ["--memory", "99999999T"], ["--memory", "G"],
        ["--threshold", "1.5"], ["--threshold", "-0.1"], ["--threshold", "0.7001"], ["--threshold", "x"],
        ["--threshold", ""],
        ["--threshold", "nan"], ["--threshold", "70%"],
        ["--seeds", "0"], ["--seeds", "x"], ["--seeds", "99"], ["--bands", "0"], ["--bands", "11"], ["--bands", "x"],
        ["--rows", "0"],
        ["--rows", "11"], ["--rows", "99999999999999999999"], ["--shingle-size", "0"], ["--shingle-size", "x"],
        ["--shingle-unit", "byte"],
        ["--shingle-unit", ""], ["--normalization", "NFC "], ["--normalization", "nfd"], ["--min-words", "-1"],
        ["--min-words", "x"],
        ["--match", "fuzzy"], ["--on-bad-line", "skip"], ["--on-bad-line", ""], ["--level", "23"], ["--level", "x"],
        ["--level", "-9999999"], ["--level", ""], ["--pipeline", "gone.yaml"], ["--pipeline", ""],
        ["--match", "exact", "--threshold", "0.8"], ["--match", "exact", "--bands", "5"], ["--text-field", ""],
        ["--pipeline", "exact", "--shingle-size", "3"], ["--pipeline", "exact", "--threshold", "0.5"],
    ]

    @Test(arguments: badValues)
    func aBadValueIsAUsageError(_ arguments: [String]) throws {
        let outcome = try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path)
        #expect(outcome.code == 2, "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        let first = try #require(outcome.errorLines.first)
        let option = arguments[arguments.count - 2].dropFirst(2)
        #expect(first.contains(option) || first.contains(arguments.last!), "\(outcome.error)")
        #expect(first.utf8.count < 400)
        #expect(!folder.exists("out"))
    }

    @Test(arguments: [
        ["run", "in", "--out", "out", "--wat"], ["run", "in", "--out", "out", "-x"], ["run", "in", "--out"], ["wat"],
        ["run", "in", "--out", "out", "--thread", "2"], ["--wat"], ["curve", "in"], ["curve", "--bands", "x"],
        ["curve", "--rows"],
        ["run", "in", "--out", "out", "--quiet=yes"],
    ])
    func unknownOptionsAreUsageErrors(_ arguments: [String]) throws {
        let outcome = try dedup(arguments, in: folder.path)
        #expect(outcome.code == 2, "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.errorLines.count == 1)
        #expect(outcome.error.hasPrefix("dedup: "), "\(outcome.error)")
        #expect(outcome.error.contains("see --help"))
        #expect(!folder.exists("out"))
    }

    @Test(arguments: [["--bands", "0"], ["--rows", "0"], ["--bands", "5000"], ["--rows", "5000"]])
    func badValuesOfCurveAreUsageErrors(_ arguments: [String]) throws {
        expectFailure(try dedup(["curve"] + arguments), 2, naming: "--bands and --rows", "1 to 4096")
    }

    @Test(arguments: [
        ["--threads", "1"], ["--threads", "64"], ["--memory", "256M"], ["--memory", "268435456"],
        ["--memory", "0.25G"],
        ["--memory", "256MiB"], ["--memory", "1g"], ["--threshold", "0"], ["--threshold", "0.999"],
        ["--threshold", "0.05"],
        ["--level", "-3"], ["--level=-3"], ["--level", "22"], ["--bands", "1", "--rows", "1"], ["--seeds", "4096"],
        ["--shingle-size", "1"], ["--shingle-size", "1000"], ["--shingle-unit", "char"], ["--normalization", "none"],
        ["--normalization", "nfkc"], ["--min-words", "1000000"], ["--match", "exact"], ["--match", "jaccard"],
        ["--pipeline", "recall"],
        ["--pipeline", "exact"], ["--pipeline", "short-texts"], ["--pipeline", "deberta"],
        ["--pipeline", "exact", "--match", "jaccard"],
        ["--pipeline", "exact", "--match", "jaccard", "--threshold", "0.5"],
    ])
    func goodValuesAreTaken(_ arguments: [String]) throws {
        expectSuccess(try dedup(["run", "in", "--out", "out"] + arguments, in: folder.path))
        #expect(folder.shards() == ["a.jsonl"])
        let corpus = try folder.report().corpus
        #expect(corpus.documents == 4 && corpus.kept + corpus.removed + corpus.dropped == 4)
    }

    @Test(arguments: [
        ["--help"], ["-h"], ["help"], ["run", "--help"], ["run", "-h"], ["help", "run"], ["curve", "--help"],
    ])
    func helpIsShown(_ arguments: [String]) throws {
        let outcome = try dedup(arguments)
        expectSuccess(outcome)
        #expect(outcome.error.isEmpty)
        #expect(outcome.outputText.contains("USAGE: dedup"))
        if arguments.contains("run") {
            for option in [
                "--out", "--pipeline", "--text-field", "--id-field", "--normalization", "--min-words", "--shingle-unit",
                "--shingle-size", "--match", "--threshold", "--seeds", "--bands", "--rows", "--on-bad-line", "--level",
                "--threads", "--memory", "--dry-run", "--force", "--json", "--quiet", "--against", "--against-changed",
                "--strict-inputs", "--strict-order", "--verify-inputs",
            ] {
                #expect(outcome.outputText.contains(option + " "), "\(option)")
            }
        }
    }

    @Test func theVersionIsShown() throws {
        let outcome = try dedup("--version")
        expectSuccess(outcome)
        #expect(outcome.outputText.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
        #expect(outcome.error.isEmpty)
    }

    @Test func theCurveIsShown() throws {
        let outcome = try dedup("curve", "--bands", "20", "--rows", "5")
        expectSuccess(outcome)
        #expect(outcome.outputText.contains("20 bands of 5 rows: 100 seeds"))
        #expect(outcome.error.isEmpty)
    }

    @Test func helpNeedsNoLocale() throws {
        for locale in ["C", "ru_RU.UTF-8", "none"] {
            let outcome = try dedup(
                ["run", "in", "--out", "out-\(locale)", "--json"], in: folder.path,
                environment: ["LC_ALL": locale, "LANG": locale, "TZ": "nowhere"])
            expectSuccess(outcome)
            #expect(try Report(outcome.output).corpus.documents == 4)
        }
    }
}
