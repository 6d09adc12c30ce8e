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
        abstract: "Removes near-duplicates from shards and writes the other documents.",
        discussion: """
            Reads the documents of the inputs in order, removes each one that duplicates a document kept before it, \
            and writes a shard of the same name for each shard. OUT/.dedup lists what was removed, and why. Of two \
            duplicates in different inputs, the one in the input that was given first is kept.

            The same command again resumes where an earlier run stopped. It also processes shards that are new: only \
            these are read, and compared with all documents kept so far. An input without new shards need not be given \
            again.

            --force writes the whole output again and replaces the old one at the end. It refuses a folder with files, \
            hidden ones included, that dedup did not write.

            Example:
              dedup run crawl/ more=/data/crawl2 --out clean/ --threshold 0.8
            """
    )

    @OptionGroup var input: InputArguments

    @Option(
        help: ArgumentHelp("The folder to write; required, except with --dry-run.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var out: String?

    @Option(
        help: ArgumentHelp(
            "The stages to run: a definition file, or deberta, recall, exact, short-texts, embed, "
                + "deberta-quality.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]),
        transform: localPath)
    var pipeline: String = PipelineParser.defaultName

    // MARK: Comparison

    @OptionGroup var selection: InputOptions

    // MARK: The stages

    @OptionGroup var stages: StageArguments

    @Option(
        help: ArgumentHelp(
            "How documents are compared: by the jaccard similarity of their shingles, or exact: by equal sequences of "
                + "words; by default as the pipeline says.", valueName: "kind"))
    var match: PipelineDefinition.MatchKind?

    // MARK: What it is compared with

    @Option(
        help: ArgumentHelp(
            "Another output of dedup; documents that duplicate one of its documents are removed; may be repeated.",
            valueName: "dir"), completion: .directory, transform: localPath)
    var against: [String] = []

    @Flag(
        help: "Continue even if the outputs given with --against are not those of earlier runs, or have changed since.")
    var againstChanged = false

    @Flag(help: "Stop if a processed shard is missing from its input (default: a warning).")
    var strictInputs = false

    @Flag(help: "Stop if a new shard sorts before a processed one (default: it is processed after the others).")
    var strictOrder = false

    @Flag(help: "Read processed shards again to check their content (default: check only size and time).")
    var verifyInputs = false

    // MARK: How it runs

    @OptionGroup var mostlyBad: MostlyBadOptions

    @OptionGroup var damage: DamageOptions

    @Flag(help: "Process the lines that were added to the end of the last processed shard.")
    var appended = false

    @OptionGroup var resources: ModelResourceOptions

    @Flag(help: "Count only: write no files, and write the report to standard output.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let run = try corpusRun().prepare()
        let line = output.quiet ? nil : ProgressLine(run.progress, run.stageProgress.first)
        let report = try await ProgressLine.during(line) {
            try await run.run()
        }
        if output.json || dryRun { try Terminal.output(json: report.json()) }
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
        summary.show(quiet: output.quiet)
    }

    private func corpusRun() throws(Failure) -> CorpusRun {
        var run = CorpusRun(typed: input.inputs, output: out, pipeline: pipeline)
        run.match = match
        run.settings = try stages.settings()
        run.isDryRun = dryRun
        run.replacesOutput = output.force
        run.options.selection = try selection.selection()
        run.options.folders = try stages.folders()
        run.options.against = against
        run.acceptsChangedEarlierOutputs = againstChanged
        run.failsOnMissingShards = strictInputs
        run.failsOnShardsOutOfOrder = strictOrder
        run.verifiesProcessedShards = verifyInputs
        run.skipsDamagedShards = damage.skips
        run.allowsMostlyBadShards = mostlyBad.allowMostlyBad
        run.readsAppendedLines = appended
        run.threads = try resources.threadCount()
        run.memory = try resources.memoryInBytes()
        return run
    }
}

extension PipelineDefinition.MatchKind: ExpressibleByArgument {}
