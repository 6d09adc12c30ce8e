package import Corpus
internal import OutputStore

/// What `dedup tokenizer train` is asked to do.
package struct TokenizerTrainingOptions: Sendable {
    /// `INPUT...` as they were given.
    package var inputs: [String]
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    package var out: String
    /// Tokens of the vocabulary, special ones and bytes included.
    package var vocabulary: Int
    /// A pair of tokens that occurs less often is not merged.
    package var minFrequency = 2
    package var textField = "text"
    /// Whether a bare NaN, Infinity and -Infinity are values of fields that are not read.
    package var allowsNaN = false
    /// Whether lines that are no documents are left out; else the run ends at the first one.
    package var dropsBadLines = false
    /// Go on when most lines of a shard are left out.
    package var allowsMostlyBad = false
    package var threads: Int
    package var memory: Int
    /// Replace the files of a tokenizer that are there, and leave other files alone.
    package var replaces = false

    package init(inputs: [String], out: String, vocabulary: Int, threads: Int, memory: Int) {
        self.inputs = inputs
        self.out = out
        self.vocabulary = vocabulary
        self.threads = threads
        self.memory = memory
    }
}
