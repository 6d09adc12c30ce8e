internal import Basics
internal import Corpus
internal import PipelineGraph

/// The shards of a run that are known from the start.
actor TaskSource: Source {
    private let tasks: [EmbeddingTask]

    init(_ tasks: [EmbeddingTask]) {
        self.tasks = tasks
    }

    func produce(_ output: Outlet<EmbeddingTask>) async throws {
        for task in tasks { try await output.send(task) }
    }
}

/// Reads shards, in batches of whole lines.
actor TaskReader: OrderedStage {
    private let limits: LineReader.Limits
    private let memory: EmbedMemory
    private let budget: MemoryBudget
    private let progress: EmbedProgress
    /// Reading failed: what went wrong travels on with the last lines, and nothing comes after it.
    private var hasFailed = false

    init(limits: LineReader.Limits, memory: EmbedMemory, budget: MemoryBudget, progress: EmbedProgress) {
        self.limits = limits
        self.memory = memory
        self.budget = budget
        self.progress = progress
    }

    func process(_ task: EmbeddingTask, _ output: Outlet<ReadLines>) async throws {
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
            let size = memory.bytes(text: lines.bytes.count, lines: lines.lineCount + 1)
            if size > memory.window {
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
