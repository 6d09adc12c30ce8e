import ArgumentParser
import Basics
import DeBERTa
import Training

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Fine-tunes a model for a task of a benchmark, and reports the task's metric.",
        discussion: """
            Example:
              dedup evaluate rsg data/ --task TERRa --model model/ --out terra/
            """,
        subcommands: [EvaluateRSGCommand.self]
    )
}

struct EvaluateRSGCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rsg",
        abstract: "Fine-tunes a model for a task of Russian SuperGLUE.",
        discussion: """
            DIR has a folder for each task, with the files train.jsonl, val.jsonl and, if there is one, test.jsonl in \
            the format of the benchmark's authors (see docs/evaluation.md), or is the folder of the task. The model is \
            fine-tuned on the examples of train.jsonl with a linear classifier on the states of its last layer, and \
            evaluated on those of val.jsonl after each epoch. The result is that after the last epoch.

            With --out, the state is saved from time to time and when the command is interrupted, and the same command \
            again resumes from there. OUT gets result.json and, for test.jsonl, the predictions in the form in which the \
            benchmark's site takes them. The result is the same to the byte on the same kind of processor with as many \
            threads.

            Example:
              dedup evaluate rsg data/ --task TERRa --model model/ --out terra/ --seed 2
            """
    )

    @Argument(
        help: ArgumentHelp("The folder of the benchmark, or of the task.", valueName: "dir"), completion: .directory,
        transform: localPath)
    var dir: String

    @Option(help: ArgumentHelp("The task.", valueName: "name"))
    var task: RussianSuperGLUE

    @OptionGroup var modelOptions: ModelOptions

    @Option(
        help: ArgumentHelp("The folder for state, result and predictions (default: none is kept).", valueName: "dir"),
        completion: .directory, transform: localPath)
    var out: String?

    @Option(help: ArgumentHelp("How often the examples are read.", valueName: "n"))
    var epochs = TaskSettings().epochs

    @Option(help: ArgumentHelp("Number of examples in a step.", valueName: "n"))
    var batch = TaskSettings().batch

    @Option(
        help: ArgumentHelp(
            "The highest learning rate; it falls to 0 along half a cosine after the warm-up.", valueName: "x"))
    var learningRate = TaskSettings().learningRate

    @Option(
        help: ArgumentHelp("The share of the steps over which the learning rate rises, from 0 to 1.", valueName: "x"))
    var warmUp = TaskSettings().warmUp

    @Option(help: ArgumentHelp("The probability of dropout, from 0 to 0.9.", valueName: "x"))
    var dropout = TaskSettings().dropout

    @Option(
        help: ArgumentHelp(
            "The number of tokens in a sequence, special tokens included; longer ones lose tokens at the end of the "
                + "longer text (default: 512, or the model's maximum).", valueName: "n"))
    var maxTokens: Int?

    @Option(
        help: ArgumentHelp(
            "What stands for a sequence: the mean of the tokens' states, or that of the first token (cls).",
            valueName: "kind"))
    var pooling = TaskSettings().pooling

    @Option(
        help: ArgumentHelp(
            "Chooses the classifier's first weights, the order of the examples and the dropout.", valueName: "n"))
    var seed = TaskSettings().seed

    @Option(
        help: ArgumentHelp(
            "The number format to compute in, f32 or bf16; by default the best of the processor.", valueName: "type"))
    var precision: Precision?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Write the result, which is JSON, to standard output.")
    var json = false

    @OptionGroup var output: QuietOptions

    func run() throws {
        var evaluation = TaskEvaluation(
            data: dir, task: task, model: modelOptions.model, out: out, threads: try threads.count())
        evaluation.settings.epochs = epochs
        evaluation.settings.batch = batch
        evaluation.settings.learningRate = learningRate
        evaluation.settings.warmUp = warmUp
        evaluation.settings.dropout = dropout
        evaluation.settings.maxTokens = maxTokens
        evaluation.settings.pooling = pooling
        evaluation.settings.seed = seed
        if let precision { evaluation.settings.precision = precision }
        let interruption = Interruption()
        defer { interruption.stop() }
        let line = SteppedLine(isQuiet: output.quiet)
        let result = try evaluation.run(
            isStopped: { interruption.isRequested }, .init(say: line.say, show: line.show))
        if json { try Terminal.output(json: result.json) }
        Summary.text(result).show(quiet: output.quiet)
    }
}

extension RussianSuperGLUE: ExpressibleByArgument {}
