package import Corpus
internal import OutputStore

/// The settings of `dedup tokenizer train`.
package struct TokenizerTrainingOptions: Sendable {
    /// The inputs, `PATH` or `LABEL=PATH`, as the user gave them.
    package var inputs: [String]
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    /// The folder for the tokenizer's files.
    package var out: String
    /// The number of tokens in the vocabulary, including special tokens and bytes.
    package var vocabulary: Int
    /// Pairs of tokens that occur less often than this are not merged.
    package var minFrequency = 2
    /// The fields that hold a document's text.
    package var textField = "text"
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text.
    package var allowsNaN = false
    /// Whether lines that are not documents are left out; otherwise the first one ends the run.
    package var dropsBadLines = false
    /// Whether to continue when most lines of a shard are left out.
    package var allowsMostlyBad = false
    /// The number of threads of the run.
    package var threads: Int
    /// The memory that the run may use, in bytes.
    package var memory: Int
    /// Whether files of a tokenizer in the folder are replaced. Other files there are never changed.
    package var replaces = false

    package init(inputs: [String], out: String, vocabulary: Int, threads: Int, memory: Int) {
        self.inputs = inputs
        self.out = out
        self.vocabulary = vocabulary
        self.threads = threads
        self.memory = memory
    }
}
