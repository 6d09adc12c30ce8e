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
        abstract: "Fits a whitening: a linear map that makes cosines of vectors more meaningful.",
        discussion: """
            Writes whitening.safetensors to the model's folder: the mean of the documents' vectors, and the matrix \
            that gives the vectors variance 1 in every direction. From then on 'dedup embed' applies it, unless \
            --no-whitening is given. A model with another whitening counts as another model.

            Vectors are made as the model's embedding.json says. The file depends on the documents and their order, \
            not on threads or memory.

            Example:
              dedup train whitening corpus/ --model model/ --max-documents 5000
            """
    )

    @OptionGroup var input: InputArguments

    @Option(
        help: ArgumentHelp("The folder of the model; the file is written to it.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var model: String

    @Option(
        help: ArgumentHelp(
            "How far the variances are moved towards their mean, from 0 to 1; a higher value amplifies noise less.",
            valueName: "x"))
    var shrinkage = WhiteningTraining.usualShrinkage

    @Option(
        help: ArgumentHelp(
            "Number of documents to embed; if there are more, those with the smallest hashes of their texts.",
            valueName: "n"))
    var maxDocuments = 20_000

    @Option(
        help: ArgumentHelp(
            "The number format to compute in; by default the best of the processor.",
            valueName: "type"))
    var precision: Precision?

    @OptionGroup var documents: DocumentOptions

    @OptionGroup var badLines: DroppedLineOptions

    @OptionGroup var resources: ModelResourceOptions

    @OptionGroup var output: ReplaceOptions

    func run() async throws {
        let training = try training()
        let outcome = try await ProgressLine.during(output.quiet ? nil : ProgressLine(training.progress)) {
            try await training.run()
        }
        Summary.text(outcome).show(quiet: output.quiet)
    }

    private func training() throws(Failure) -> WhiteningTraining {
        var options = EmbedOptions()
        options.precision = precision
        var request = EmbedRequest(
            inputs: input.inputs, out: "", options: options, threads: try resources.threadCount(),
            memory: try resources.memoryInBytes())
        request.textField = try documents.textField()
        request.allowsNaN = documents.allowsNaN
        request.selection = try documents.selection()
        request.keepsBadLines = badLines.drops
        var training = WhiteningTraining(request, model: model)
        training.shrinkage = shrinkage
        training.maxDocuments = maxDocuments
        training.replaces = output.force
        training.allowsMostlyBad = badLines.mostlyBad.allowMostlyBad
        return training
    }
}
