internal import Corpus
internal import DuplicateIndex

/// A shard of a run.
struct PlannedShard: Sendable {
    let shard: Shard
    /// The base name of its input.
    let inputName: String
    /// Its record, where an earlier run wrote its output: it is read again for the index, and not written.
    let done: Catalog.ShardRecord?
}
