import Basics
import Foundation
import TestSupport
import Testing

@testable import QualityScoring

@Suite struct HeadFileTests {
    static func head() -> Head {
        let features = 2 + TextStatistics.count
        func output(_ name: String, _ step: Double) -> Head.Output {
            Head.Output(
                name: name, bias: -step / 3, weights: (0..<features).map { Double($0) * step - 1e-17 },
                scaling: FeatureScaling(
                    means: (0..<features).map { Double($0) / 7 }, scales: (0..<features).map { 1e-9 + Double($0) },
                    least: (0..<features).map { -0.5 - Double($0) }, most: (0..<features).map { Double($0) * 1.1 }),
                calibration: Calibration(slope: 0.8125, intercept: -0.25),
                domain: Domain(words: 25...1200, scripts: [.cyrillic, .latin], languages: [.russian, .unknown]),
                good: 800, bad: 799, auc: 0.9375)
        }
        let origin = VectorOrigin(
            model: "0123456789abcdef0123456789abcdef", prefix: "", pooling: "mean", long: "mean",
            specialTokens: "model", maxTokens: 256, dimensions: 2, normalize: false, whitening: true,
            layout: "joined")
        let space = VectorSpace(
            centres: [[1, 0], [-0.6, 0.8]], limits: [.init(words: 16, distance: 0.9), .init(words: 99, distance: 0.7)])
        return Head(
            origin: origin, space: space, quality: Calibration(slope: 1.5, intercept: 0.75),
            outputs: [output("intact", 0.1), output("not \"spam\"\\\n", -1e300)])
    }

