internal import Basics
package import Corpus
package import PipelineGraph

/// The shards of a run that are known from the start.
package actor TaskSource: Source {
    private let tasks: [ShardTask]

    package init(_ tasks: [ShardTask]) {
        self.tasks = tasks
    }

    package func produce(_ output: Outlet<ShardTask>) async throws {
        for task in tasks { try await output.send(task) }
    }
}

/// Reads shards, in batches of whole lines.
package actor TaskReader: OrderedStage {
    private let limits: LineReader.Limits
    private let room: Room
    private let budget: MemoryBudget
    private let progress: ShardProgress
    /// Reading failed: what went wrong travels on with the last lines, and nothing comes after it.
    private var hasFailed = false

    /// What batches take on their way.
    package struct Room: Sendable {
        /// Bytes of documents that the stages behind may hold back.
        package let window: Int
        /// Bytes that lines take on their way: of so much text, in so many lines.
        package let bytes: @Sendable (_ text: Int, _ lines: Int) -> Int

        package init(window: Int, bytes: @escaping @Sendable (_ text: Int, _ lines: Int) -> Int) {
            self.window = window
            self.bytes = bytes
        }
    }

    package init(limits: LineReader.Limits, room: Room, budget: MemoryBudget, progress: ShardProgress) {
        self.limits = limits
        self.room = room
        self.budget = budget
        self.progress = progress
    }

    package func process(_ task: ShardTask, _ output: Outlet<ReadLines>) async throws {
        if hasFailed { return }
        var reader: LineReader
        do throws(Failure) {
            reader = try LineReader(shard: task.shard, ordinal: task.ordinal, limits: limits)
        } catch {
            hasFailed = true
            let nothing = LineBatch(
                shard: task.shard, ordinal: task.ordinal, firstLine: 1, firstByte: 0, bytes: Buffer(), failure: error)
            try await output.send(ReadLines(lines: nothing))
            return
        }
        var counted: Int64 = 0
        while let lines = reader.next() {
            progress.read(bytes: reader.compressedBytes - counted)
            counted = reader.compressedBytes
            // The last line may lack its newline.
            let size = room.bytes(lines.bytes.count, lines.lineCount + 1)
            if size > room.window {
                // It may have to wait until nothing else is out: also not what waits for a window to be full.
                let flush = LineBatch(
                    shard: task.shard, ordinal: task.ordinal, firstLine: 1, firstByte: 0, bytes: Buffer())
                try await output.send(ReadLines(lines: flush))
            }
            budget.setAside(reader.windowExcess)
            lines.reservation = try await output.waiting { [budget] in try await budget.reserve(size) }
            hasFailed = lines.failure != nil
            try await output.send(ReadLines(lines: lines))
            if hasFailed { return }
        }
    }
}
