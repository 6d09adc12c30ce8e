import ArgumentParser
import Basics
import DeBERTa
import Dedup
import Embedding
import Foundation
import Pipelines
import Tokenizers

struct EmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Writes a vector for every document: what a DeBERTa encoder makes of its text.",
        discussion: """
            For every shard, OUT gets SHARD.npy, which NumPy and faiss read and map (a row for every line that is not \
            blank, in order), and SHARD.ids.jsonl, which says what each row is. OUT/embeddings.json says what the \
            vectors were made with.

            An input is the output of 'dedup run', or any shards. Run again, it goes on where an earlier run stopped, \
            and embeds shards that are new or have changed. A document's vector is the same bytes whatever is embedded \
            beside it, in whatever order, on any number of threads.
            """
    )

    @Argument(
        help: ArgumentHelp("Folders of shards, or shards. LABEL=PATH names an input.", valueName: "input"),
        transform: localPath)
    var inputs: [String]

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), transform: localPath)
    var out: String

    @Option(
        help: ArgumentHelp(
            "The model: a folder of Hugging Face, with config.json, model.safetensors and tokenizer.json "
                + "(default: DEDUP_MODEL, or the model that came with dedup).",
            valueName: "dir"), transform: localPath)
    var model: String?

    // MARK: Vectors

    @Option(
        help: ArgumentHelp(
            "mean of all tokens, or cls: the first one (default: what the model says, or mean).", valueName: "kind"))
    var pooling: Pooling?

    @Flag(inversion: .prefixedNo, help: "Scale vectors to the length 1 (default: what the model says, or not).")
    var normalize: Bool?

    @Flag(inversion: .prefixedNo, help: "Apply the model's whitening (default: where it has one).")
    var whitening: Bool?

    @Option(
        help: ArgumentHelp(
            "f32, bf16 or int8 (default: that of OUT or, for a new one, the best of the processor).", valueName: "type")
    )
    var precision: Precision?

    @Option(
        help: ArgumentHelp(
            "Tokens of a sequence (default: what the model says, or was made for).", valueName: "n"))
    var maxTokens: Int?

    @Option(
        help: ArgumentHelp(
            "Of a longer text: truncate takes its beginning, mean the mean of windows over all of it (default: what "
                + "the model says, or truncate).",
            valueName: "do"))
    var long: LongTexts?

    @Option(help: ArgumentHelp("What is written: float32 or float16.", valueName: "type"))
    var dtype = VectorType.float32

    @Option(
        help: ArgumentHelp(
            "What a special token in a text, as </s>, is read as: plain text, or split as the token.", valueName: "do"))
    var specialTokens = SpecialTokens.plain

    // MARK: Documents

    @OptionGroup var selection: InputOptions

    @OptionGroup var fields: FieldOptions

    @Option(help: ArgumentHelp("The field that names a document.", valueName: "path"))
    var idField = "id"

    @Option(
        help: ArgumentHelp("At a line that is no document: stop, or keep it, with a row of zeros.", valueName: "do"))
    var onBadLine = OnBadLine.stop

    /// Lines cannot be dropped, because each line has a row in the vectors.
    enum OnBadLine: String, CaseIterable, ExpressibleByArgument { case stop, keep }

    @OptionGroup var damage: DamageOptions

    // MARK: Execution

    @Option(help: ArgumentHelp("Threads (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Memory for documents on their way, besides the model, as 512M or 4G; the least is 256M (default: 2G, or "
                + "half of the machine's).", valueName: "size"))
    var memory: String?

    @Flag(help: "Make the vectors anew, also with other parameters.")
    var force = false

    @Flag(help: "Write embeddings.json to standard output.")
    var json = false

    @Flag(help: "No progress and no summary; warnings are shown.")
    var quiet = false

    func run() async throws {
        let run = EmbedRun(try request())
        let outcome = try await ProgressLine.during(quiet ? nil : ProgressLine(run.progress)) {
            try await run.run()
        }
        if json { try Terminal.output(json: outcome.record.json()) }
        var summary = Summary.text(outcome)
        if model == nil { summary.append("the model is \(outcome.record.model)") }
        summary.append("written to \(out)")
        summary.show(quiet: quiet)
    }

    private func request() throws(Failure) -> EmbedRequest {
        var options = EmbedOptions()
        options.model = model
        options.pooling = pooling
        options.normalize = normalize
        options.whitening = whitening
        options.precision = precision
        options.maxTokens = maxTokens
        options.long = long
        options.dtype = dtype
        options.specialTokens = specialTokens
        var request = EmbedRequest(
            inputs: inputs, out: out, options: options, threads: try RunCommand.threads(threads),
            memory: try RunCommand.memory(memory))
        request.textField = try fields.text()
        request.allowsNaN = fields.allowsNaN
        request.selection = try selection.selection()
        request.idField = try FieldOptions.id(idField)
        request.keepsBadLines = onBadLine == .keep
        request.skipsDamagedShards = damage.skips
        request.replaces = force
        return request
    }
}

extension Pooling: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension LongTexts: ExpressibleByArgument {}
extension VectorType: ExpressibleByArgument {}
