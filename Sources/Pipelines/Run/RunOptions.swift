package import Corpus
internal import OutputStore

/// The settings of a run that are not part of the pipeline definition.
package struct RunOptions: Sendable {
    /// The inputs, `PATH` or `LABEL=PATH`, as the user gave them.
    package var inputs: [String]
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    /// The output folder; nil only for a dry run.
    package var out: String?
    /// The number of threads of the run.
    package var threads: Int
    /// The memory that the run may use, in bytes.
    package var memory: Int
    /// Whether the run only counts and reports, without writing an output.
    package var isDryRun = false
    /// Whether an existing output is replaced, even if it was made with other parameters.
    package var replaces = false

    /// Other outputs. Their kept documents count as earlier than all documents of this run.
    package var against: [String] = []
    /// Whether to continue although the other outputs are not those of earlier runs, or have changed.
    package var acceptsOtherAgainst = false
    /// Whether it is an error if a processed shard no longer exists in its input.
    package var isStrictOnInputs = false
    /// Whether it is an error if a new shard sorts before a processed one.
    package var isStrictOnOrder = false
    /// Whether processed shards are read again, to check that they have not changed.
    package var verifiesInputs = false

    /// Whether damaged shards are left out; otherwise the first one ends the run.
    package var skipsDamagedShards = false
    /// Whether lines that were appended to the last processed shard are processed.
    package var takesAppendedLines = false
    /// Whether to continue when most lines of a shard are dropped because they are not documents.
    package var allowsMostlyBad = false

    /// The folders that stages write to besides the output, by the names of their parameters (`PipelineStage.folder`).
    package var folders: [String: String] = [:]

    /// The memory of the index in bytes; nil for its share of `memory`.
    package var indexMemory: Int?
    /// In a shard that is larger than this, a part is committed each time this number of decoded bytes has been
    /// processed.
    package var partialShardBytes = 1 << 30

    package init(inputs: [String], out: String?, threads: Int, memory: Int) {
        self.inputs = inputs
        self.out = out
        self.threads = threads
        self.memory = memory
    }
}
