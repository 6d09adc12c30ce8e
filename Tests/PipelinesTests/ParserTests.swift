import Basics
import Corpus
import Dedup
import TestSupport
import Testing

@testable import Pipelines

@Suite struct ParserTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int?
        let says: String
        init(_ text: String, line: Int?, _ says: String) {
            self.text = text
            self.line = line
            self.says = says
        }
        var testDescription: String { says }
    }

    /// Lines of a valid definition with these stages; the stages begin at line 2.
    private static func stages(_ lines: String...) -> String { "stages:\n" + lines.map { "  - \($0)\n" }.joined() }

    static let faults: [Fault] = [
        // Keys at the top level.
        Fault("pipeline: x\nstage: []\n", line: 2, "unknown key 'stage'"),
        Fault("pipeline: x\nstages:\n  - read\n  - write\nlevel: 3\n", line: 5, "unknown key 'level'"),
        Fault("pipeline: [x]\nstages: [read, write]\n", line: 1, "the pipeline's name is a plain value"),
        Fault("stages: read\n", line: 1, "'stages' is a list"),
        Fault("pipeline: x\n", line: 1, "there are no stages"),
        Fault("pipeline: x\nstages: []\n", line: 1, "there are no stages"),
        Fault("- read\n- write\n", line: 1, "a pipeline has the keys"),
        Fault("", line: nil, "a pipeline has the keys"),
        Fault("# nothing\n", line: nil, "a pipeline has the keys"),
        // Names of stages.
        Fault(stages("read", "wards", "write"), line: 3, "there is no stage 'wards'"),
        Fault(stages("read", "[words]", "write"), line: 3, "a stage's name is a plain value"),
        Fault(stages("read", "words: {normalization: nfc}\n    filter: {}", "write"), line: 3, "a stage is one name"),
        Fault(stages("read", "words", "words", "write"), line: 4, "the stage 'words' is there twice"),
        Fault(stages("read", "words", "filter", "filter: {min-words: 3}", "write"), line: 5, "'filter' is there twice"),
        Fault(stages("words", "write"), line: 2, "the stage 'read' is missing"),
        Fault(stages("read", "words"), line: 3, "the stage 'write' is missing"),
        Fault(stages("read"), line: 2, "the stage 'write' is missing"),
        // Stages in a wrong order.
        Fault(stages("read", "shingles", "write"), line: 3, "takes words, and the stage before it gives documents"),
        Fault(stages("read", "words", "minhash", "write"), line: 4, "put 'shingles' before it"),
        Fault(stages("read", "words", "deduplicate", "write"), line: 4, "'minhash' or 'fingerprint'"),
        Fault(stages("read", "words", "shingles", "filter", "write"), line: 5, "takes words"),
        // A stage that comes too late.
        Fault(stages("read", "words", "shingles", "filter", "write"), line: 5, "put it before 'shingles'"),
        Fault(
            stages("read", "words", "shingles", "minhash", "deduplicate", "sample", "write"), line: 7,
            "takes documents, words, shingles or sketches, and the stage before it gives decisions; put it before "
                + "'deduplicate'"),
        Fault(
            stages("read", "words", "shingles", "minhash", "deduplicate", "write", "sample"), line: 8,
            "put it before 'deduplicate'"),
        Fault(stages("read", "sample", "write", "words"), line: 5, "put it before 'write'"),
        Fault(stages("read", "words", "fingerprint", "minhash", "write"), line: 5, "takes shingles"),
        Fault(stages("read", "report", "write"), line: 3, "takes output"),
        Fault(stages("read", "write", "words"), line: 4, "takes documents"),
        Fault(stages("read", "write", "read"), line: 4, "the stage 'read' is there twice"),
        // Names of options.
        Fault(stages("read", "words: {form: nfc}", "write"), line: 3, "the stage 'words' has no option 'form'"),
        Fault(
            stages("read: {text-field: text,\n      id: id}", "write"), line: 3, "the stage 'read' has no option 'id'"),
        Fault(stages("read", "write", "report: {path: x}"), line: 4, "it has no options"),
        Fault(stages("read", "words", "fingerprint: {size: 5}", "write"), line: 4, "it has no options"),
        Fault(stages("read", "words: nfc", "write"), line: 3, "the options of 'words' are names with values"),
        Fault(stages("read", "words: [nfc]", "write"), line: 3, "the options of 'words' are names with values"),
        Fault(stages("read", "words:\n      normalization: [nfc]", "write"), line: 4, "is a plain value"),
        // Values of options.
        Fault(
            stages("read", "words:\n      normalization: nfd", "write"), line: 4, "one of nfc, nfkc, none, not 'nfd'"),
        Fault(stages("read: {on-bad-line: ignore}", "write"), line: 2, "one of stop, keep, drop"),
        Fault(stages("read: {text-field: a..b}", "write"), line: 2, "a..b"),
        Fault(stages("read", "words", "filter: {min-words: -1}", "write"), line: 4, "min-words is a whole number"),
        Fault(stages("read", "words", "filter: {min-words: many}", "write"), line: 4, "not 'many'"),
        Fault(
            stages("read", "words", "shingles:\n      unit: word\n      size: 0", "write"), line: 6, "size is a whole"),
        Fault(stages("read", "words", "shingles: {unit: words}", "write"), line: 4, "one of word, char, not 'words'"),
        Fault(stages("read", "words", "shingles", "minhash: {seeds: 0}", "write"), line: 5, "seeds is a whole number"),
        Fault(stages("read", "words", "shingles", "minhash: {seeds: 5000}", "write"), line: 5, "1 to 4096"),
        Fault(
            stages("read", "words", "shingles", "minhash", "deduplicate: {threshold: 1}", "write"), line: 6,
            "the threshold '1'"),
        Fault(
            stages("read", "words", "shingles", "minhash", "deduplicate: {threshold: 0.7001}", "write"), line: 6,
            "at most three decimals"),
        Fault(stages("read", "write: {level: 99}"), line: 3, "level is a whole number"),
        // Options that contradict each other.
        Fault(
            stages("read", "words", "shingles", "minhash: {bands: 20, rows: 6}", "deduplicate", "write"), line: 5,
            "20 bands of 6 rows take 120 seeds, and there are 100"),
        Fault(
            stages("read", "words", "fingerprint", "deduplicate: {threshold: 0.7}", "write"), line: 5,
            "exact matching has no threshold"),
        // YAML that cannot be parsed.
        Fault("stages:\n  - read\n  - words: {normalization: nfc\n", line: 4, "not YAML"),
        Fault("stages:\n  - read\n\t- write\n", line: 3, "not YAML"),
        Fault("stages:\n  - read\n - write\n", line: 3, "not YAML"),
        Fault("pipeline: x\npipeline: y\nstages: [read, write]\n", line: 2, "'pipeline' is there twice"),
        Fault("pipeline: x\nstages:\n  - read\n  - write: {level: 1, level: 2}\n", line: 4, "'level' is there twice"),
        Fault(
            "stages:\n  - read\n  - words\n  - shingles:\n      size: 5\n      unit: word\n      size: 6\n  - write\n",
            line: 7, "'size' is there twice"),
    ]

    @Test(arguments: faults)
    func faultsAreNamedWithTheirLine(fault: Fault) {
        let error = #expect(throws: Failure.self) { try PipelineParser.standard.parse(fault.text, source: "my.yaml") }
        let message = error?.message ?? ""
        #expect(error?.kind == .usage)
        #expect(message.hasPrefix(fault.line.map { "my.yaml, line \($0): " } ?? "my.yaml: "), "\(message)")
        #expect(message.contains(fault.says), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test func missingOptionsHaveTheirDefaults() throws {
        let short = try PipelineParser.standard.parse(
            "stages: [read, words, filter, shingles, minhash, deduplicate, write, report]", source: "s")
        let long = try PipelineParser.standard.load("deberta")
        #expect(short.boundParameters == long.boundParameters)
        #expect(short.name == "s" && long.name == "deberta")
        // An empty list of options can be written in several ways.
        for empty in ["words:", "words: {}", "words: ~", "words: null"] {
            let definition = try PipelineParser.standard.parse(
                "stages:\n  - read\n  - \(empty)\n  - write\n", source: "s")
            #expect(definition.names == ["read", "words", "write"])
        }
    }

    @Test func everyOptionIsRead() throws {
        let definition = try PipelineParser.standard.parse(
            """
            pipeline: mine
            stages:
              - read: {text-field: meta.text, id-field: meta.id, on-bad-line: drop}
              - words: {normalization: nfkc}
              - filter: {min-words: 12}
              - shingles: {unit: char, size: 7}
              - minhash: {seeds: 200, bands: 25, rows: 8}
              - deduplicate: {threshold: 0.85}
              - write: {level: -5}
              - report
            """, source: "mine.yaml")
        #expect(definition.name == "mine" && definition.source == "mine.yaml")
        #expect(
            definition.boundParameters == [
                "format": "1", "match": "jaccard", "threshold": "0.85", "text-field": "meta.text",
                "id-field": "meta.id", "normalization": "nfkc", "unicode": "15.0.0", "min-words": "12",
                "shingle-unit": "char", "shingle-size": "7", "seeds": "200", "bands": "25", "rows": "8", "level": "-5",
            ])
        let read = try #require(definition.stage(ReadStage.self)).options
        #expect(read.onBadLine == .drop)
    }

    @Test func builtInAndFilesAreFoundByName() throws {
        for name in PipelineParser.builtIn.keys { #expect(try PipelineParser.standard.load(name).name == name) }
        let missing = #expect(throws: Failure.self) { try PipelineParser.standard.load("no-such") }
        #expect(missing?.message.contains("deberta, deberta-quality, embed, exact, recall, short-texts") == true)
        let folder = try TemporaryFolder()
        let folderAsFile = #expect(throws: Failure.self) { try PipelineParser.standard.load(folder.path) }
        #expect(folderAsFile?.kind == .usage)
    }
}