    @Test func aHeadIsReadBack() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/head.json"
        try Self.head().write(to: path)
        let read = try Head(file: path)
        #expect(read == Self.head() && read.json == Self.head().json)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["head.json"])
        #expect(read.output(named: "intact")?.auc == 0.9375 && read.output(named: "other") == nil)
    }

    @Test func aHeadWithoutCalibrationAndSpaceIsReadBack() throws {
        let folder = try TemporaryFolder()
        var head = Self.head()
        (head.space, head.quality) = (nil, nil)
        try head.write(to: folder.path + "/head.json")
        #expect(try Head(file: folder.path + "/head.json") == head)
    }

    /// A string in a valid file, its replacement, and a part of the resulting error.
    static let damages: [(String, String, String)] = [
        ("{\n\"schema\"", "[\n\"schema\"", "not JSON"),
        ("\"schema\": 2", "\"scheme\": 1", "is not a quality head"),
        ("\"schema\": 2", "\"schema\": 1", "has schema 1; this version of dedup reads schema 2"),
        ("\"schema\": 2", "\"schema\": \"2\"", "'schema' has to be a whole number"),
        ("\"statistics_version\": 2", "\"statistics_version\": 99", "text statistics of version 99"),
        ("\"mean_word_length\"", "\"mean_ward_length\"", "has text statistics of version 2"),
        ("\"mean_word_length\"", "7", "'statistics[0]' has to be a string"),
        ("\"vectors\"", "\"vector\"", "'vectors.model' is missing"),
        ("\"pooling\": \"mean\"", "\"pooling\": 3", "'vectors.pooling' has to be a string"),
        ("\"dimensions\": 2", "\"dimensions\": 3", "'space.centres[0]' has 2 numbers, not 3"),
        ("\"weights\": [", "\"weights\": [1, ", "'outputs[0].weights' has"),
        ("\"dimensions\": 2", "\"dimensions\": -2", "'vectors.dimensions' has to be a whole number"),
        ("\"dimensions\": 2", "\"dimensions\": 9223372036854775807", "'vectors.dimensions' has to be a whole number"),
        ("\"normalize\": false", "\"normalize\": 0", "'vectors.normalize' has to be true or false"),
        ("\"layout\": \"joined\"", "\"layout\": null", "'vectors.layout' has to be a string"),
        ("\"words\": 99", "\"words\": 9", "'space.limits' has to be in ascending order of words"),
        ("[1.0, 0.0]", "[1.0]", "'space.centres[0]' has 1 numbers, not 2"),
        ("\"slope\": 1.5", "\"slope\": -1", "'quality.slope' has to be at least 0"),
        ("\"quality\"", "\"qualities\"", "'quality.slope' is missing"),
        ("\"intercept\": -0.25", "\"intercept\": {}", "'outputs[0].calibration.intercept' has to be a number"),
        ("\"most\": [0.0", "\"most\": [-1", "'outputs[0].least' has a number above that in 'most'"),
        ("\"bias\": -0", "\"bias\": null, \"was\": -0", "'outputs[0].bias' has to be a number"),
        ("\"auc\": 0.9375", "\"auc\": []", "'outputs[0].auc' has to be a number"),
        ("\"good\": 800", "\"good\": -1", "'outputs[0].good' has to be a whole number"),
        ("[25, 1200]", "[1200, 25]", "'outputs[0].domain.words' has to be [least, most]"),
        ("[25, 1200]", "[25]", "'outputs[0].domain.words' has to be [least, most]"),
        ("\"cyrillic\"", "\"klingon\"", "'outputs[0].domain.scripts[0]' names no script"),
        ("[\"ru\"", "[\"xx\"", "'outputs[0].domain.languages[0]' names no language"),
        ("\"means\": [0.0", "\"means\": [\"a\"", "'outputs[0].means[0]' has to be a number"),
        ("\"means\": [0.0, ", "\"means\": [", "'outputs[0].means' has"),
        ("\"scales\": [1e-09", "\"scales\": [0", "'outputs[0].scales' has a scale that is not above 0"),
        ("\"name\": \"not \\\"spam\\\"\\\\\\u000a\"", "\"name\": \"intact\"", "'outputs' has two outputs of one name"),
    ]

    @Test(arguments: damages)
    func damagedAndForeignFilesAreRefused(_ old: String, _ new: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let text = Self.head().json
        #expect(text.contains(old), "the damage does not apply: \(old)")
        let path = try folder.write(text.replacing(old, with: new, maxReplacements: 1), to: "head.json")
        let told = try #require(try failure { _ = try Head(file: path) })
        #expect(told.hasPrefix(path) && told.contains(message) && !told.contains("\n"), "\(told)")
    }

    @Test func everyTruncatedFileIsRefused() throws {
        let folder = try TemporaryFolder()
        let text = Self.head().json
        for part in [0, 1, 40, text.count / 2, text.count - 4] {
            let path = try folder.write(String(text.prefix(part)), to: "head.json")
            let told = try #require(try failure { _ = try Head(file: path) })
            #expect(told.contains("not JSON") && !told.contains("\n"), "\(told)")
        }
    }

    @Test func missingFilesAndFoldersAreRefused() throws {
        let folder = try TemporaryFolder()
        #expect(try failure { _ = try Head(file: folder.path + "/none.json") }?.contains("none.json") == true)
        #expect(try failure { _ = try Head(file: folder.path) }?.contains("it is a folder") == true)
        var head = Self.head()
        head.outputs = []
        let path = try folder.write(head.json, to: "head.json")
        #expect(try failure { _ = try Head(file: path) }?.contains("'outputs' has no output") == true)
        #expect(try failure { try head.write(to: folder.path + "/no/head.json") }?.contains("cannot create") == true)
        let inTheWay = folder.path + "/folder"
        try FileManager.default.createDirectory(atPath: inTheWay + "/full", withIntermediateDirectories: true)
        #expect(try failure { try Self.head().write(to: inTheWay) }?.contains(inTheWay) == true)
        #expect(!FileManager.default.fileExists(atPath: inTheWay + ".part"))
    }

    @Test func theFirstDifferenceOfTwoOriginsIsNamed() {
        let one = Self.head().origin
        var other = one
        #expect(one.difference(from: other) == nil)
        other.whitening = false
        #expect(one.difference(from: other) == "whitening is true, not false")
        other.maxTokens = 512
        #expect(one.difference(from: other) == "max-tokens is 256, not 512")
        other = one
        other.layout = "keep"
        #expect(one.difference(from: other) == "layout is joined, not keep")
    }

    private func profile(_ words: Int32, _ script: Script, _ language: Language) -> TextProfile {
        TextProfile(words: words, characters: words * 5, sentences: 1, script: script, language: language)
    }

    @Test func aDomainHoldsItsTextsButNotRareOnes() {
        var profiles = (0..<998).map { profile(Int32(50 + $0), .cyrillic, $0 % 2 == 0 ? .russian : .unknown) }
        profiles += [profile(100_000, .latin, .english), profile(1, .cyrillic, .russian)]
        let domain = Domain(of: profiles)
        #expect(domain == Domain(words: 27...2086, scripts: [.cyrillic], languages: [.unknown, .russian]))
        #expect(domain.reasonOutside(profile(100, .cyrillic, .russian)) == nil)
        #expect(domain.reasonOutside(profile(27, .cyrillic, .unknown)) == nil)
        let reasons = [
            profile(26, .cyrillic, .russian), profile(2087, .cyrillic, .russian), profile(100, .latin, .russian),
            profile(100, .cyrillic, .ukrainian), profile(100, .cyrillic, .other),
        ].map(domain.reasonOutside)
        #expect(
            reasons == [
                "26 words: shorter than the texts of the training (27 at least)",
                "2087 words: longer than the texts of the training (2086 at most)",
                "script latin: the training had cyrillic",
                "language uk: the training had unknown, ru",
                "language other: the training had unknown, ru",
            ])
    }

    @Test func anUnknownLanguageIsNotOutOfDomain() {
        let domain = Domain(of: [profile(10, .latin, .english)])
        #expect(domain.reasonOutside(profile(10, .latin, .unknown)) == nil)
        #expect(Domain(of: []).reasonOutside(profile(1, .latin, .english)) != nil)
    }

    @Test func namesOfScriptsAndLanguagesAreReadBack() {
        for script in Script.allCases { #expect(Script(name: script.name) == script) }
        for language in Language.allCases { #expect(Language(name: language.name) == language) }
        #expect(Language(name: "xx") == nil && Script(name: "Latin") == nil)
    }
}
