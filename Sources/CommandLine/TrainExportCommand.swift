import ArgumentParser
import Basics
import DeBERTa
import Dedup
import Foundation
import Reports
import Training

struct TrainExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a model as it is shipped: its weights in one file, in bf16 for example.",
        discussion: """
            OUT becomes a folder that 'dedup embed' and Hugging Face's library load, with the model's configuration, \
            tokenizer, whitening and embedding.json. It is another model than the one it comes from: vectors of the two \
            are not mixed, and heads are trained on its own.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The folder of the model (default: DEDUP_MODEL, or the model that came with dedup).", valueName: "dir"),
        transform: localPath)
    var model: String?

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), transform: localPath)
    var out: String

    @Option(
        help: ArgumentHelp(
            "f32 or bf16, rounded to nearest (default: what the weights are).", valueName: "type"))
    var dtype: WeightType?

    @Flag(help: "Leave out what is not the encoder: the head of a training.")
    var encoderOnly = false

    @Flag(help: "Replace the files of a model that is there.")
    var force = false

    @Flag(help: "No summary.")
    var quiet = false

    func run() throws {
        var export = ModelExport(model: model, out: out)
        export.type = dtype
        export.encoderOnly = encoderOnly
        export.replaces = force
        let bytes = try export.run()
        if !quiet { Terminal.note(["\(Int(bytes).byteSize) of weights written to \(out)"]) }
    }
}

extension WeightType: ExpressibleByArgument {}
