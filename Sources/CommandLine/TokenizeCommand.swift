import ArgumentParser
import Basics
import Corpus
import Dedup
import Embedding
import Foundation
import Reports
import Tokenizers

struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Shows what a model reads: the tokens of documents, as JSON lines.",
        discussion: """
            Reads the documents of shards, and writes a line for each, in order: {"shard", "line", "id", and "ids", \
            "tokens" or "count"}; with --max-tokens also "truncated".

            With --text instead of inputs: the line of that text, or of two as a pair.

            The model is a folder with tokenizer.json (or vocab.json and merges.txt) of a byte-level BPE.
            """
    )

    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"),
        transform: localPath)
    var inputs: [String] = []

    @Option(
        help: ArgumentHelp(
            "The folder of the model, or of its tokenizer (default: DEDUP_MODEL, or the model that came with dedup).",
            valueName: "dir"), transform: localPath)
    var model: String?

    // This strategy accepts a text that begins with a minus sign.
    @Option(
        name: .customLong("text"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A text to tokenize; given twice, a pair of texts.", valueName: "text"))
    var texts: [String] = []

    @Option(help: ArgumentHelp("What to write of a text: ids, tokens or counts.", valueName: "what"))
    var output = TokenizeOptions.Output.ids

    @Option(
        help: ArgumentHelp(
            "What special tokens in a text are read as: plain (as text) or split (as Hugging Face does).",
            valueName: "how"))
    var specialTokens = SpecialTokens.plain

    @Option(help: ArgumentHelp("Tokens of a text at most, the added ones counted (default: all).", valueName: "n"))
    var maxTokens: Int?

    @Flag(help: "Leave out the special tokens that the model expects around a text.")
    var noSpecial = false

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("The field that names a document.", valueName: "path"))
    var idField = "id"

    @Option(
        help: ArgumentHelp(
            "At a line that is no document: stop, keep (a line with the reason) or drop.", valueName: "do"))
    var onBadLine = BadLinePolicy.stop

    @Flag(help: "Go on when more than half of a shard's lines, and at least 20, are dropped (default: stop).")
    var allowMostlyBad = false

    @OptionGroup var damage: DamageOptions

    @Flag(help: "No summary.")
    var quiet = false

    func run() throws {
        guard inputs.isEmpty != texts.isEmpty else {
            throw Failure.usage("what to tokenize is either shards or --text, one of them")
        }
        if texts.count > 2 { throw Failure.usage("--text may be given twice, for a pair, not \(texts.count) times") }
        if let maxTokens, maxTokens < 1 { throw Failure.usage("--max-tokens is a number from 1, not \(maxTokens)") }
        var options = TokenizeOptions()
        options.output = output
        options.special = specialTokens
        options.limit = maxTokens
        options.addsSpecial = !noSpecial
        options.textField = try fields.text()
        options.allowsNaN = fields.allowsNaN
        options.selection = try selection.selection()
        options.idField = try FieldOptions.id(idField)
        options.onBadLine = onBadLine
        options.allowsMostlyBad = allowMostlyBad
        options.skipsDamagedShards = damage.skips
        let tokenizer = try CorpusTokenizer(model: model, options)
        if let text = texts.first {
            let second = texts.count > 1 ? texts[1] : nil
            try tokenizer.tokenize(text, second) { bytes throws(Failure) in try Terminal.output(bytes) }
            return
        }
        let start = ContinuousClock.now
        try tokenizer.tokenize(inputs: inputs) { bytes throws(Failure) in try Terminal.output(bytes) }
        var summary = Summary.Lines(text(of: tokenizer.counts, start.duration(to: .now) / .seconds(1)))
        summary.append(Summary.text(tokenizer.others))
        Summary.warn(of: tokenizer.skipped, in: &summary)
        summary.show(quiet: quiet)
    }

    private func text(of counts: CorpusTokenizer.Counts, _ seconds: Double) -> String {
        var text = "\(counts.documents.grouped) \(counts.documents == 1 ? "document" : "documents"), "
        text += "\(counts.tokens.grouped) tokens"
        if counts.truncated > 0 {
            text += ", \(counts.truncated.grouped) truncated"
            text += String(format: " (%.1f %%)", Double(counts.truncated) / Double(counts.documents) * 100)
        }
        if counts.badLines > 0 { text += ", \(counts.badLines.grouped) bad lines" }
        return text
            + String(format: "; %.1f s, %.1f MB/s of text", seconds, Double(counts.bytes) / 1e6 / max(seconds, 1e-3))
    }
}

extension TokenizeOptions.Output: ExpressibleByArgument {}
extension SpecialTokens: ExpressibleByArgument {}
extension BadLinePolicy: ExpressibleByArgument {}
