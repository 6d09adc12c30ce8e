import ArgumentParser
import Basics
import Dedup
import Deduplication
import Reports

struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index",
        abstract: "Shows, verifies or compacts the index of an output.",
        discussion: """
            A later run compares new documents with the index. It consists of the shingles of all kept documents, and \
            of sorted segments with their band keys.

            Example:
              dedup index stats clean/
            """,
        subcommands: [Stats.self, VerifyCommand.self, Compact.self]
    )

    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stats",
            abstract: "Shows the contents and the size of an index.",
            discussion: """
                Example:
                  dedup index stats clean/ --json
                """)

        @Argument(
            help: ArgumentHelp("The output of a run.", valueName: "dir"), completion: .directory, transform: localPath)
        var output: String

        @Flag(help: "Write JSON.")
        var json = false

        func run() throws {
            let statistics = try OutputIndex(output).statistics()
            if json { return try Terminal.output(json: statistics.json()) }
            try Terminal.output(statistics.text)
        }
    }

    struct Compact: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compact",
            abstract: "Merges the segments of an index into one.",
            discussion: """
                Every run merges some segments. Merging all of them makes later runs with few new documents faster. \
                The results do not change.

                Example:
                  dedup index compact clean/
                """)

        @Argument(
            help: ArgumentHelp("The output of a run.", valueName: "dir"), completion: .directory, transform: localPath)
        var output: String

        @OptionGroup var quietOptions: QuietOptions

        func run() throws {
            let index = try OutputIndex(output)
            let before = try index.statistics()
            try index.compact()
            let after = try index.statistics()
            if !quietOptions.quiet {
                Terminal.note([
                    "\(before.segments.count.grouped) segments of \(before.segmentBytes.byteSize) are now "
                        + "\(after.segments.count.grouped) of \(after.segmentBytes.byteSize)"
                ])
            }
        }
    }
}

extension OutputIndex.Statistics {
    fileprivate var text: String {
        let perDocument = Int(bytesPerDocument.rounded())
        var lines = [
            "\(documents.grouped) documents of \(shards.grouped) shards, \(shingles.grouped) shingles",
            "",
            "  shingles and names  \(logBytes.byteSize)",
            "  segments            \(segmentBytes.byteSize), \(bandKeys.grouped) band keys",
            "  catalog             \(catalogBytes.byteSize)",
            "  all                 \(bytes.byteSize): 8 bytes for each shingle, \(perDocument) bytes for each document",
            "",
        ]
        for segment in segments {
            lines.append("  segment \(segment.number): \(segment.bandKeys.grouped) keys, \(segment.bytes.byteSize)")
        }
        if !segments.isEmpty { lines.append("") }
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { lines.append("  \(name): \(value)") }
        return lines.map { $0.visible() + "\n" }.joined()
    }
}
