import ArgumentParser
import Basics
import Dispatch
import Foundation
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains an encoder.",
        subcommands: [TrainMLMCommand.self, TrainWhiteningCommand.self, TrainExportCommand.self]
    )
}

struct TrainMLMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mlm",
        abstract: "Trains a DeBERTa to tell masked tokens, from random weights.",
        discussion: """
            OUT becomes a model that 'dedup embed' and Hugging Face's DebertaForMaskedLM load, with training.jsonl (the \
            losses) and, at the end, loss.svg.

            The state is saved now and then, at the end, and when the command is interrupted: run again, it goes on \
            where it was left, to the same bytes on the same kind of processor with as many threads.

            The file has the shape of the model and how it is trained: Pipelines/train-mlm.yaml is an example.
            """
    )

    @Argument(help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"))
    var inputs: [String]

    @Option(help: ArgumentHelp("The folder of the tokenizer.", valueName: "dir"))
    var tokenizer: String

    @Option(help: ArgumentHelp("The YAML file of the model's shape and its training.", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
    var out: String

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp("Steps, in place of the file's: the learning rate falls to 0 in so many.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("The field of the text; a dotted path reaches into objects.", valueName: "path"))
    var textField = "text"

    @Flag(help: "No progress.")
    var quiet = false

    func run() throws {
        if let steps, steps < 1 { throw Failure.usage("--steps is a number from 1, not \(steps)") }
        var training = MLMTraining(
            inputs: inputs, tokenizer: tokenizer, settings: config, out: out,
            threads: try RunCommand.threads(threads))
        training.steps = steps
        training.textField = textField
        let isStopped = Locked(false)
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let again = isStopped.withLock { stopped in
                    defer { stopped = true }
                    return stopped
                }
                if again { Terminal.exit(1) }
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        let say = { (line: String) in if !quiet { Terminal.raw(Terminal.line(line) + "\n") } }
        try training.run(isStopped: { isStopped.withLock { $0 } }, say: say)
    }
}
