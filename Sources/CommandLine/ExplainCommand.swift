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
        abstract: "Says why a document was removed, and shows what it shares with its twin.",
        discussion: """
            A document is named by its id, or by SHARD:LINE. An id is looked for in all shards, which takes a while in \
            a large corpus; SHARD:LINE is looked up in that shard alone.

            With two documents: how alike they are, whether they are compared, and what the rule makes of it.

            The texts of removed documents are in the inputs alone. They are read where the last run read them, or \
            where --input says.
            """
    )

    @Argument(help: ArgumentHelp("The output of a run.", valueName: "dir"), transform: localPath)
    var output: String

    @Argument(help: ArgumentHelp("A document: its id, or SHARD:LINE.", valueName: "id"))
    var first: String

    @Argument(help: ArgumentHelp("Another document, to compare it with.", valueName: "id2"))
    var second: String?

    @Option(
        name: .customLong("input"),
        help: ArgumentHelp(
            "Where an input is now, as PATH or LABEL=PATH; may be given several times.", valueName: "path"),
        transform: localPath)
    var inputs: [String] = []

    @Flag(help: "Show long texts whole, not only where they differ.")
    var full = false

    func run() throws {
        let explainer = try Explainer(FinishedOutput(output), inputs: inputs)
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
