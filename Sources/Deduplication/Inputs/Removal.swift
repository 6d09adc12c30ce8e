internal import DuplicateIndex
internal import OutputStore

/// A removed document, by its index in the batch, and the document that it duplicates.
struct Removal: Sendable {
    let document: Int
    let twin: DuplicateIndex.Twin
}

/// Finds the name of the shard that a twin is in.
struct TwinNames: Sendable {
    /// The other outputs. `Twin.earlier` is an index into this list.
    let others: [OtherOutput]
    let own: ShardSequence

    func shard(of twin: DuplicateIndex.Twin) -> String {
        isOwn(twin) ? own.name(twin.place.shard) : others[twin.earlier!].shards[twin.place.shard]
    }

    /// The name of the other output that the twin is in; nil if it is in the output of this run.
    func output(of twin: DuplicateIndex.Twin) -> String? {
        isOwn(twin) ? nil : others[twin.earlier!].name
    }

    func isOwn(_ twin: DuplicateIndex.Twin) -> Bool {
        // A dry run only reads the index of its own output, which follows the indexes of the others.
        twin.earlier.map { $0 >= others.count } ?? true
    }
}
