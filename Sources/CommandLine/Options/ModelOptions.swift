import ArgumentParser
import DeBERTa
import Embedding

/// The model: the option of all commands that use one and have a default.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the model, with Hugging Face's files (default: the environment variable DEDUP_MODEL, or the "
                + "model that came with dedup).", valueName: "dir"), completion: .directory, transform: localPath)
    var model: String?
}

/// The model and its precision: the options of all commands that compute vectors.
struct EncoderOptions: ParsableArguments {
    @OptionGroup var modelOptions: ModelOptions

    @Option(
        help: ArgumentHelp(
            "The number format to compute in; by default that of an existing output, or the best of the processor.",
            valueName: "type"))
    var precision: Precision?

    var model: String? { modelOptions.model }

    /// Whether no option is given.
    var isEmpty: Bool { model == nil && precision == nil }
}

/// How the encoder's output becomes the vector of a document: the options of `embed` and `score train`.
struct VectorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A text that is put before every sequence, as some models want it, such as 'query: ' (default: the model's "
                + "setting, or none).", valueName: "text"))
    var prefix: String?

    @Option(
        help: ArgumentHelp(
            "The vector of a text: the mean of the tokens' vectors, or that of the first token (cls); by default the "
                + "model's setting, or mean.", valueName: "kind"))
    var pooling: Pooling?

    @Flag(inversion: .prefixedNo, help: "Scale vectors to length 1 (default: the model's setting, or no).")
    var normalize: Bool?

    @Flag(inversion: .prefixedNo, help: "Apply the model's whitening (default: yes if the model has one).")
    var whitening: Bool?

    @Option(
        help: ArgumentHelp(
            "The number of tokens in a sequence, special tokens included (default: the model's setting, or its "
                + "maximum).", valueName: "n"))
    var maxTokens: Int?

    @Option(
        help: ArgumentHelp(
            "For texts with more tokens: truncate uses the beginning, mean the average over windows of the whole text; "
                + "by default the model's setting, or truncate.", valueName: "do"))
    var long: LongTexts?

    @Option(
        help: ArgumentHelp(
            "Which form of a text is encoded: keep, the text as it is, or joined, with one space for each run of white "
                + "space, so that line breaks do not count (default: the model's setting, or keep).", valueName: "form")
    )
    var layout: TextLayout?

    /// Whether no option is given.
    var isEmpty: Bool {
        prefix == nil && pooling == nil && normalize == nil && whitening == nil && maxTokens == nil && long == nil
            && layout == nil
    }

    /// The options of an embedding, with these and the encoder's options set.
    func embedOptions(_ encoder: EncoderOptions) -> EmbedOptions {
        var options = EmbedOptions()
        options.model = encoder.model
        options.precision = encoder.precision
        options.prefix = prefix
        options.pooling = pooling
        options.normalize = normalize
        options.whitening = whitening
        options.maxTokens = maxTokens
        options.long = long
        options.layout = layout
        return options
    }
}

extension Pooling: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension LongTexts: ExpressibleByArgument {}
extension TextLayout: ExpressibleByArgument {}
