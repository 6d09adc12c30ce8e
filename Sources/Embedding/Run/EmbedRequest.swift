package import Corpus
internal import OutputStore
package import Pipelines

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
