import ArgumentParser
import Basics
import Corpus
import Dedup
import Foundation
import Pipelines
import QualityScoring
import Reports
import Scoring
import Tokenizers

struct ExplainScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-score",
        abstract: "Shows what raised or lowered a document's scores.",
        discussion: """
            A document is given by its id, or as SHARD:LINE. The numbers shown for each output of the head add up to \
            its log-odds: the bias, the document's vector as a whole, and each statistic of the text, the strongest \
            first. A log-odds of 0 is a score of 0.5; 2 is 0.88, and -2 is 0.12.

            A text of more than some sentences is also shown in windows, each with its scores as a text of its own: \
            the lowest ones say where the problem is.

            Example:
              dedup explain-score clean/ crawl/a.jsonl:17 --full
            """
    )

    /// The number of statistics that are shown for each output of the head.
    private static let shownStatistics = 15
    /// The number of windows that are shown, the ones of the lowest quality.
    private static let shownWindows = 5
    /// The number of characters that are shown of a window.
    private static let shownCharacters = 80

    @Argument(
        help: ArgumentHelp("A corpus that 'dedup score' scored.", valueName: "dir"), completion: .directory,
        transform: localPath)
    var corpus: String

    @Argument(help: ArgumentHelp("A document: its id, or SHARD:LINE.", valueName: "id"))
    var id: String

    @Option(
        help: ArgumentHelp("The file of the head (default: head.json of the model).", valueName: "file"),
        completion: .file(extensions: ["json"]), transform: localPath)
    var head: String?

    @Option(
        help: ArgumentHelp(
            "Vectors that 'dedup embed' made of the corpus; the vector is read, not computed.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var embeddings: String?

    @OptionGroup var modelOptions: ModelOptions

    @Flag(help: "Show all statistics and all windows, and the windows whole.")
    var full = false

    func run() async throws {
        var request = ScoreRequest(corpus: corpus, threads: 1, memory: MemoryPlan.standard)
        request.head = head
        request.embeddings = embeddings
        request.model = modelOptions.model
        let explainer = try await ScoreExplainer(request)
        do {
            try Terminal.output(text(try await explainer.explanation(of: id)))
        } catch let ambiguous as AmbiguousDocument {
            try Terminal.output(ambiguous.places.map { $0.visible() + "\n" }.joined())
            throw Failure("\(ambiguous.id): \(ambiguous.places.count) documents have this id; name one by its place")
        }
    }

    private func text(_ found: ScoreExplainer.Explanation) -> String {
        var name = "\(found.shard):\(found.line)"
        if let id = found.id { name += " (id \(id.name))" }
        guard let scores = found.scores else {
            return "\(name.visible()): no score: \(found.unscored?.name ?? "no document")\n"
        }
        var text =
            "\(name.visible()): quality \(scores.quality.fixed(6)), at the percentile \(scores.percentile.fixed(1)) of "
            + "\(found.documents.counted("document"))\n"
        if let reason = scores.reasonOutside { text += "out of domain, so that this is a guess: \(reason)\n" }
        for output in scores.outputs { text += self.text(output) }
        return text + self.text(scores.windows, scores.outputs.map(\.name))
    }

    private func text(_ output: ScoreExplainer.Explanation.Output) -> String {
        var text = "\n\(output.name.visible()) \(output.score.fixed(6)), log-odds \(Self.signed(output.logit))\n"
        let shown = full ? output.statistics : Array(output.statistics.prefix(Self.shownStatistics))
        var rows = [(output.bias, "bias"), (output.vector, "the vector")]
        rows += shown.map { ($0.pull, "\($0.name) \($0.value.fixed(4))") }
        let rest = output.statistics.dropFirst(shown.count)
        if !rest.isEmpty {
            rows.append((rest.reduce(0) { $0 + $1.pull }, "\(rest.count.counted("other statistic"))"))
        }
        for (pull, what) in rows {
            let number = Self.signed(pull)
            text += String(repeating: " ", count: max(2, 10 - number.count)) + number + "  " + what + "\n"
        }
        return text
    }

    /// Shows windows with their scores, in the order of the text.
    private func text(_ windows: [ScoreExplainer.Explanation.Window]?, _ outputs: [String]) -> String {
        guard let windows else { return "\nno windows: the model that made the vectors is not there to score them\n" }
        if windows.isEmpty { return "" }
        var shown = Array(windows.indices)
        if !full {
            let judged = shown.filter { windows[$0].scores != nil }
            shown = judged.sorted { (windows[$0].scores!.quality, $0) < (windows[$1].scores!.quality, $1) }
            shown = shown.prefix(Self.shownWindows).sorted()
        }
        let which = shown.count < windows.count ? "the \(shown.count) lowest of \(windows.count) windows" : "windows"
        var text = "\n\(which), scored by themselves: quality (\(outputs.joined(separator: ", ").visible()))\n"
        for index in shown {
            let window = windows[index]
            let number = "\(index + 1)"
            text += String(repeating: " ", count: max(2, 6 - number.count)) + number + "  "
            if let (quality, scores) = window.scores {
                text += "\(quality.fixed(3)) (\(scores.map { $0.fixed(3) }.joined(separator: ", ")))  "
            } else {
                text += "too short  "
            }
            let excerpt = window.text.prefix(full ? window.text.count : Self.shownCharacters)
            text += String(excerpt).visible() + (excerpt.count < window.text.count ? "…" : "") + "\n"
        }
        return text
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + value.fixed(3) }
}
