package import Corpus
internal import PipelineGraph

/// A shard to be read.
package struct ShardTask: Measured {
    package let shard: Shard
    /// Its place in the run.
    package let ordinal: Int
    /// The name of its input.
    package let input: String

    package init(shard: Shard, ordinal: Int, input: String) {
        self.shard = shard
        self.ordinal = ordinal
        self.input = input
    }

    package var documents: Int { 0 }
    package var bytes: Int { Int(shard.size) }
}
