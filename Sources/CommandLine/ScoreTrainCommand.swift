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
        abstract: "Fits the outputs of a head to good documents and bad documents.",
        discussion: """
            Fits logistic regressions to the documents' vectors and to the statistics of their texts, one for each \
            output. A document says what it is an example of: {"text": "...", "labels": {"intact": true, "not_spam": \
            false}, "source": "forum", "kind": "advert", "group": "17"}. The source is where the text comes from \
            (default: the shard), the kind what makes it bad (default: the source). Texts made from one text have the \
            same group (default: documents with equal texts). All outputs are trained together, and the quality, \
            which follows the lowest of them, is calibrated.

            Or --good and --bad name the documents for one output. It is added to OUT if that is a head already; all \
            outputs of a head read the same vectors.

            The result is cross-validated: good texts are judged by regressions that have not seen their source, bad \
            ones by regressions that have not seen their kind. The penalty is the one that is best at that, and the \
            scores are calibrated with it. Texts that cannot be judged are left out.

            Example:
              dedup score train examples/ --out head.json
              dedup score train --good a.jsonl --bad b.jsonl --name prose --out head.json
            """
    )

    @Argument(
        help: ArgumentHelp("Shards, or folders, of documents with labels.", valueName: "input"),
        completion: .file(), transform: localPath)
    var inputs: [String] = []

    @Option(
        help: ArgumentHelp("The file of the head.", valueName: "file"), completion: .file(extensions: ["json"]),
        transform: localPath)
    var out: String

    @Option(
        name: .customLong("output"),
        help: ArgumentHelp("An output to fit; may be repeated (default: all that have labels).", valueName: "name"))
    var outputs: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Shards, or folders, of good documents.", valueName: "input"),
        completion: .file(), transform: localPath)
    var good: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Shards, or folders, of bad documents.", valueName: "input"),
        completion: .file(), transform: localPath)
    var bad: [String] = []

    @Option(help: ArgumentHelp("The name of the output, with --good and --bad.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp("The field with the labels of the outputs (default: labels).", valueName: "path"))
    var labelsField: String?

    @Option(help: ArgumentHelp("The field of the document's source (default: source).", valueName: "path"))
    var sourceField: String?

    @Option(help: ArgumentHelp("The field of the document's kind (default: kind).", valueName: "path"))
    var kindField: String?

    @Option(
        help: ArgumentHelp(
            "The field of the document's group, which all documents have to have then (default: group, if there is one).",
            valueName: "path"))
    var groupField: String?

    @Option(
        name: .customLong("l2"),
        help: ArgumentHelp(
            "The strength of the L2 penalty of the statistics (default: chosen by cross-validation).", valueName: "x"))
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
        try Terminal.output(HeadSummary.text(outcome))
        if !output.quiet {
            Terminal.note(["written to \(out), which has the outputs \(outcome.outputs.joined(separator: ", "))"])
            if outcome.hasPlainQuality {
                Terminal.note([
                    "its outputs were not trained together: the quality is the lowest of them, without a calibration"
                ])
            }
        }
    }

    private func selectedDocuments() throws(Failure) -> HeadRequest.Documents {
        if inputs.isEmpty {
            guard !good.isEmpty, !bad.isEmpty, let name else {
                throw .usage("give documents with labels, or --good, --bad and --name")
            }
            if !outputs.isEmpty { throw .usage("--output: with --good and --bad, --name says what is fitted") }
            return .sorted(good: good, bad: bad, output: name)
        }
        guard good.isEmpty, bad.isEmpty, name == nil else {
            throw .usage("give documents with labels, or --good, --bad and --name, not both")
        }
        return .labelled(inputs, outputs: outputs)
    }

    private func request() throws(Failure) -> HeadRequest {
        if embeddings != nil && !(encoder.isEmpty && vectorOptions.isEmpty) {
            throw .usage("--embeddings: the vectors exist already; leave out the options that say how to compute them")
        }
        var request = HeadRequest(
            try selectedDocuments(), out: out, threads: try resources.threadCount(),
            memory: try resources.memoryInBytes())
        request.options = vectorOptions.embedOptions(encoder)
        request.embeddings = embeddings
        request.textField = try documents.textField()
        request.allowsNaN = documents.allowsNaN
        request.selection = try documents.selection()
        if let labelsField { request.fields.labels = try FieldOptions.id(labelsField, option: "--labels-field") }
        if let sourceField { request.fields.source = try FieldOptions.id(sourceField, option: "--source-field") }
        if let kindField { request.fields.kind = try FieldOptions.id(kindField, option: "--kind-field") }
        if let groupField { request.fields.group = try FieldOptions.id(groupField, option: "--group-field") }
        request.requiresGroups = groupField != nil
        request.penalty = penalty
        request.replaces = output.force
        return request
    }
}
