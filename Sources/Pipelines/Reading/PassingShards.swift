internal import Basics
internal import Corpus
internal import DuplicateIndex
package import OutputStore
package import PipelineGraph

/// A message that all shards up to `lastOrdinal` are done: embedded, scored or filtered.
package protocol ShardsDone: Measured {
    var lastOrdinal: Int { get }
}

/// The committed shards that wait while an output stage, such as `embed`, works on them.
///
/// `TaskChooser` adds a shard when it arrives; `ShardPasser` takes it out when the stage has finished it, and sends it
/// to the next output stage. The shards take this way around the stage because the channels within the stage carry
/// batches, not committed shards.
package final class PassingShards: Sendable {
    private let waiting = Locked<[(ordinal: Int, shard: CommittedShard)]>([])

    package init() {}

    package func add(_ shard: CommittedShard, _ ordinal: Int) { waiting.withLock { $0.append((ordinal, shard)) } }

    /// Removes and returns the waiting shards up to and including an ordinal, in corpus order.
    package func take(through ordinal: Int) -> [CommittedShard] {
        waiting.withLock { waiting in
            let end = waiting.firstIndex { $0.ordinal > ordinal } ?? waiting.count
            defer { waiting.removeFirst(end) }
            return waiting[..<end].map(\.shard)
        }
    }
}

/// Sends committed shards on to the next output stage once the one before has finished them.
package actor ShardPasser<Input: ShardsDone>: OrderedStage {
    private let passing: PassingShards

    package init(_ passing: PassingShards) {
        self.passing = passing
    }

    package func process(_ done: Input, _ output: Outlet<CommittedShard>) async throws {
        for shard in passing.take(through: done.lastOrdinal) { try await output.send(shard) }
    }

    package func finish(_ output: Outlet<CommittedShard>) async throws {
        for shard in passing.take(through: .max) { try await output.send(shard) }
    }
}

/// Chooses the shards that an output stage has to work on: first the shards of earlier runs that it has not finished,
/// then the shards that this run commits, unless they are the same as before.
package actor TaskChooser<Record: RecordedShard>: OrderedStage {
    private var earlier: [ShardTask]
    private let folder: String
    private let input: String
    private let done: [BytewiseName: Record]
    /// Called with the new record of a shard that is already done: its file has another time of modification, but the
    /// same content.
    private let touch: @Sendable (Record) async -> Void
    private let passing: PassingShards
    private let progress: ShardProgress
    private var next: Int

    /// - Parameters:
    ///   - earlier: the shards of earlier runs that are not done.
    ///   - folder: the output.
    ///   - input: the name of the output. The record of each shard gives it as the shard's input.
    ///   - done: the records of the shards that are done.
    package init(
        earlier: [ShardTask], folder: String, input: String, done: [Record], _ passing: PassingShards,
        _ progress: ShardProgress, touch: @escaping @Sendable (Record) async -> Void
    ) {
        self.earlier = earlier
        self.folder = folder
        self.input = input
        self.done = Dictionary(done.map { (BytewiseName($0.name), $0) }) { $1 }
        self.passing = passing
        self.progress = progress
        self.touch = touch
        next = earlier.count
    }

    package func process(_ committed: CommittedShard, _ output: Outlet<ShardTask>) async throws {
        try await sendEarlier(output)
        let name = committed.record.name
        guard let shard = try Shard(named: name, in: folder) else {
            throw Failure(
                "\(folder)/\(name): missing, although it was written; run again when no other program changes the "
                    + "output")
        }
        passing.add(committed, next)
        // If the output was replaced by a new run, most shards are the same as before.
        if let current = try done[BytewiseName(name)]?.ifUnchanged(from: shard) {
            await touch(current)
        } else {
            progress.expect(shards: 1, bytes: shard.size)
            try await output.send(ShardTask(shard: shard, ordinal: next, input: input))
        }
        next += 1
    }

    package func finish(_ output: Outlet<ShardTask>) async throws {
        try await sendEarlier(output)
    }

    private func sendEarlier(_ output: Outlet<ShardTask>) async throws {
        let tasks = earlier
        earlier = []
        for task in tasks { try await output.send(task) }
    }
}
