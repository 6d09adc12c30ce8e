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
        abstract: "Writes the tokens of documents, as a model reads them, as JSON lines.",
        discussion: """
            Writes one line for each document of the shards, in order: {"shard", "line", "id", and "ids", "tokens" or \
            "count"}; with --max-tokens also "truncated". With --text instead of inputs, it writes one line for that \
            text, or for two texts as a pair.

            The tokenizer must be a byte-level BPE: tokenizer.json, or vocab.json and merges.txt.

            Example:
              dedup tokenize --text 'Hello, world' --output tokens
            """
    )

    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH gives an input a label.", valueName: "input"),
        completion: .file(), transform: localPath)
    var inputs: [String] = []

    @OptionGroup var modelOptions: ModelOptions

    // This strategy accepts a text that begins with a minus sign.
    @Option(
        name: .customLong("text"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A text to tokenize; if given twice, a pair of texts.", valueName: "text"))
    var texts: [String] = []

    @Option(help: ArgumentHelp("What to write for each text.", valueName: "what"))
    var output = TokenizeOptions.Output.ids

    @Option(
        help: ArgumentHelp(
            "Special tokens in a text: plain reads them as text, split as the token, as Hugging Face does.",
            valueName: "how"))
    var specialTokens = SpecialTokens.plain

    @Option(
        help: ArgumentHelp("The maximum number of tokens, special tokens included (default: all).", valueName: "n"))
    var maxTokens: Int?

    @Flag(help: "Leave out the special tokens that the model expects around a text.")
    var noSpecial = false

    @OptionGroup var documents: DocumentOptions

    @OptionGroup var id: IDOptions

    @Option(
        help: ArgumentHelp(
            "At a line that is not a document: stop, keep (write a line with the reason) or drop.", valueName: "do"))
    var onBadLine = BadLinePolicy.stop

    @OptionGroup var mostlyBad: MostlyBadOptions

    @OptionGroup var damage: DamageOptions

    @OptionGroup var quietOptions: QuietOptions

    func run() throws {
        guard inputs.isEmpty != texts.isEmpty else {
            throw Failure.usage("give either shards or --text")
        }
        if texts.count > 2 { throw Failure.usage("--text may be given twice, for a pair, not \(texts.count) times") }
        if let maxTokens, maxTokens < 1 { throw Failure.usage("--max-tokens is a number from 1, not \(maxTokens)") }
        var options = TokenizeOptions()
        options.output = output
        options.special = specialTokens
        options.limit = maxTokens
        options.addsSpecial = !noSpecial
        options.textField = try documents.textField()
        options.allowsNaN = documents.allowsNaN
        options.selection = try documents.selection()
        options.idField = try id.field()
        options.onBadLine = onBadLine
        options.allowsMostlyBad = mostlyBad.allowMostlyBad
        options.skipsDamagedShards = damage.skips
        let tokenizer = try CorpusTokenizer(model: modelOptions.model, options)
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
        summary.show(quiet: quietOptions.quiet)
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
