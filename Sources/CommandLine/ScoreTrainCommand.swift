import ArgumentParser
import Basics
import DeBERTa
import Dedup
import Embedding
import Foundation
import Pipelines
import QualityScoring
import Reports
import Training

struct ScoreTrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Fits an output of a head to documents that are good and others that are bad.",
        discussion: """
            A logistic regression over a document's vector and the statistics of its text. It is cross-validated in \
            five folds; documents of one group are in one fold. What is printed is of documents that the output was not \
            fitted to: the area under the ROC curve, and what thresholds keep and remove.

            OUT is a head: a new file, or one that gets one output more. Its outputs read the same vectors.
            """
    )

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Shards, or folders, of good documents.", valueName: "input"),
        transform: localPath)
    var good: [String]

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Shards, or folders, of bad documents.", valueName: "input"),
        transform: localPath)
    var bad: [String]

    @Option(help: ArgumentHelp("What the output is called in scores.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("The head's file.", valueName: "file"), transform: localPath)
    var out: String

    @Option(
        help: ArgumentHelp(
            "The field that names a document's group (default: equal texts are a group).", valueName: "path"))
    var groupField: String?

    @Option(
        name: .customLong("l2"),
        help: ArgumentHelp("The strength of the L2 penalty (default: 20).", valueName: "x"))
    var penalty: Double?

    // MARK: Vectors

    @Option(
        help: ArgumentHelp(
            "Read vectors that 'dedup embed' made of the same inputs, in the place of computing them.",
            valueName: "dir"), transform: localPath)
    var embeddings: String?

    @Option(
        help: ArgumentHelp("The model (default: DEDUP_MODEL, or the one that came with dedup).", valueName: "dir"),
        transform: localPath)
    var model: String?

    @Option(help: ArgumentHelp("mean or cls, as in 'dedup embed'.", valueName: "kind"))
    var pooling: Pooling?

    @Flag(inversion: .prefixedNo, help: "As in 'dedup embed'.")
    var normalize: Bool?

    @Flag(inversion: .prefixedNo, help: "As in 'dedup embed'.")
    var whitening: Bool?

    @Option(help: ArgumentHelp("truncate or mean, as in 'dedup embed'.", valueName: "do"))
    var long: LongTexts?

    @Option(help: ArgumentHelp("Tokens of a sequence, as in 'dedup embed'.", valueName: "n"))
    var maxTokens: Int?

    @Option(help: ArgumentHelp("f32, bf16 or int8 (default: the best of the processor).", valueName: "type"))
    var precision: Precision?

    // MARK: Execution

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Memory for documents on their way, besides the model and the rows that are fitted to (default: 2G, or "
                + "half of the machine's).", valueName: "size"))
    var memory: String?

    @Flag(help: "Replace the output of that name in OUT.")
    var force = false

    @Flag(help: "No progress.")
    var quiet = false

    func run() async throws {
        let fitting = HeadFitting(try request())
        let outcome = try await ProgressLine.during(quiet ? nil : ProgressLine(fitting.progress)) {
            try await fitting.run()
        }
        try Terminal.output(Self.text(outcome))
        if !quiet {
            Terminal.note(["written to \(out), which has the outputs \(outcome.outputs.joined(separator: ", "))"])
        }
    }

    private func request() throws(Failure) -> HeadRequest {
        var options = EmbedOptions()
        options.model = model
        options.pooling = pooling
        options.normalize = normalize
        options.whitening = whitening
        options.long = long
        options.maxTokens = maxTokens
        options.precision = precision
        let says =
            model != nil || pooling != nil || normalize != nil || whitening != nil || long != nil || maxTokens != nil
            || precision != nil
        if embeddings != nil && says {
            throw .usage("--embeddings: the vectors are there already; say nothing of how they are made")
        }
        var request = HeadRequest(
            good: good, bad: bad, name: name, out: out, threads: try RunCommand.threads(threads),
            memory: try RunCommand.memory(memory))
        request.options = options
        request.embeddings = embeddings
        request.textField = try fields.text()
        request.allowsNaN = fields.allowsNaN
        request.selection = try selection.selection()
        if let groupField { request.groupField = try FieldOptions.id(groupField, option: "--group-field") }
        request.penalty = penalty
        request.replaces = force
        return request
    }

    private static func text(_ outcome: HeadFitting.Outcome) -> String {
        let output = outcome.output
        var text =
            "\(output.name.visible()): \(output.good.grouped) good and \(output.bad.counted("bad document")) in "
            + "\(outcome.groups.counted("group"))\n"
            + "AUC \(outcome.validation.auc.fixed(4)), cross-validated in \(outcome.folds) folds of groups\n\n"
            + "  threshold  good kept  bad removed  precision\n"
        for row in outcome.validation.thresholds {
            let cells = [
                (row.threshold.fixed(2), 9), (row.keptGood.percent, 9), (row.removedBad.percent, 11),
                (row.precision?.percent ?? "-", 9),
            ]
            text += cells.map { "  " + String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined() + "\n"
        }
        return text
    }
}
