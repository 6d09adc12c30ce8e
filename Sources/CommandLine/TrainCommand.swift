import ArgumentParser
import Basics
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains an encoder.",
        subcommands: [
            TrainMLMCommand.self, TrainDistillCommand.self, TrainContrastiveCommand.self, TrainWhiteningCommand.self,
            TrainExportCommand.self,
        ]
    )
}

/// The options that all trainings have in common.
struct TrainingArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"),
        transform: localPath)
    var inputs: [String]

    @Option(help: ArgumentHelp("The YAML file of the training.", valueName: "file"), transform: localPath)
    var config: String

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), transform: localPath)
    var out: String

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp("Steps, in place of the file's: the learning rate falls to 0 in so many.", valueName: "n"))
    var steps: Int?

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Flag(help: "No progress.")
    var quiet = false

    func train(from origin: EncoderTraining.Origin) throws {
        if let steps, !(1...1 << 40).contains(steps) {
            throw Failure.usage("--steps is a number from 1 to \(1 << 40), not \(steps)")
        }
        var training = EncoderTraining(
            inputs: inputs, origin: origin, settings: config, out: out, threads: try RunCommand.threads(threads))
        training.steps = steps
        training.textField = try fields.text()
        training.allowsNaN = fields.allowsNaN
        training.selection = try selection.selection()
        let interruption = Interruption()
        defer { interruption.stop() }
        let say = { (line: String) in if !quiet { Terminal.note([line]) } }
        try training.run(isStopped: { interruption.isRequested }, say: say)
    }

    /// The part of the help text that all trainings have in common.
    static let discussion = """
        OUT becomes a model that 'dedup embed' and Hugging Face's DebertaForMaskedLM load, with training.jsonl (the \
        losses) and, at the end, loss.svg.

        The state is saved now and then, at the end, and when the command is interrupted: run again, it goes on where \
        it was left, to the same bytes on the same kind of processor with as many threads.
        """
}

struct TrainMLMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlm",
        abstract: "Trains a DeBERTa to tell masked tokens, from random weights.",
        discussion: TrainingArguments.discussion + """


            The file has the shape of the model and how it is trained: Pipelines/train-mlm.yaml is an example.
            """
    )

    @OptionGroup var arguments: TrainingArguments

    @Option(help: ArgumentHelp("The folder of the tokenizer.", valueName: "dir"), transform: localPath)
    var tokenizer: String

    func run() throws { try arguments.train(from: .random(tokenizer: tokenizer)) }
}

struct TrainDistillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill",
        abstract: "Trains a smaller DeBERTa to tell masked tokens as a larger one does.",
        discussion: """
            The student has the teacher's shape and tokenizer, but fewer layers: it begins with the teacher's at even \
            distances, every second one where it has half as many. Its loss is half the cross-entropy to the masked \
            tokens, half that to the teacher's distributions.

            """ + TrainingArguments.discussion + """


                The file says how many layers it has and how it is trained: Pipelines/train-distill-small.yaml is an example.
                """
    )

    @OptionGroup var arguments: TrainingArguments

    @Option(
        help: ArgumentHelp("The folder of the teacher: one that 'dedup train mlm' wrote.", valueName: "dir"),
        transform: localPath)
    var teacher: String

    func run() throws { try arguments.train(from: .teacher(teacher)) }
}

struct TrainContrastiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contrastive",
        abstract: "Trains a model's vectors: pieces of one document are near, those of others far.",
        discussion: """
            A last, short stage. Of each document of a batch two pieces that do not overlap are taken at random; the \
            vector of one is to be told among those of all others by the vector of its other one (InfoNCE). Masked \
            tokens are told besides, so that the model does not forget how.

            """ + TrainingArguments.discussion + """


                The file says how it is trained: Pipelines/train-contrastive-small.yaml is an example.
                """
    )

    @OptionGroup var arguments: TrainingArguments

    @Option(
        help: ArgumentHelp(
            "The folder of the model to begin with: one that 'dedup train' wrote, with its masked-LM head.",
            valueName: "dir"), transform: localPath)
    var model: String

    func run() throws { try arguments.train(from: .model(model)) }
}
