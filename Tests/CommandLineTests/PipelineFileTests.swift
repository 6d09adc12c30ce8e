import TestSupport
import Testing

/// Definition files: how they are read and validated, and the runs that they define.
@Suite struct PipelineFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.shard("in/a.jsonl", documents("a", 10, seed: 1) + [line("short", "раз два")])
    }

    /// The stages of a whole pipeline, as lines of a file.
    static let stages: [(name: String, lines: String)] = [
        ("read", "  - read"), ("words", "  - words: {normalization: nfc}"),
        ("filter", "  - filter:\n      min-words: 3"),
        ("shingles", "  - shingles"), ("minhash", "  - minhash"), ("deduplicate", "  - deduplicate"),
        ("write", "  - write"),
        ("report", "  - report"),
    ]

    static func file(without left: String...) -> String {
        let lines = stages.filter { !left.contains($0.name) }.map(\.lines)
        return (["pipeline: mine", "stages:"] + lines).joined(separator: "\n") + "\n"
    }

    private func run(_ definition: String, _ arguments: String...) throws -> Outcome {
        try folder.write(definition, to: "mine.yaml")
        return try dedup(["run", "in", "--out", "out", "--pipeline", "mine.yaml"] + arguments, in: folder.path)
    }

    // MARK: Mistakes

    static let mistakes: [(definition: String, line: Int?, parts: [String])] = [
        ("", nil, ["pipeline", "stages"]), ("text\n", nil, ["pipeline", "stages"]),
        ("- read\n", 1, ["'pipeline'", "'stages'"]),
        ("pipeline: mine\n", nil, ["no stages"]), ("pipeline: mine\nstages:\n", nil, ["list"]),
        ("pipeline: mine\nstages: []\n", nil, ["no stages"]), ("stages: read\n", 1, ["list"]),
        ("pipeline: mine\nstage:\n  - read\n", 2, ["'stage'", "pipeline, stages"]),
        ("pipeline: mine\n\nthreads: 2\nstages:\n  - read\n", 3, ["'threads'"]),
        ("pipeline: mine\npipeline: other\nstages:\n  - read\n", nil, ["twice"]),
        ("stages:\n  - read\n  - wat\n", 3, ["'wat'", "fingerprint"]),
        ("stages:\n  - read:\n      colour: red\n  - write\n", 3, ["'read'", "'colour'", "text-field"]),
        ("stages:\n  - read\n  - write:\n      level: high\n", 4, ["level", "'high'"]),
        ("stages:\n  - read\n  - write:\n      level: 99\n", 4, ["level", "'99'"]),
        ("stages:\n  - read: {on-bad-line: skip}\n  - write\n", 2, ["on-bad-line", "stop, keep, drop", "'skip'"]),
        ("stages:\n  - read: [a, b]\n  - write\n", 2, ["'read'"]),
        ("stages:\n  - read: text\n  - write\n", 2, ["'read'"]),
        ("stages:\n  - read:\n    text-field: a\n  - write\n", 2, ["indented"]),
        ("stages:\n  - read: {text-field: [[a]]}\n  - write\n", 2, ["text-field"]),
        ("stages:\n  - read: {text-field: a..b}\n  - write\n", 2, ["a..b"]),
        ("stages:\n  - read\n  - report: {x: 1}\n", 3, ["'report'", "no options"]),
        ("stages:\n  - read\n  - read\n  - write\n", 3, ["'read'", "twice"]),
        ("stages:\n  - words\n  - write\n", 2, ["'read' is missing"]),
        ("stages:\n  - write\n", 2, ["'read' is missing"]),
        ("stages:\n  - read\n", 2, ["'write' is missing"]),
        ("stages:\n  - read\n  - words\n  - filter\n", 4, ["'write' is missing"]),
        ("stages:\n  - read\n  - filter\n  - write\n", 3, ["'filter'", "takes words", "'words'"]),
        ("stages:\n  - read\n  - words\n  - minhash\n  - write\n", 4, ["'minhash'", "takes shingles", "'shingles'"]),
        (
            "stages:\n  - read\n  - words\n  - deduplicate\n  - write\n", 4,
            ["'deduplicate'", "takes sketches", "'minhash' or 'fingerprint'"]
        ),
        ("stages:\n  - read\n  - write\n  - words\n", 4, ["'words'", "gives output"]),
        ("stages:\n  - read\n  - report\n  - write\n", 3, ["'report'", "'write'"]),
        ("stages:\n  - read\n  - words\n  - shingles\n  - filter\n  - write\n", 5, ["'filter'"]),
        (
            "stages:\n  - read\n  - words\n  - shingles\n  - minhash: {bands: 20}\n  - deduplicate\n  - write\n", 5,
            ["200 seeds", "100"]
        ),
        (
            "stages:\n  - read\n  - words\n  - fingerprint\n  - deduplicate: {threshold: 0.9}\n  - write\n", 5,
            ["threshold"]
        ),
        ("stages:\n  - read\n  - words\n  - shingles: {size: five}\n  - write\n", 4, ["size", "'five'"]),
        ("stages:\n  - read\n   - write\n", 2, ["'read - write'"]), ("stages: [read\n", nil, ["not YAML"]),
        ("stages:\n\t- read\n", 2, ["not YAML"]), ("pipeline: [a]\nstages:\n  - read\n", 1, ["name"]),
        ("a: &x 1\nb: *y\n", nil, []),
    ]

    @Test(arguments: mistakes.indices)
    func mistakesAreNamedWithTheirLine(_ number: Int) throws {
        let (definition, line, parts) = Self.mistakes[number]
        let outcome = try run(definition)
        expectFailure(outcome, 2, naming: "mine.yaml")
        if let line { #expect(outcome.error.contains("mine.yaml, line \(line): "), "\(outcome.error)") }
        for part in parts { #expect(outcome.error.contains(part), "\(outcome.error)") }
        #expect(!folder.exists("out"))
    }

    @Test func unreadableFilesAreUsageErrors() throws {
        try folder.folder("folder.yaml")
        expectFailure(
            try dedup("run", "in", "--out", "out", "--pipeline", "folder.yaml", in: folder.path), 2,
            naming: "folder.yaml")
        try folder.write([0xFF, 0xFE, 0x00], to: "bytes.yaml")
        expectFailure(
            try dedup("run", "in", "--out", "out", "--pipeline", "bytes.yaml", in: folder.path), 2,
            naming: "bytes.yaml", "UTF-8")
        expectFailure(
            try dedup("run", "in", "--out", "out", "--pipeline", "gone.yaml", in: folder.path), 2, naming: "gone.yaml",
            "no such pipeline", "deberta, deberta-quality, embed, exact, recall, short-texts")
        #expect(!folder.exists("out"))
    }

    // MARK: Runs follow their definition

    @Test func everyOptionOfAFileIsUsed() throws {
        expectSuccess(try run(Self.file()))
        let corpus = try folder.report().corpus
        #expect(corpus.removed == 2 && corpus.dropped == 1 && corpus.kept == 8)
    }

    @Test func withoutTheFilterNothingIsDropped() throws {
        expectSuccess(try run(Self.file(without: "filter")))
        let corpus = try folder.report().corpus
        #expect(corpus.removed == 2 && corpus.dropped == 0 && corpus.kept == 9)
        // An option of a missing stage adds the stage.
        try folder.remove("out")
        expectSuccess(try run(Self.file(without: "filter"), "--min-words", "3"))
        #expect(try folder.report().corpus.dropped == 1)
    }

    @Test(arguments: [["deduplicate"], ["minhash", "deduplicate"], ["shingles", "minhash", "deduplicate"]])
    func withoutDeduplicateNothingIsRemoved(_ left: [String]) throws {
        let lines = Self.stages.filter { !left.contains($0.name) }.map(\.lines)
        let definition = (["stages:"] + lines).joined(separator: "\n")
        expectSuccess(try run(definition))
        let corpus = try folder.report().corpus
        #expect(corpus.removed == 0 && corpus.dropped == 1 && corpus.kept == 10)
        #expect(folder.files(below: "out/.dedup/removed") == [])
        try folder.remove("out")
        expectFailure(try run(definition, "--threshold", "0.9"), 2, naming: "--threshold", "mine.yaml", "'deduplicate'")
    }

    @Test func withoutTheReportThereIsNone() throws {
        let outcome = try run(Self.file(without: "report"))
        expectSuccess(outcome)
        #expect(folder.shards() == ["a.jsonl"])
        #expect(!folder.exists("out/.dedup/report.json") && !folder.exists("out/.dedup/report.html"))
        #expect(try folder.removedLines("a.jsonl").count == 2)
    }

    @Test func readAndWriteAloneCopy() throws {
        expectSuccess(try run("stages: [read, write]\n"))
        #expect(try folder.bytes("out/a.jsonl") == folder.bytes("in/a.jsonl"))
    }

    @Test func optionsWinOverTheFileAndTheFileOverDefaults() throws {
        try folder.shard(
            "in/a.jsonl", [#"{"body":"a b","id":1}"#, #"{"body":"a b c","id":2}"#, #"{"body":"a b c","id":3}"#])
        let definition =
            "stages: [{read: {text-field: body}}, words, {filter: {min-words: 3}}, fingerprint, deduplicate, write, report]\n"
        expectSuccess(try run(definition))
        var corpus = try folder.report().corpus
        #expect(corpus.dropped == 1 && corpus.removed == 1 && corpus.kept == 1)
        try folder.remove("out")
        expectSuccess(try run(definition, "--min-words", "0"))
        corpus = try folder.report().corpus
        #expect(corpus.dropped == 0 && corpus.removed == 1 && corpus.kept == 2)
        try folder.remove("out")
        expectFailure(try run(definition, "--text-field", "text"), 1, naming: "no field \"text\"")
    }

    @Test func theReadyFilesAreTheBuiltInOnes() throws {
        let ready = Checkout.folder + "/Pipelines/"
        for name in ["deberta", "recall", "exact", "short-texts"] {
            expectSuccess(try dedup("run", "in", "--out", name, "--pipeline", name, in: folder.path))
            expectSuccess(
                try dedup("run", "in", "--out", name + "-file", "--pipeline", "\(ready)\(name).yaml", in: folder.path))
            #expect(try folder.results(name) == folder.results(name + "-file"))
            // Both have the same parameters, so that a run with one can continue the output of the other.
            expectSuccess(try dedup("run", "in", "--out", name, "--pipeline", "\(ready)\(name).yaml", in: folder.path))
        }
        expectSuccess(try dedup("run", "in", "--out", "default", in: folder.path))
        #expect(try folder.results("default") == folder.results("deberta"))
    }
}
