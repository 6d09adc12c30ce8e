import ArgumentParser
import Basics
import Corpus
import Dedup
import Deduplication
import Foundation
import Pipelines
import Reports
import Tokenizers

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Removes near-duplicates from shards and writes what is left.",
        discussion: """
            Reads every document of the inputs in order, removes those that duplicate a document kept before them, and \
            writes a shard of the same name for each shard. What was removed, and why, stands in OUT/.dedup.

            Inputs come first in the order given: of two duplicates the one in the earlier input is kept.

            Run again, a run goes on where an earlier one stopped, and takes in shards that came since: only those are \
            read, and compared with all documents kept so far. Inputs need not be named again when nothing is new in them.
            """
    )

    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"),
        transform: localPath)
    var inputs: [String]

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), transform: localPath)
    var out: String?

    @Option(
        help: ArgumentHelp(
            "The stages to run: a definition file, or deberta, recall, exact, short-texts, embed, "
                + "deberta-quality.", valueName: "file"), transform: localPath)
    var pipeline: String = PipelineParser.defaultName

    // MARK: Comparison

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("The field that names a document in reports (default: id).", valueName: "path"))
    var idField: String?

    @Option(help: ArgumentHelp("nfc, nfkc or none (default: nfc).", valueName: "form"))
    var normalization: String?

    @Option(help: ArgumentHelp("Drop documents with fewer words (default: 0).", valueName: "n"))
    var minWords: String?

    @Option(help: ArgumentHelp("word or char (default: word).", valueName: "unit"))
    var shingleUnit: String?

    @Option(help: ArgumentHelp("Words or characters of a shingle (default: 5).", valueName: "n"))
    var shingleSize: String?

    // MARK: Duplicates

    @Option(help: ArgumentHelp("jaccard, or exact: equal sequences of words.", valueName: "kind"))
    var match: PipelineDefinition.MatchKind?

    @Option(help: ArgumentHelp("Remove above this exact Jaccard similarity (default: 0.7).", valueName: "j"))
    var threshold: String?

    @Option(help: ArgumentHelp("Hash functions at hand; bands x rows of them are used (default: 100).", valueName: "n"))
    var seeds: String?

    @Option(help: ArgumentHelp("Bands; more find more (default: 10). See 'dedup curve'.", valueName: "b"))
    var bands: String?

    @Option(help: ArgumentHelp("Rows of a band; fewer find more (default: 10).", valueName: "r"))
    var rows: String?

    // MARK: Other outputs

    @Option(
        help: ArgumentHelp(
            "Another output of dedup, whose documents come before all of this one's; may be given several times.",
            valueName: "dir"), transform: localPath)
    var against: [String] = []

    @Flag(help: "Go on although the outputs given with --against are not those of earlier runs, or hold more now.")
    var againstChanged = false

    @Flag(help: "Stop when a shard that was taken in is gone from its input (default: a warning).")
    var strictInputs = false

    @Flag(help: "Stop when a new shard sorts before one that was taken in (default: it is taken in as later).")
    var strictOrder = false

    @Flag(help: "Read shards that were taken in, to see that they are what they were (default: size and time).")
    var verifyInputs = false

    // MARK: Vectors and scores

    @Option(
        help: ArgumentHelp(
            "The model of a pipeline that embeds, as embed (default as in 'dedup embed').", valueName: "dir"),
        transform: localPath)
    var model: String?

    @Option(
        help: ArgumentHelp("The folder for the vectors of such a pipeline.", valueName: "dir"), transform: localPath)
    var embeddings: String?

    @Option(
        help: ArgumentHelp(
            "The head of a pipeline that scores, as deberta-quality (default: head.json of the model).",
            valueName: "file"), transform: localPath)
    var head: String?

    @Option(help: ArgumentHelp("Of such a pipeline: documents of this quality or above, 0 to 1 …", valueName: "q"))
    var minQuality: String?

    @Option(help: ArgumentHelp("… are written to this folder.", valueName: "dir"), transform: localPath)
    var filtered: String?

    // MARK: Execution

    @Option(
        help: ArgumentHelp("At a line that is no document: stop, keep it or drop it (default: stop).", valueName: "do"))
    var onBadLine: String?

    @Flag(help: "Go on when more than half of a shard's lines, and at least 20, are dropped (default: stop).")
    var allowMostlyBad = false

    @OptionGroup var damage: DamageOptions

    @Flag(help: "Take in the lines that the last shard got at its end since it was taken in.")
    var appended = false

    // A level may be negative. This strategy accepts a value that begins with a minus sign.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Compression level of zstd (default: 3); gzip takes the nearest of its own.", valueName: "n")
    )
    var level: String?

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Memory to take, as 512M or 4G; the least is 256M (default: 2G, or half of the machine's).",
            valueName: "size"))
    var memory: String?

    @Flag(help: "Only count: nothing is written, and the report goes to standard output.")
    var dryRun = false

    @Flag(
        help: """
            Make the output anew, also with other parameters; the old one is replaced at the end. Refused where anything in \
            the folder, hidden or not, was not written by dedup.
            """)
    var force = false

    @Flag(help: "Write the report to standard output.")
    var json = false

    @Flag(help: "No progress and no summary; warnings are shown.")
    var quiet = false

    func run() async throws {
        let definition = try self.definition()
        let run = try DedupRun(definition, try options())
        let report = try await ProgressLine.during(quiet ? nil : ProgressLine(run.progress, run.embedProgress)) {
            try await run.run()
        }
        if json || dryRun { try Terminal.output(json: report.json()) }
        var summary = Summary.text(report)
        if let outcome = run.embedOutcome {
            summary.append(Summary.text(outcome))
            summary.append("vectors written to \(embeddings ?? "")")
        }
        if let outcome = run.scoreOutcome {
            summary.append(Summary.text(outcome))
            if let filtered { summary.append("documents of enough quality written to \(filtered)") }
        }
        summary.show(quiet: quiet)
    }

    private func options() throws(Failure) -> RunOptions {
        if out == nil && !dryRun { throw .usage("--out is missing: the folder to write") }
        var options = RunOptions(
            inputs: inputs, out: out, threads: try Self.threads(threads),
            memory: try Self.memory(memory))
        options.isDryRun = dryRun
        options.replaces = force
        options.selection = try selection.selection()
        options.allowsMostlyBad = allowMostlyBad
        options.embeddings = embeddings
        options.filtered = filtered
        options.against = against
        options.acceptsOtherAgainst = againstChanged
        options.isStrictOnInputs = strictInputs
        options.isStrictOnOrder = strictOrder
        options.verifiesInputs = verifyInputs
        options.skipsDamagedShards = damage.skips
        options.takesAppendedLines = appended
        return options
    }

    /// Returns the number of threads for the option `--threads`.
    static func threads(_ number: Int?) throws(Failure) -> Int {
        if let number, !(1...1024).contains(number) {
            throw .usage("--threads is a number from 1 to 1024, not \(number)")
        }
        return number ?? ProcessInfo.processInfo.activeProcessorCount
    }

    /// Returns the number of bytes for the option `--memory`.
    static func memory(_ text: String?) throws(Failure) -> Int {
        if let text { try MemoryPlan.bytes(text) } else { MemoryPlan.standard }
    }

    /// Returns the pipeline definition, with the options of the command line applied to it.
    private func definition() throws(Failure) -> PipelineDefinition {
        var definition = try PipelineParser.load(pipeline)
        if let match { try definition.use(match) }
        let overrides: [(String, StageKind, String, String?)] = [
            ("--text-field", .read, "text-field", try fields.named()),
            ("--allow-nan", .read, "allow-nan", fields.allowsNaN ? "true" : nil),
            ("--id-field", .read, "id-field", idField),
            ("--on-bad-line", .read, "on-bad-line", onBadLine),
            ("--normalization", .words, "normalization", normalization),
            ("--min-words", .filter, "min-words", minWords),
            ("--shingle-unit", .shingles, "unit", shingleUnit),
            ("--shingle-size", .shingles, "size", shingleSize),
            ("--seeds", .minhash, "seeds", seeds),
            ("--bands", .minhash, "bands", bands),
            ("--rows", .minhash, "rows", rows),
            ("--threshold", .deduplicate, "threshold", threshold),
            ("--level", .write, "level", level),
            ("--model", .embed, "model", model),
            ("--head", .score, "head", head),
            ("--min-quality", .score, "min-quality", minQuality),
        ]
        for (option, stage, key, value) in overrides {
            if let value { try definition.apply(.init(option, stage, key, value)) }
        }
        return definition
    }
}

extension PipelineDefinition.MatchKind: ExpressibleByArgument {}
