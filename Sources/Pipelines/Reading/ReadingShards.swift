package import PipelineGraph

/// Sends the shards of a run whose shards are all known from the start.
package actor TaskSource: Source {
    private let tasks: [ShardTask]

    package init(_ tasks: [ShardTask]) {
        self.tasks = tasks
    }

    package func produce(_ output: Outlet<ShardTask>) async throws {
        for task in tasks { try await output.send(task) }
    }
}

/// Reads each shard that arrives, and sends its batches.
package actor TaskReader: OrderedStage {
    private let reader: ShardReader
    /// Whether reading failed: nothing is read after the failure.
    private var hasFailed = false

    package init(_ reader: ShardReader) {
        self.reader = reader
    }

    package func process(_ task: ShardTask, _ output: Outlet<ReadBatch>) async throws {
        if hasFailed { return }
        hasFailed = try await !reader.read(task.shard, ordinal: task.ordinal, to: output)
    }
}
