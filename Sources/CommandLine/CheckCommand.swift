import ArgumentParser
import Basics
import Corpus
import Dedup
import Deduplication
import Foundation
import Reports

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Lists every damaged shard and every line that is no document.",
        discussion: """
            Reads the inputs once, to their ends, and writes nothing. Each finding is a line on standard output: the \
            shard, the line and the byte of the decoded shard where it is about a line, and what is wrong. The exit code \
            is 1 when there is any.

            'dedup run' stops at the first one, unless --on-bad-shard and --on-bad-line say otherwise.

            Example: dedup check corpus/
            """
    )

    @Argument(help: ArgumentHelp("Folders of shards, or shards.", valueName: "input"), transform: localPath)
    var inputs: [String]

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("Memory to take, as 512M or 4G; the least is 256M.", valueName: "size"))
    var memory: String?

    @Flag(help: "Write each finding as a line of JSON: shard, line, byte, kind, reason.")
    var json = false

    @Flag(help: "No progress, no summary.")
    var quiet = false

    func run() async throws {
        var request = CorpusCheck.Request(
            inputs: inputs, threads: try RunCommand.threads(threads), memory: try RunCommand.memory(memory))
        request.selection = try selection.selection()
        request.textField = try fields.text()
        request.allowsNaN = fields.allowsNaN
        let check = CorpusCheck(request)
        let outcome = try await ProgressLine.during(quiet ? nil : ProgressLine(check.progress, nil)) { [json] in
            try await check.run { finding in
                if json {
                    try Terminal.output(json: finding.json())
                } else {
                    try Terminal.output(finding.text.visible() + "\n")
                }
            }
        }
        let counts =
            "\(outcome.shards.counted("shard")), \(outcome.documents.counted("document")), "
            + "\(outcome.badLines.counted("bad line")), \(outcome.damagedShards.counted("damaged shard"))"
            + (outcome.unreadShards > 0 ? ", \(outcome.unreadShards.counted("shard")) not read to the end" : "")
        var summary = Summary.Lines(counts)
        summary.append(Summary.text(outcome.others))
        guard outcome.isSound else {
            // A shard that could not be read to its end is not damaged, so no option leaves it out.
            let remedies = [
                outcome.damagedShards > 0 ? "--on-bad-shard skip" : nil,
                outcome.badLines > 0 ? "--on-bad-line drop" : nil,
            ].compactMap { $0 }
            throw Failure(
                counts
                    + (remedies.isEmpty
                        ? "" : "; 'dedup run' leaves out what is bad with \(remedies.joined(separator: " and "))"))
        }
        summary.show(quiet: quiet)
    }
}

extension CorpusCheck.Finding {
    private var kind: String { isDamage ? "damaged-shard" : line == nil ? "unread-shard" : "bad-line" }

    fileprivate var text: String {
        if let line, let byte { "\(shard), line \(line), byte \(byte): \(reason)" } else { "\(shard): \(reason)" }
    }

    /// Returns a JSON object on one line.
    fileprivate func json() throws -> [UInt8] {
        struct Line: Encodable {
            let shard: String
            let line: Int?
            let byte: Int?
            let kind: String
            let reason: String
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(shard: shard, line: line, byte: byte, kind: kind, reason: reason)
        return Array(try encoder.encode(line)) + [UInt8(ascii: "\n")]
    }
}
