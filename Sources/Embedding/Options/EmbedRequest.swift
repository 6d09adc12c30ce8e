package import Corpus
internal import OutputStore
internal import Pipelines

/// The settings of `dedup embed`.
package struct EmbedRequest: Sendable {
    /// The inputs, `PATH` or `LABEL=PATH`, as the user gave them.
    package var inputs: [String]
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    /// The folder for the vectors.
    package var out: String
    /// How vectors are made.
    package var options: EmbedOptions
    /// The fields that hold a document's text.
    package var textField: String
    /// The field that holds a document's id.
    package var idField: String
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text and the id.
    package var allowsNaN = false
    /// Whether lines that are not documents get a row of zeros; otherwise such a line ends the run.
    package var keepsBadLines = false
    /// The number of threads of the run.
    package var threads: Int
    /// The memory that the run may use, in bytes.
    package var memory: Int
    /// Whether damaged shards are left out; otherwise the first one ends the run.
    package var skipsDamagedShards = false
    /// Whether existing vectors are replaced, whatever they were made with.
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
