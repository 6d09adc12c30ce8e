internal import Basics
internal import Corpus
internal import DuplicateIndex
package import OutputStore
package import PipelineGraph

/// Says that all shards up to one are done, by its ordinal.
package protocol ShardsDone: Measured {
    var lastOrdinal: Int { get }
}

/// Shards of the output on their way past stages that work on shards of their own.
package final class PassingShards: Sendable {
    private let waiting = Locked<[(ordinal: Int, shard: CommittedShard)]>([])

    package init() {}

    package func add(_ shard: CommittedShard, _ ordinal: Int) { waiting.withLock { $0.append((ordinal, shard)) } }

    /// Takes those out that come up to an ordinal.
    package func take(through ordinal: Int) -> [CommittedShard] {
        waiting.withLock { waiting in
            let end = waiting.firstIndex { $0.ordinal > ordinal } ?? waiting.count
            defer { waiting.removeFirst(end) }
            return waiting[..<end].map(\.shard)
        }
    }
}

/// Hands shards on that are done.
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

/// Chooses shards of the output that are not done: first of all those of earlier runs, then those that come.
package actor TaskChooser<Record: RecordedShard>: OrderedStage {
    private var earlier: [ShardTask]
    private let folder: String
    private let input: String
    private let done: [BytewiseName: Record]
    /// Told of shards that are done and have another time of modification.
    private let touch: @Sendable (Record) async -> Void
    private let passing: PassingShards
    private let progress: ShardProgress
    private var next: Int

    /// - Parameters:
    ///   - folder: where the output lies.
    ///   - input: what it is called.
    ///   - done: what earlier runs did.
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
        // An output that is made anew has many shards that are what they were.
        if let current = try done[BytewiseName(name)]?.asRead(from: shard) {
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
