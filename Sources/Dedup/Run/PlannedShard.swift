internal import Corpus
internal import DuplicateIndex

/// A shard that a run takes in.
struct PlannedShard: Sendable {
    let shard: Shard
    /// The base name of its input.
    let inputName: String
    /// How far an earlier run came with it, where that is for good.
    var partial: PartialShard?
}

/// The last shard that was taken in, which has grown at its end since.
struct GrownShard: Sendable {
    let planned: PlannedShard
    /// What became of it when it was taken in.
    let before: Catalog.ShardRecord
}

/// The shards that a run takes in, by their places in the corpus: those before them are done.
struct ShardSequence: Sendable {
    /// The names of the shards that are done, in their order.
    let done: [String]
    let new: [PlannedShard]

    var ordinals: Range<Int> { done.count..<done.count + new.count }

    subscript(ordinal: Int) -> PlannedShard { new[ordinal - done.count] }

    func name(_ ordinal: Int) -> String {
        ordinal < done.count ? done[ordinal] : new[ordinal - done.count].shard.name
    }
}
