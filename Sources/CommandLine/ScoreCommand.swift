import ArgumentParser
import Basics
import Corpus
import DeBERTa
import Dedup
import Foundation
import Scoring
import Tokenizers

struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Scores the quality of documents, and writes a corpus of the good ones.",
        subcommands: [ScoreCorpusCommand.self, ScoreTrainCommand.self],
        defaultSubcommand: ScoreCorpusCommand.self
    )
}

struct ScoreCorpusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "Scores the documents of a corpus (what 'dedup score DIR' does).",
        discussion: """
            For every shard, DIR/.dedup/scores gets SHARD.jsonl.zst with a line for each line of the shard: its id, its \
            quality, each output of the head, and whether the head never saw such texts. Documents stay as they are. \
            The quality is the product of the outputs, from 0 to 1.

            Run again, it goes on where an earlier run stopped, and scores shards that are new or have changed.

            --min-quality and --top-percent say what is good enough: how many documents are kept and, with --out, a \
            corpus of them, with a list of the others in OUT/.dedup/removed.
            """
    )

    @Argument(
        help: ArgumentHelp("The corpus: the output of 'dedup run', or any folder of shards.", valueName: "dir"),
        transform: localPath)
    var corpus: String

    @Option(help: ArgumentHelp("The head (default: head.json of the model).", valueName: "file"), transform: localPath)
    var head: String?

    @Option(
        name: .customLong("output"),
        help: ArgumentHelp(
            "An output of the head (default: all); may be given several times.", valueName: "name"))
    var outputs: [String] = []

    @Flag(help: "Write the statistics of the texts too.")
    var statistics = false

    // MARK: Choice of documents

    @Option(help: ArgumentHelp("Keep documents of this quality or above, 0 to 1.", valueName: "q"))
    var minQuality: Double?

    @Option(
        help: ArgumentHelp(
            "Keep the best so many percent of the documents, and what is as good as the last of them.", valueName: "p"))
    var topPercent: Double?

    @Option(help: ArgumentHelp("The folder to write what is kept to.", valueName: "dir"), transform: localPath)
    var out: String?

    // MARK: Vectors

    @Option(
        help: ArgumentHelp(
            "Read vectors that 'dedup embed' made of the corpus, in the place of computing them.", valueName: "dir"),
        transform: localPath)
    var embeddings: String?

    @Option(
        help: ArgumentHelp(
            "The model, the one that the head was trained with (default: DEDUP_MODEL, or the one that came with dedup).",
            valueName: "dir"), transform: localPath)
    var model: String?

    @Option(
        help: ArgumentHelp(
            "f32, bf16 or int8 (default: that of the scores or, for new ones, the best of the processor).",
            valueName: "type"))
    var precision: Precision?

    // MARK: Documents

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("The field that names a document.", valueName: "path"))
    var idField = "id"

    @Option(
        help: ArgumentHelp("At a line that is no document: stop, or keep it, without scores.", valueName: "do"))
    var onBadLine = EmbedCommand.OnBadLine.stop

    @OptionGroup var damage: DamageOptions

    // MARK: Execution

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Memory for documents on their way, besides the model, as 512M or 4G; the least is 256M (default: 2G, or "
                + "half of the machine's).", valueName: "size"))
    var memory: String?

    @Flag(help: "Make the scores, and what OUT holds, anew, also with another head or other parameters.")
    var force = false

    @Flag(help: "Write scores.json to standard output.")
    var json = false

    @Flag(help: "No progress and no summary; warnings are shown.")
    var quiet = false

    func run() async throws {
        let run = ScoreRun(try request())
        let outcome = try await ProgressLine.during(quiet ? nil : ProgressLine(run.progress)) {
            try await run.run()
        }
        if json { try Terminal.output(json: outcome.json()) }
        var summary = Summary.text(outcome)
        if let out { summary.append("written to \(out); what was left out is listed in \(out)/.dedup") }
        summary.show(quiet: quiet)
    }

    private func request() throws(Failure) -> ScoreRequest {
        if minQuality != nil && topPercent != nil {
            throw .usage("--min-quality and --top-percent: give one of them")
        }
        var request = ScoreRequest(
            corpus: corpus, threads: try RunCommand.threads(threads),
            memory: try RunCommand.memory(memory))
        request.head = head
        request.outputs = outputs
        request.choice = minQuality.map { .minQuality($0) } ?? topPercent.map { .topPercent($0) }
        request.out = out
        request.embeddings = embeddings
        request.model = model
        request.precision = precision
        request.writesStatistics = statistics
        request.textField = try fields.text()
        request.allowsNaN = fields.allowsNaN
        request.selection = try selection.selection()
        request.idField = try FieldOptions.id(idField)
        request.keepsBadLines = onBadLine == .keep
        request.skipsDamagedShards = damage.skips
        request.replaces = force
        return request
    }
}
