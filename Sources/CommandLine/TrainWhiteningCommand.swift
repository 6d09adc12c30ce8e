import ArgumentParser
import Basics
import Corpus
import DeBERTa
import Dedup
import Embedding
import Foundation
import Pipelines
import Reports
import Training

struct TrainWhiteningCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whitening",
        abstract: "Fits a linear map to the vectors of documents, with which cosines tell more.",
        discussion: """
            Writes whitening.safetensors to the model's folder: the mean of the documents' vectors, and the matrix that \
            gives them the covariance of one in every direction. 'dedup embed' applies it then, unless --no-whitening \
            says otherwise. A model with another whitening is another model.

            Vectors are made as the model's embedding.json says. The file depends on the documents and their order, and \
            not on threads or memory.
            """
    )

    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"),
        transform: localPath)
    var inputs: [String]

    @Option(
        help: ArgumentHelp("The folder of the model, which the file is written to.", valueName: "dir"),
        transform: localPath)
    var model: String

    @Option(
        help: ArgumentHelp(
            "From 0 to 1: how far the variance in each direction is taken for the mean of all, so that directions in "
                + "which hardly anything differs are not blown up.", valueName: "x"))
    var shrinkage = WhiteningTraining.usualShrinkage

    @Option(
        help: ArgumentHelp(
            "Documents to embed; of more, those with the smallest hashes of their texts.", valueName: "n"))
    var maxDocuments = 20_000

    @Option(
        help: ArgumentHelp(
            "f32, bf16 or int8: what products are computed in (default: the best of the processor).", valueName: "type"
        ))
    var precision: Precision?

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("At a line that is no document: stop, or drop it.", valueName: "do"))
    var onBadLine = OnBadLine.stop

    /// Bad lines cannot be kept, because a line without a text has no vector.
    enum OnBadLine: String, CaseIterable, ExpressibleByArgument { case stop, drop }

    @Flag(help: "Go on when more than half of a shard's lines, and at least 20, are dropped (default: stop).")
    var allowMostlyBad = false

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Memory for documents on their way, besides the model, as 512M or 4G; the least is 256M (default: 2G, or "
                + "half of the machine's).", valueName: "size"))
    var memory: String?

    @Flag(help: "Make the file anew where the model has one.")
    var force = false

    @Flag(help: "No progress, no summary.")
    var quiet = false

    func run() async throws {
        let training = try training()
        let outcome = try await ProgressLine.during(quiet ? nil : ProgressLine(training.progress)) {
            try await training.run()
        }
        Summary.text(outcome).show(quiet: quiet)
    }

    private func training() throws(Failure) -> WhiteningTraining {
        var options = EmbedOptions()
        options.precision = precision
        var request = EmbedRequest(
            inputs: inputs, out: "", options: options, threads: try RunCommand.threads(threads),
            memory: try RunCommand.memory(memory))
        request.textField = try fields.text()
        request.allowsNaN = fields.allowsNaN
        request.selection = try selection.selection()
        request.keepsBadLines = onBadLine == .drop
        var training = WhiteningTraining(request, model: model)
        training.shrinkage = shrinkage
        training.maxDocuments = maxDocuments
        training.replaces = force
        training.allowsMostlyBad = allowMostlyBad
        return training
    }
}
