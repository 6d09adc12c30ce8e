package import Corpus
internal import DuplicateIndex

/// A shard that a run will process.
package struct PlannedShard: Sendable {
    /// The input file.
    package let shard: Shard
    /// The base name of its input.
    package let inputName: String
    /// The durable part of an earlier run's work on this shard; nil if there is none.
    package var partial: PartialShard?

    package init(shard: Shard, inputName: String, partial: PartialShard? = nil) {
        self.shard = shard
        self.inputName = inputName
        self.partial = partial
    }
}

/// The last shard that was processed, if lines have been appended to it since.
package struct GrownShard: Sendable {
    /// The shard as it is now.
    package let planned: PlannedShard
    /// The record of the shard from before it grew.
    package let before: Catalog.ShardRecord

    package init(planned: PlannedShard, before: Catalog.ShardRecord) {
        self.planned = planned
        self.before = before
    }
}

/// All shards of the output in corpus order: first those that are done, then those that the run processes.
package struct ShardSequence: Sendable {
    /// The names of the shards that are done, in corpus order.
    package let done: [String]
    /// The shards that the run processes, in corpus order.
    package let new: [PlannedShard]

    package init(done: [String], new: [PlannedShard]) {
        self.done = done
        self.new = new
    }

    /// The ordinals of the shards that the run processes.
    package var ordinals: Range<Int> { done.count..<done.count + new.count }

    /// The shard with this ordinal; it must be one that the run processes.
    package subscript(ordinal: Int) -> PlannedShard { new[ordinal - done.count] }

    /// The name of the shard with this ordinal.
    package func name(_ ordinal: Int) -> String {
        ordinal < done.count ? done[ordinal] : new[ordinal - done.count].shard.name
    }
}
