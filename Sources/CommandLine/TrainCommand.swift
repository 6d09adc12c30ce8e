import ArgumentParser
import Basics
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains an encoder, fits its whitening, and writes a copy to ship.",
        discussion: """
            Example:
              dedup train mlm corpus/ --config train.yaml --tokenizer tok/ --out model/
            """,
        subcommands: [
            TrainMLMCommand.self, TrainDistillCommand.self, TrainContrastiveCommand.self, TrainWhiteningCommand.self,
            TrainExportCommand.self,
        ]
    )
}

/// The options that all trainings have in common.
struct TrainingArguments: ParsableArguments {
    @OptionGroup var input: InputArguments

    @Option(
        help: ArgumentHelp("The YAML file with the settings of the training.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]), transform: localPath)
    var config: String

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory, transform: localPath)
    var out: String

    @OptionGroup var threads: ThreadOptions

    @Option(
        help: ArgumentHelp(
            "Number of steps, instead of the file's; the learning rate reaches 0 at the last step.", valueName: "n"))
    var steps: Int?

    @OptionGroup var documents: DocumentOptions

    @OptionGroup var output: QuietOptions

    /// - Parameter pairField: the field that the two documents of a pair have in common; nil for no pairs.
    func train(from origin: EncoderTraining.Origin, pairField: String? = nil) throws {
        if let steps, !(1...1 << 40).contains(steps) {
            throw Failure.usage("--steps is a number from 1 to \(1 << 40), not \(steps)")
        }
        var training = EncoderTraining(
            inputs: input.inputs, origin: origin, settings: config, out: out, threads: try threads.count())
        training.steps = steps
        training.pairField = pairField
        training.textField = try documents.textField()
        training.allowsNaN = documents.allowsNaN
        training.selection = try documents.selection()
        let interruption = Interruption()
        defer { interruption.stop() }
        let say = { [output] (line: String) in if !output.quiet { Terminal.note([line]) } }
        try training.run(isStopped: { interruption.isRequested }, say: say)
    }

    /// The part of the help text that all trainings have in common.
    static let discussion = """
        OUT becomes a model that 'dedup embed' and Hugging Face's DebertaForMaskedLM load, with training.jsonl (the \
        losses) and, at the end, loss.svg.

        The state is saved from time to time, at the end, and when the command is interrupted. The same command again \
        resumes from there. The result is the same to the byte on the same kind of processor with as many threads.
        """
}

struct TrainMLMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlm",
        abstract: "Trains a DeBERTa to predict masked tokens, from random weights.",
        discussion: TrainingArguments.discussion + """


            The YAML file has the shape of the model and the settings of the training; Pipelines/train-mlm.yaml is an \
            example.

            Example:
              dedup train mlm corpus/ --config train.yaml --tokenizer tok/ --out model/
            """
    )

    @OptionGroup var arguments: TrainingArguments

    @Option(
        help: ArgumentHelp("The folder of the tokenizer.", valueName: "dir"), completion: .directory,
        transform: localPath)
    var tokenizer: String

    func run() throws { try arguments.train(from: .random(tokenizer: tokenizer)) }
}

struct TrainContrastiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contrastive",
        abstract: "Trains a model so that pieces of the same document get similar vectors.",
        discussion: """
            A last, short stage of training. From each document of a batch it takes two random pieces that do not \
            overlap. The vector of one piece has to be more similar to the vector of the other piece than to those of \
            all other documents (InfoNCE). Masked tokens are predicted too, so that the model does not forget how.

            """ + TrainingArguments.discussion + """


                The YAML file has the settings of the training; Pipelines/train-contrastive-small.yaml is an example.

                Example:
                  dedup train contrastive corpus/ --config c.yaml --model small/ --out model/
                """
    )

    @OptionGroup var arguments: TrainingArguments

    @Option(
        help: ArgumentHelp(
            "The folder of the model to begin with: one that 'dedup train' wrote, with its masked-LM head.",
            valueName: "dir"), completion: .directory, transform: localPath)
    var model: String

    func run() throws { try arguments.train(from: .model(model)) }
}
