/// What `dedup tokenizer train` is asked to do.
package struct TokenizerTrainingOptions: Sendable {
    /// `INPUT...` as they were given.
    package var inputs: [String]
    package var out: String
    /// Tokens of the vocabulary, special ones and bytes included.
    package var vocabulary: Int
    /// A pair of tokens that occurs less often is not merged.
    package var minFrequency = 2
    package var textField = "text"
    /// Whether lines that are no documents are left out; else the run ends at the first one.
    package var dropsBadLines = false
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
