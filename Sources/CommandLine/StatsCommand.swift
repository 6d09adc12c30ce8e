import ArgumentParser
import Basics
import Dedup
import OutputStore
import Reports

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Shows the report of an output.",
        discussion: """
            The report says what was read, kept and removed in each input and shard, which share of the duplicates the \
            banding finds, and how the last run went. DIR/.dedup/report.html shows the same in a browser.

            Example:
              dedup stats clean/ --all
            """
    )

    /// The number of shards that are listed without `--all`.
    private static let listedShards = 20

    @Argument(
        help: ArgumentHelp("The output of a run.", valueName: "dir"), completion: .directory, transform: localPath)
    var output: String

    @Flag(help: "List all shards, in the order of the corpus.")
    var all = false

    @Flag(help: "Write the report as JSON: the content of DIR/.dedup/report.json.")
    var json = false

    func run() throws {
        let output = try FinishedOutput(self.output)
        let file = try output.reportFile()
        if json { return try Terminal.output(json: file) }
        let report = try Report(json: file, path: self.output + "/.dedup/report.json")
        try Terminal.output(report.text(shards: all ? nil : Self.listedShards))
    }
}
