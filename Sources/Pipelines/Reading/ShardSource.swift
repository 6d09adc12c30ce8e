package import Corpus
package import OutputStore
package import PipelineGraph

/// Reads the shards of a run, one after the other.
package actor ShardSource: Source {
    private let shards: ShardSequence
    private let reader: ShardReader
    private let goesOnAfterFailures: Bool

    /// - Parameter goesOnAfterFailures: whether the shards after one that cannot be read are read too.
    package init(_ shards: ShardSequence, _ reader: ShardReader, goesOnAfterFailures: Bool = false) {
        self.shards = shards
        self.reader = reader
        self.goesOnAfterFailures = goesOnAfterFailures
    }

    /// - Parameter expansion: the memory that a batch needs in the graph, in bytes, for each byte of its lines.
    package init(
        shards: ShardSequence, limits: ReadLimits, budget: MemoryBudget, expansion: Int, progress: RunProgress,
        goesOnAfterFailures: Bool = false
    ) {
        // A short line needs more memory than its bytes: every document has band keys, and every bad line has a reason.
        let memory = ShardReader.Memory { text, lines in text * expansion + lines * MemoryPlan.bytesOfLine }
        let reader = ShardReader(limits: limits, memory: memory, budget: budget) { progress.read(bytes: $0) }
        self.init(shards, reader, goesOnAfterFailures: goesOnAfterFailures)
    }

    package func produce(_ output: Outlet<ReadBatch>) async throws {
        for ordinal in shards.ordinals {
            let planned = shards[ordinal]
            let isRead = try await reader.read(
                planned.shard, ordinal: ordinal, from: planned.partial?.read, to: output)
            if !isRead && !goesOnAfterFailures { return }
        }
    }
}
