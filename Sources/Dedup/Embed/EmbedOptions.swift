package import Basics
package import Corpus
package import DeBERTa
package import Tokenizers

/// What becomes of a text with more tokens than a sequence may have.
package enum LongTexts: String, Sendable, CaseIterable {
    /// Its first tokens stand for it.
    case truncate
    /// It is cut into windows, and the mean of their vectors, weighted by their tokens, stands for it.
    case mean
}

/// The type of the numbers that are written.
package enum VectorType: String, Sendable, CaseIterable {
    case float32, float16

    /// Bytes of a number.
    var size: Int { self == .float32 ? 4 : 2 }
}

/// How documents become vectors: the options of `dedup embed`, and of the stage 'embed'.
package struct EmbedOptions: Sendable {
    /// The model's folder; nil where it was not said: see `ModelLocation`.
    package var model: String?
    /// nil: what the model says of itself, or mean.
    package var pooling: Pooling?
    /// Whether vectors have the length 1; nil: what the model says of itself, or not.
    package var normalize: Bool?
    /// Whether the model's whitening is applied; nil: where it has one.
    package var whitening: Bool?
    /// nil: the one that the folder was made with or, for a new one, the best that the processor computes in.
    package var precision: Precision?
    /// Tokens of a sequence at most, special ones included; nil: what the model says of itself, or was made for.
    package var maxTokens: Int?
    /// nil: what the model says of itself, or truncate.
    package var long: LongTexts?
    package var dtype = VectorType.float32
    package var specialTokens = SpecialTokens.plain

    package init() {}

    /// The numbers that `--max-tokens` may have: a token between the special ones, and what attention has memory for.
    package static let tokenRange = 3...8192
}

/// What `dedup embed` is asked to do.
package struct EmbedRequest: Sendable {
    /// `INPUT...` as they were given.
    package var inputs: [String]
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    package var out: String
    package var options: EmbedOptions
    package var textField: String
    package var idField: String
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false
    /// Whether a line that is no document gets a row of zeros; else the run ends there.
    package var keepsBadLines = false
    package var threads: Int
    package var memory: Int
    /// Leave out shards whose bytes are damaged, instead of stopping at the first one.
    package var skipsDamagedShards = false
    /// Make the vectors anew, whatever they were made with.
    package var replaces = false

    package init(inputs: [String], out: String, options: EmbedOptions, threads: Int, memory: Int) {
        self.inputs = inputs
        self.out = out
        self.options = options
        self.threads = threads
        self.memory = memory
        let read = ReadOptions()
        textField = read.textField
        idField = read.idField
    }
}
