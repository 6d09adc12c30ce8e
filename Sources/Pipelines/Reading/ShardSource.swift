package import Corpus
package import OutputStore
package import PipelineGraph

/// Reads the shards of a run, one after the other.
package actor ShardSource: Source {
    private let shards: ShardSequence
    private let reader: ShardReader
    private let goesOnAfterFailures: Bool
    private let ahead: ReadAhead?
    private let frames: FrameDecoding?

    /// - Parameters:
    ///   - goesOnAfterFailures: whether the shards after one that cannot be read are read too.
    ///   - ahead: reads shards before their turn; nil if every shard waits for its turn.
    ///   - frames: decodes frames of the shard whose turn it is; nil if its reader decodes all of them.
    package init(
        _ shards: ShardSequence, _ reader: ShardReader, goesOnAfterFailures: Bool = false, ahead: ReadAhead? = nil,
        frames: FrameDecoding? = nil
    ) {
        self.shards = shards
        self.reader = reader
        self.goesOnAfterFailures = goesOnAfterFailures
        self.ahead = ahead
        self.frames = frames
    }

    package init(
        shards: ShardSequence, memory plan: MemoryPlan, limits: ReadLimits, budget: MemoryBudget,
        progress: RunProgress, goesOnAfterFailures: Bool = false, formats: DocumentFormats = .standard
    ) {
        let expansion = plan.expansion
        // A short line needs more memory than its bytes: every document has band keys, and every bad line has a reason.
        let memory = ShardReader.Memory { text, lines in text * expansion + lines * MemoryPlan.bytesOfLine }
        let reader = ShardReader(formats: formats, limits: limits, memory: memory, budget: budget) {
            progress.read(bytes: $0)
        }
        let ahead = ReadAhead(
            shards, reader, memory: plan.ahead - plan.frames, batch: limits.batch, readers: plan.readers)
        let frames = FrameDecoding(memory: plan.frames, threads: plan.threads)
        self.init(
            shards, reader, goesOnAfterFailures: goesOnAfterFailures, ahead: plan.ahead == 0 ? nil : ahead,
            frames: plan.frames == 0 ? nil : frames)
    }

    package func produce(_ output: Outlet<ReadBatch>) async throws {
        defer { ahead?.close() }
        for ordinal in shards.ordinals {
            let planned = shards[ordinal]
            let isRead = try await reader.read(
                planned.shard, ordinal: ordinal, from: planned.partial?.read, to: output, ahead: ahead,
                frames: frames)
            if !isRead && !goesOnAfterFailures { return }
        }
    }
}
