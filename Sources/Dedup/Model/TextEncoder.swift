internal import Basics
internal import DeBERTa
internal import Embedding
public import Foundation

/// Turns texts into vectors with a DeBERTa encoder. Texts of similar meaning have vectors of high cosine similarity.
///
/// ```swift
/// let encoder = try await TextEncoder()
/// let vectors = try await encoder.vectors(for: ["A cat sat on the mat.", "Кошка сидела на ковре."])
/// print(TextEncoder.similarity(vectors[0], vectors[1]))
/// ```
///
/// The vector of a text does not depend on the texts beside it or on the number of cores, and has the same bytes as the
/// vector that an embedding run writes for the text. Any number of tasks may use one encoder at the same time.
public final class TextEncoder: Sendable {
    /// How the states of a sequence's tokens become one vector.
    public enum Pooling: String, Sendable, Hashable, CaseIterable {
        /// The mean of the last hidden states of all tokens, special ones included.
        case mean
        /// The last hidden state of the first token.
        case firstToken = "cls"
    }

    /// The treatment of a text with more tokens than a sequence may have.
    public enum LongTexts: String, Sendable, Hashable, CaseIterable {
        /// Only its first tokens are encoded.
        case truncate
        /// It is cut into sequences, whose vectors are averaged, weighted by their numbers of tokens.
        case mean
    }

    /// The form of a text that is encoded.
    public enum Layout: String, Sendable, Hashable, CaseIterable {
        /// The text as it is.
        case keep
        /// The text in one line, with one space for each run of white space.
        case joined
    }

    /// The precision of the matrix products.
    public enum Precision: String, Sendable, Hashable, CaseIterable {
        /// 32-bit floating point; every processor has it.
        case float32 = "f32"
        /// 16-bit brain floating point; needs a processor with AVX-512 BF16.
        case bfloat16 = "bf16"
        /// 8-bit integers; needs a processor with AVX-512 VNNI.
        case int8
    }

    /// How vectors are made. Where a property is nil, the model's default is used.
    public struct Options: Sendable, Hashable {
        /// The text that is put before every sequence, such as `query: `; nil for the setting in the model's
        /// embedding.json or, without one, none.
        public var prefix: String?
        /// How the states of a sequence become one vector; nil for the setting in the model's embedding.json or,
        /// without one, the mean.
        public var pooling: Pooling?
        /// Whether vectors are scaled to the length 1; nil for the setting in embedding.json or, without one, false.
        public var normalizes: Bool?
        /// Whether the model's whitening is applied; nil to apply it if the model has one.
        public var whitens: Bool?
        /// The largest number of tokens in a sequence, from 3 to 8192, special tokens included; nil for the limit in
        /// the model's files.
        public var maxTokens: Int?
        /// The treatment of long texts; nil for the setting in embedding.json or, without one, truncation.
        public var longTexts: LongTexts?
        /// The form of a text that is encoded; nil for what embedding.json says, or the text as it is.
        public var layout: Layout?
        /// The precision; nil for the fastest that this processor has.
        public var precision: Precision?

        /// The model's defaults.
        public init() {}
    }

    /// The folder of the model.
    public let model: URL
    /// The number of components of a vector.
    public let dimensions: Int
    private let encoder: TextEmbedder

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - model: the folder of the model, as Hugging Face's `save_pretrained` writes it (config.json,
    ///     model.safetensors, tokenizer.json). Nil for the folder that the environment variable `DEDUP_MODEL` names,
    ///     else for `share/dedup/model` beside this program's `bin` folder, else for the model that was installed with
    ///     the command `dedup` in `PATH`.
    ///   - options: how vectors are made.
    /// - Throws: a `DedupError` of the kind `parameter` if there is no model or an option does not fit it, of the kind
    ///   `data` if a file of the model is damaged.
    public init(model: URL? = nil, options: Options = Options()) async throws(DedupError) {
        let (encoder, path) = try await Threads.run { () throws in
            let model = try EncodingModel(InstalledModel.location(model))
            return (try TextEmbedder(model, try Self.parameters(model, options), threads: Threads.count), model.path)
        }
        self.encoder = encoder
        self.model = URL(fileURLWithPath: path)
        dimensions = encoder.parameters.dimensions
    }

    private static func parameters(_ model: EncodingModel, _ options: Options) throws(Failure) -> EmbedParameters {
        var embed = EmbedOptions()
        embed.prefix = options.prefix
        embed.pooling = options.pooling.flatMap { DeBERTa.Pooling(rawValue: $0.rawValue) }
        embed.normalize = options.normalizes
        embed.whitening = options.whitens
        embed.maxTokens = options.maxTokens
        embed.long = options.longTexts.flatMap { Embedding.LongTexts(rawValue: $0.rawValue) }
        embed.layout = options.layout.flatMap { TextLayout(rawValue: $0.rawValue) }
        let precision = options.precision.flatMap { DeBERTa.Precision(rawValue: $0.rawValue) } ?? .best
        let request = EmbedRequest(inputs: [], out: "", options: embed, threads: 1, memory: 0)
        return try model.parameters(request, precision, whitening: try model.whitening(options.whitens) != nil)
    }

    /// Returns the vector of a text.
    ///
    /// - Returns: `dimensions` numbers.
    /// - Throws: a `DedupError` of the kind `cancelled` if the task is cancelled.
    public func vector(for text: String) async throws(DedupError) -> [Float] {
        try await vectors(for: [text])[0]
    }

    /// Returns the vectors of texts, in their order. It uses all cores.
    ///
    /// - Returns: for each text `dimensions` numbers.
    /// - Throws: a `DedupError` of the kind `cancelled` if the task is cancelled.
    public func vectors(for texts: [String]) async throws(DedupError) -> [[Float]] {
        try await Threads.run { [encoder] in
            let parts = TextParts.of(texts)
            return try await Threads.inParallel(parts) { try encoder.vectors(of: texts[$0]) }.flatMap { $0 }
        }
    }

    /// The cosine similarity of two vectors, from -1 to 1; 0 if one of them is zero.
    ///
    /// - Precondition: the vectors have the same number of dimensions.
    public static func similarity(_ a: [Float], _ b: [Float]) -> Double {
        precondition(a.count == b.count, "vectors of \(a.count) and \(b.count) dimensions")
        var (product, squareOfA, squareOfB) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            product += Double(x) * Double(y)
            squareOfA += Double(x) * Double(x)
            squareOfB += Double(y) * Double(y)
        }
        let lengths = (squareOfA * squareOfB).squareRoot()
        return lengths == 0 ? 0 : product / lengths
    }
}

/// The division of texts among the threads that encode them.
enum TextParts {
    /// About a thousand tokens: enough rows for a matrix product to be efficient.
    private static let bytes = 8 << 10
    private static let texts = 64

    /// Returns consecutive ranges, each for one task.
    static func of(_ texts: [String]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var size = 0
        for (number, text) in texts.enumerated() {
            size += text.utf8.count
            if size >= bytes || number + 1 - start >= Self.texts || number + 1 == texts.count {
                parts.append(start..<number + 1)
                start = number + 1
                size = 0
            }
        }
        return parts
    }
}
