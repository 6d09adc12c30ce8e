import ArgumentParser
import Basics
import Corpus
import Dedup
import Deduplication
import Embedding
import Foundation
import Pipelines
import Reports
import Scoring
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

    // MARK: The stages

    @OptionGroup var stages: StageArguments

    @Option(help: ArgumentHelp("jaccard, or exact: equal sequences of words.", valueName: "kind"))
    var match: PipelineDefinition.MatchKind?

    // MARK: What it is compared with

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

    // MARK: How it runs

    @Flag(help: "Go on when more than half of a shard's lines, and at least 20, are dropped (default: stop).")
    var allowMostlyBad = false

    @OptionGroup var damage: DamageOptions

    @Flag(help: "Take in the lines that the last shard got at its end since it was taken in.")
    var appended = false

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
        let report = try await ProgressLine.during(quiet ? nil : ProgressLine(run.progress, run.stageProgress.first)) {
            try await run.run()
        }
        if json || dryRun { try Terminal.output(json: report.json()) }
        var summary = Summary.text(report)
        let folders = try stages.folders()
        for outcome in run.stageOutcomes {
            switch outcome {
            case let outcome as EmbedRun.Outcome:
                summary.append(Summary.text(outcome))
                summary.append("vectors written to \(folders["embeddings"] ?? "")")
            case let outcome as ScoreRun.Outcome:
                summary.append(Summary.text(outcome))
                if let filtered = folders["filtered"] {
                    summary.append("documents of enough quality written to \(filtered)")
                }
            default: break
            }
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
        options.folders = try stages.folders()
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
        var definition = try PipelineParser.standard.load(pipeline)
        if let match { try definition.use(match) }
        for override in try stages.overrides() { try definition.apply(override) }
        return definition
    }
}

extension PipelineDefinition.MatchKind: ExpressibleByArgument {}
