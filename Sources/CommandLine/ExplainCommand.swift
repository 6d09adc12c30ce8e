import ArgumentParser
import Basics
import Dedup
import Deduplication
import OutputStore
import Pipelines
import Reports

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows why a document was removed, and what it shares with its twin.",
        discussion: """
            A document is given by its id, or as SHARD:LINE. An id is searched in all shards, which takes a while in a \
            large corpus; SHARD:LINE reads that shard only.

            With two documents, it shows how similar they are, whether they are compared, and what the rule decides.

            The texts of removed documents are only in the inputs. They are read from where the last run read them, or \
            from the paths given with --input.

            Example:
              dedup explain clean/ crawl/a.jsonl:17
            """
    )

    @Argument(
        help: ArgumentHelp("The output of a run.", valueName: "dir"), completion: .directory, transform: localPath)
    var output: String

    @Argument(help: ArgumentHelp("A document: its id, or SHARD:LINE.", valueName: "id"))
    var first: String

    @Argument(help: ArgumentHelp("Another document, to compare it with.", valueName: "id2"))
    var second: String?

    @OptionGroup var moved: MovedInputOptions

    @Flag(help: "Show long texts completely, not only where they differ.")
    var full = false

    func run() throws {
        let explainer = try Explainer(FinishedOutput(output), stages: .standard, inputs: moved.inputs)
        let form = Explainer.Form(style: Terminal.outputTakesColors ? .colors : .brackets, isWhole: full)
        do {
            let text =
                if let second {
                    try explainer.comparison(of: first, second, form)
                } else {
                    try explainer.explanation(of: first, form)
                }
            try Terminal.output(text)
        } catch let ambiguous as AmbiguousDocument {
            try Terminal.output(ambiguous.places.map { $0.visible() + "\n" }.joined())
            throw Failure("\(ambiguous.id): \(ambiguous.places.count) documents have this id; name one by its place")
        }
    }
}
