package import Corpus
internal import OutputStore

/// What a run is asked to do, besides its definition.
package struct RunOptions: Sendable {
    /// `INPUT...` as they were given.
    package var inputs: [String]
    /// Which files of the inputs are shards.
    package var selection = ShardSelection.standard
    /// nil only for a dry run.
    package var out: String?
    package var threads: Int
    package var memory: Int
    package var isDryRun = false
    /// Make the output anew, whatever it was made with.
    package var replaces = false

    /// Other outputs, whose kept documents come before all of this one's.
    package var against: [String] = []
    /// Go on although the other outputs are not those of earlier runs.
    package var acceptsOtherAgainst = false
    /// A shard that is gone from its input is an error.
    package var isStrictOnInputs = false
    /// A shard that sorts before one that is done is an error.
    package var isStrictOnOrder = false
    /// Read shards that are done, to see that they are what they were.
    package var verifiesInputs = false

    /// Leave out shards whose bytes are damaged, instead of stopping at the first one.
    package var skipsDamagedShards = false
    /// Take in the new lines of the last shard, where it grew at its end.
    package var takesAppendedLines = false
    /// Go on when most lines of a shard are dropped because they are no documents.
    package var allowsMostlyBad = false

    /// The folders that stages write to besides the output, by the names of their parameters (`PipelineStage.folder`).
    package var folders: [String: String] = [:]

    /// Bytes that the index may take; nil for its share of `memory`.
    package var indexMemory: Int?
    /// Of a larger shard, what is done is for good after every so many decoded bytes.
    package var partialShardBytes = 1 << 30

    package init(inputs: [String], out: String?, threads: Int, memory: Int) {
        self.inputs = inputs
        self.out = out
        self.threads = threads
        self.memory = memory
    }
}
