package import Corpus
internal import PipelineGraph

/// A shard that is to be read.
package struct ShardTask: Measured {
    package let shard: Shard
    /// The shard's position in the run, from 0.
    package let ordinal: Int
    /// The name of the shard's input.
    package let input: String

    package init(shard: Shard, ordinal: Int, input: String) {
        self.shard = shard
        self.ordinal = ordinal
        self.input = input
    }

    package var documents: Int { 0 }
    package var bytes: Int { Int(shard.size) }
}
