package import Corpus
internal import DuplicateIndex

/// A shard that a run takes in.
package struct PlannedShard: Sendable {
    package let shard: Shard
    /// The base name of its input.
    package let inputName: String
    /// How far an earlier run came with it, where that is for good.
    package var partial: PartialShard?

    package init(shard: Shard, inputName: String, partial: PartialShard? = nil) {
        self.shard = shard
        self.inputName = inputName
        self.partial = partial
    }
}

/// The last shard that was taken in, which has grown at its end since.
package struct GrownShard: Sendable {
    package let planned: PlannedShard
    /// What became of it when it was taken in.
    package let before: Catalog.ShardRecord

    package init(planned: PlannedShard, before: Catalog.ShardRecord) {
        self.planned = planned
        self.before = before
    }
}

/// The shards that a run takes in, by their places in the corpus: those before them are done.
package struct ShardSequence: Sendable {
    /// The names of the shards that are done, in their order.
    package let done: [String]
    package let new: [PlannedShard]

    package init(done: [String], new: [PlannedShard]) {
        self.done = done
        self.new = new
    }

    package var ordinals: Range<Int> { done.count..<done.count + new.count }

    package subscript(ordinal: Int) -> PlannedShard { new[ordinal - done.count] }

    package func name(_ ordinal: Int) -> String {
        ordinal < done.count ? done[ordinal] : new[ordinal - done.count].shard.name
    }
}
