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
            The index is what a further run compares new documents with: the shingles of all kept documents, and sorted \
            segments of their band keys.
            """,
        subcommands: [Stats.self, VerifyCommand.self, Compact.self]
    )

    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stats", abstract: "Shows what an index holds and takes.")

        @Argument(help: ArgumentHelp("The output of a run.", valueName: "dir"), transform: localPath)
        var output: String

        @Flag(help: "As JSON.")
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
                Runs merge segments as they go; one segment makes the look-ups of a run with few new documents cheaper. \
                Results do not change.
                """)

        @Argument(help: ArgumentHelp("The output of a run.", valueName: "dir"), transform: localPath)
        var output: String

        @Flag(help: "No summary.")
        var quiet = false

        func run() throws {
            let index = try OutputIndex(output)
            let before = try index.statistics()
            try index.compact()
            let after = try index.statistics()
            if !quiet {
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
            "  all                 \(bytes.byteSize): 8 for a shingle, \(perDocument) for a document",
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
