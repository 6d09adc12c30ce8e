import Basics
import Dedup
import Deduplication
import DuplicateIndex
import MinHashLSH
import Testing

@testable import Pipelines

@Suite struct OverrideTests {
    private func overridden(_ name: String, _ overrides: PipelineDefinition.Override...) throws -> PipelineDefinition {
        var definition = try PipelineParser.standard.load(name)
        for override in overrides { try definition.apply(override) }
        try definition.validate()
        return definition
    }

    @Test func anOptionChangesOneParameter() throws {
        let before = try PipelineParser.standard.load("deberta").boundParameters
        let changes: [(PipelineDefinition.Override, String, String)] = [
            (.init(Parameter("text-field"), "read", "text-field", "body"), "text-field", "body"),
            (.init(Parameter("normalization"), "words", "normalization", "none"), "normalization", "none"),
            (.init(Parameter("min-words"), "filter", "min-words", "4"), "min-words", "4"),
            (.init(Parameter("shingle-size"), "shingles", "size", "3"), "shingle-size", "3"),
            (.init(Parameter("shingle-unit"), "shingles", "unit", "char"), "shingle-unit", "char"),
            (.init(Parameter("rows"), "minhash", "rows", "9"), "rows", "9"),
            (.init(Parameter("threshold"), "deduplicate", "threshold", "0.85"), "threshold", "0.85"),
            (.init(Parameter("level"), "write", "level", "7"), "level", "7"),
        ]
        for (override, name, value) in changes {
            var expected = before
            expected[name] = value
            #expect(try overridden("deberta", override).boundParameters == expected)
        }
        let onBadLine = PipelineDefinition.Override(Parameter("on-bad-line"), "read", "on-bad-line", "keep")
        #expect(try overridden("deberta", onBadLine).boundParameters == before)
    }

    @Test func differencesComeInTheOrderOfTheHelp() throws {
        let plain = try PipelineParser.standard.load("deberta")
        let sampled = try overridden("deberta", .init(Parameter("sample-share"), "sample", "share", "0.5"))
        #expect(plain.boundParameters(differingFrom: plain.boundParameters).isEmpty)
        // Both name the share before the seed, whichever of the two definitions has the sample.
        #expect(sampled.boundParameters(differingFrom: plain.boundParameters) == ["sample-share", "sample-seed"])
        #expect(plain.boundParameters(differingFrom: sampled.boundParameters) == ["sample-share", "sample-seed"])
        let exact = try PipelineParser.standard.load("exact")
        let differing = exact.boundParameters(differingFrom: plain.boundParameters)
        #expect(differing.first == "match" && differing.contains("shingle-unit"))
    }

    @Test func faultsNameTheOption() throws {
        let wrong: [(PipelineDefinition.Override, String, String)] = [
            (
                .init(Parameter("shingle-size"), "shingles", "size", "0"), "deberta",
                "\(Parameter("shingle-size")): size is a whole number"
            ),
            (
                .init(Parameter("threshold"), "deduplicate", "threshold", "70"), "deberta",
                "\(Parameter("threshold")): the threshold '70'"
            ),
            (
                .init(Parameter("bands"), "minhash", "bands", "5"), "exact",
                "\(Parameter("bands")): the pipeline exact has no stage 'minhash'"
            ),
        ]
        for (override, name, says) in wrong {
            let error = #expect(throws: Failure.self) { try overridden(name, override) }
            #expect(error?.kind == .usage && error?.message.hasPrefix(says) == true, "\(error?.message ?? "")")
        }
        let tooMany = PipelineDefinition.Override(Parameter("bands"), "minhash", "bands", "11")
        let error = #expect(throws: Failure.self) { try overridden("deberta", tooMany) }
        #expect(error?.message.contains("11 bands of 10 rows take 110 seeds") == true)
    }

    @Test func aFilterThatIsAskedForIsAdded() throws {
        var definition = try PipelineParser.standard.parse("stages: [read, words, shingles, write]", source: "s")
        try definition.apply(.init(Parameter("min-words"), "filter", "min-words", "3"))
        try definition.validate()
        #expect(definition.names == ["read", "words", "filter", "shingles", "write"])
        #expect(definition.boundParameters["min-words"] == "3")
        var bare = try PipelineParser.standard.parse("stages: [read, write]", source: "s")
        #expect(throws: Failure.self) { try bare.apply(.init(Parameter("min-words"), "filter", "min-words", "3")) }
    }

    /// A filter that keeps everything does not bind the output.
    @Test func noFilterIsAFilterOfZero() throws {
        let with = try PipelineParser.standard.parse("stages: [read, words, filter, write]", source: "s")
        let without = try PipelineParser.standard.parse("stages: [read, words, write]", source: "s")
        #expect(with.boundParameters == without.boundParameters)
    }

    @Test func matchExactReplacesTheThreshold() throws {
        var definition = try PipelineParser.standard.load("deberta")
        try definition.apply(.init(Parameter("min-words"), "filter", "min-words", "2"))
        try definition.use(.exact)
        try definition.validate()
        #expect(definition.names == ["read", "words", "filter", "fingerprint", "deduplicate", "write", "report"])
        #expect(definition.match == .exact && definition.banding == nil)
        var exact = try PipelineParser.standard.load("exact")
        try exact.apply(.init(Parameter("min-words"), "filter", "min-words", "2"))
        #expect(definition.boundParameters == exact.boundParameters)
    }

    @Test func matchJaccardAddsSignatures() throws {
        var definition = try PipelineParser.standard.load("exact")
        try definition.use(.jaccard)
        try definition.validate()
        let deberta = try PipelineParser.standard.load("deberta")
        #expect(definition.names == deberta.names)
        #expect(definition.match == .jaccard(above: Threshold(thousandths: 700)))
        #expect(definition.banding == Banding(bands: 10, rows: 10))
        // Whether the default threshold is given or not makes no difference.
        #expect(definition.boundParameters == deberta.boundParameters)
    }

    @Test func theCurrentMatchChangesNothing() throws {
        for (name, match) in [("recall", PipelineDefinition.MatchKind.jaccard), ("exact", .exact)] {
            var definition = try PipelineParser.standard.load(name)
            let before = definition.boundParameters
            try definition.use(match)
            #expect(definition.boundParameters == before)
        }
    }

    @Test func matchNeedsSomethingToCompare() throws {
        for match in PipelineDefinition.MatchKind.allCases {
            var definition = try PipelineParser.standard.parse("stages: [read, words, write]", source: "s")
            let error = #expect(throws: Failure.self) { try definition.use(match) }
            #expect(error?.message.contains("does not compare documents") == true)
        }
    }

    @Test func exactMatchingTakesNoThreshold() throws {
        var definition = try PipelineParser.standard.load("deberta")
        try definition.use(.exact)
        try definition.apply(.init(Parameter("threshold"), "deduplicate", "threshold", "0.8"))
        #expect(throws: Failure.self) { try definition.validate() }
    }
}
