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
        abstract: "Lists all damaged shards and all lines that are not documents.",
        discussion: """
            Reads the inputs to the end and writes no files. Each finding is a line on standard output: the shard, the \
            line, the byte in the decoded shard, and the reason. The exit code is 1 if there are findings.

            'dedup run' stops at the first finding, unless --on-bad-shard and --on-bad-line say otherwise.

            Example:
              dedup check corpus/ --exclude '*.tmp' --json
            """
    )

    @OptionGroup var input: InputArguments

    @OptionGroup var documents: DocumentOptions

    @OptionGroup var resources: ResourceOptions

    @Flag(help: "Write each finding as a line of JSON: shard, line, byte, kind, reason.")
    var json = false

    @OptionGroup var output: QuietOptions

    func run() async throws {
        var request = CorpusCheck.Request(
            inputs: input.inputs, threads: try resources.threadCount(), memory: try resources.memoryInBytes())
        request.selection = try documents.selection()
        request.textField = try documents.textField()
        request.allowsNaN = documents.allowsNaN
        let check = CorpusCheck(request)
        let outcome = try await ProgressLine.during(output.quiet ? nil : ProgressLine(check.progress, nil)) { [json] in
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
                        ? "" : "; 'dedup run' leaves them out with \(remedies.joined(separator: " and "))"))
        }
        summary.show(quiet: output.quiet)
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
