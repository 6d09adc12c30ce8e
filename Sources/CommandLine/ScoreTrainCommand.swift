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
        abstract: "Fits an output of a head to good documents and bad documents.",
        discussion: """
            Fits a logistic regression to the documents' vectors and to the statistics of their texts. The result is \
            cross-validated in five folds; the documents of a group are in the same fold. It prints the area under the \
            ROC curve, and what thresholds keep and remove, for documents that the output was not fitted to.

            OUT is the file of a head: a new one, or an existing head that gets another output. All outputs of a head \
            read the same vectors. --force replaces an output of the same name.

            Example:
              dedup score train --good a.jsonl --bad b.jsonl --name prose --out head.json
            """
    )

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Shards, or folders, of good documents.", valueName: "input"),
        completion: .file(), transform: localPath)
    var good: [String]

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Shards, or folders, of bad documents.", valueName: "input"),
        completion: .file(), transform: localPath)
    var bad: [String]

    @Option(help: ArgumentHelp("The name of the output in scores.", valueName: "name"))
    var name: String

    @Option(
        help: ArgumentHelp("The file of the head.", valueName: "file"), completion: .file(extensions: ["json"]),
        transform: localPath)
    var out: String

    @Option(
        help: ArgumentHelp(
            "The field of the document's group (default: documents with equal texts are a group).", valueName: "path"))
    var groupField: String?

    @Option(
        name: .customLong("l2"),
        help: ArgumentHelp("The strength of the L2 penalty (default: 20).", valueName: "x"))
    var penalty: Double?

    // MARK: Vectors

    @Option(
        help: ArgumentHelp(
            "Vectors that 'dedup embed' made of the same inputs; they are read, not computed.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var embeddings: String?

    @OptionGroup var encoder: EncoderOptions

    @OptionGroup var vectorOptions: VectorOptions

    // MARK: Execution

    @OptionGroup var documents: DocumentOptions

    @OptionGroup var resources: ModelResourceOptions

    @OptionGroup var output: ReplaceOptions

    func run() async throws {
        let fitting = HeadFitting(try request())
        let outcome = try await ProgressLine.during(output.quiet ? nil : ProgressLine(fitting.progress)) {
            try await fitting.run()
        }
        try Terminal.output(Self.text(outcome))
        if !output.quiet {
            Terminal.note(["written to \(out), which has the outputs \(outcome.outputs.joined(separator: ", "))"])
        }
    }

    private func request() throws(Failure) -> HeadRequest {
        if embeddings != nil && !(encoder.isEmpty && vectorOptions.isEmpty) {
            throw .usage("--embeddings: the vectors exist already; leave out the options that say how to compute them")
        }
        var request = HeadRequest(
            good: good, bad: bad, name: name, out: out, threads: try resources.threadCount(),
            memory: try resources.memoryInBytes())
        request.options = vectorOptions.embedOptions(encoder)
        request.embeddings = embeddings
        request.textField = try documents.textField()
        request.allowsNaN = documents.allowsNaN
        request.selection = try documents.selection()
        if let groupField { request.groupField = try FieldOptions.id(groupField, option: "--group-field") }
        request.penalty = penalty
        request.replaces = output.force
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
