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
        abstract: "Writes a copy of a model to ship: all weights in one file, for example in bf16.",
        discussion: """
            OUT becomes a folder that 'dedup embed' and Hugging Face's library load, with the model's configuration, \
            tokenizer, whitening and embedding.json. The copy counts as another model: its vectors cannot be mixed \
            with those of the original, and it needs heads of its own.

            With --dtype int8, matrices are stored as integers of 8 bits with a scale for each row, and the model takes \
            a quarter of the space. Only dedup loads such a model; export it again with --dtype f32 or bf16 for \
            Hugging Face's library.

            Example:
              dedup train export --model model/ --out small/ --dtype bf16
            """
    )

    @OptionGroup var modelOptions: ModelOptions

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory, transform: localPath)
    var out: String

    @Option(
        help: ArgumentHelp(
            "The number format of the weights (f32, bf16, int8), rounded to nearest; by default that of the model.",
            valueName: "type"))
    var dtype: WeightType?

    @Flag(help: "Leave out weights that are only needed for training.")
    var encoderOnly = false

    @OptionGroup var output: ReplaceOptions

    func run() throws {
        var export = ModelExport(model: modelOptions.model, out: out)
        export.type = dtype
        export.encoderOnly = encoderOnly
        export.replaces = output.force
        let bytes = try export.run()
        if !output.quiet { Terminal.note(["\(Int(bytes).byteSize) of weights written to \(out)"]) }
    }
}

extension WeightType: ExpressibleByArgument {}
