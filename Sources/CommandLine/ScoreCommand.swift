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
        discussion: """
            'dedup score DIR' is short for 'dedup score corpus DIR'. 'dedup score corpus --help' lists its options.

            Example:
              dedup score clean/ --min-quality 0.5 --out good/
            """,
        subcommands: [ScoreCorpusCommand.self, ScoreTrainCommand.self],
        defaultSubcommand: ScoreCorpusCommand.self
    )
}

struct ScoreCorpusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus",
        abstract: "Scores the documents of a corpus; 'dedup score DIR' does the same.",
        discussion: """
            For every shard, DIR/.dedup/scores gets SHARD.jsonl.zst with one line for each line of the shard: the id, \
            the quality from 0 to 1, each output of the head, and whether the head was trained on similar texts. The \
            documents stay unchanged. A text that is blank, has no letters or fewer than four words has no quality, \
            and "unscored" says why.

            The same command again resumes where an earlier run stopped, and scores shards that are new or have changed.

            --min-quality and --top-percent choose the documents to keep. The summary counts them; with --out they are \
            also written to a new corpus, and the others are listed in OUT/.dedup/removed.

            Example:
              dedup score clean/ --top-percent 20 --out good/
            """
    )

    @Argument(
        help: ArgumentHelp("The corpus: the output of 'dedup run', or any folder of shards.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var corpus: String

    @Option(
        help: ArgumentHelp("The file of the head (default: head.json of the model).", valueName: "file"),
        completion: .file(extensions: ["json"]), transform: localPath)
    var head: String?

    @Option(
        name: .customLong("output"),
        help: ArgumentHelp("An output of the head to use; may be repeated (default: all).", valueName: "name"))
    var outputs: [String] = []

    @Flag(help: "Also write the statistics of the texts.")
    var statistics = false

    // MARK: Choice of documents

    @Option(help: ArgumentHelp("Keep documents of at least this quality, 0 to 1.", valueName: "q"))
    var minQuality: Double?

    @Option(
        help: ArgumentHelp(
            "Keep this share of the scored documents, the best ones, and all that are as good as the last of them.",
            valueName: "p"))
    var topPercent: Double?

    @Option(
        help: ArgumentHelp("The folder for the documents that are kept.", valueName: "dir"), completion: .directory,
        transform: localPath)
    var out: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of documents without a quality: keep or remove (default: remove).", valueName: "do"))
    var unscored: DocumentChoice.UnscoredDocuments?

    @Option(
        help: ArgumentHelp(
            "What becomes of documents of another kind than the head was trained on: keep, remove, or score, which "
                + "leaves it to their quality (default: score).", valueName: "do"))
    var outOfDomain: DocumentChoice.OutOfDomainDocuments?

    // MARK: Vectors

    @Option(
        help: ArgumentHelp(
            "Vectors that 'dedup embed' made of the corpus; they are read, not computed.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var embeddings: String?

    @OptionGroup var encoder: EncoderOptions

    // MARK: Documents and execution

    @OptionGroup var rows: RowOptions

    func run() async throws {
        let run = ScoreRun(try request())
        let outcome = try await ProgressLine.during(rows.quiet ? nil : ProgressLine(run.progress)) {
            try await run.run()
        }
        if rows.output.json { try Terminal.output(json: outcome.json()) }
        var summary = Summary.text(outcome)
        if let out { summary.append("written to \(out); what was left out is listed in \(out)/.dedup") }
        summary.show(quiet: rows.quiet)
    }

    private func choice() throws(Failure) -> DocumentChoice? {
        guard let least = minQuality.map({ .minQuality($0) }) ?? topPercent.map(DocumentChoice.Least.topPercent) else {
            if unscored == nil && outOfDomain == nil { return nil }
            throw .usage(
                "\(unscored == nil ? "--out-of-domain" : "--unscored") needs --min-quality or --top-percent")
        }
        var choice = DocumentChoice(least)
        choice.unscored = unscored ?? choice.unscored
        choice.outOfDomain = outOfDomain ?? choice.outOfDomain
        return choice
    }

    private func request() throws(Failure) -> ScoreRequest {
        if minQuality != nil && topPercent != nil {
            throw .usage("--min-quality and --top-percent: give one of them")
        }
        var request = ScoreRequest(
            corpus: corpus, threads: try rows.resources.threadCount(), memory: try rows.resources.memoryInBytes())
        request.head = head
        request.outputs = outputs
        request.choice = try choice()
        request.out = out
        request.embeddings = embeddings
        request.model = encoder.model
        request.precision = encoder.precision
        request.writesStatistics = statistics
        try rows.apply(to: &request)
        return request
    }
}

extension DocumentChoice.UnscoredDocuments: ExpressibleByArgument {}
extension DocumentChoice.OutOfDomainDocuments: ExpressibleByArgument {}
