internal import DuplicateIndex
internal import OutputStore

/// A removed document of a batch, and the document that it duplicates.
struct Removal: Sendable {
    let document: Int
    let twin: DuplicateIndex.Twin
}

/// What the shards of twins are called.
struct TwinNames: Sendable {
    /// The outputs that are only looked at, by their places before the own.
    let others: [OtherOutput]
    let own: ShardSequence

    func shard(of twin: DuplicateIndex.Twin) -> String {
        isOwn(twin) ? own.name(twin.place.shard) : others[twin.earlier!].shards[twin.place.shard]
    }

    /// The name of the output that the twin is in; nil for the own.
    func output(of twin: DuplicateIndex.Twin) -> String? {
        isOwn(twin) ? nil : others[twin.earlier!].name
    }

    func isOwn(_ twin: DuplicateIndex.Twin) -> Bool {
        // A dry run looks at its own output as one more, behind the others.
        twin.earlier.map { $0 >= others.count } ?? true
    }
}
