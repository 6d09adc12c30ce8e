internal import Basics
package import Corpus
package import PipelineGraph

/// The loop of every graph that reads shards: reads the batches of a shard, reserves their memory and sends them on.
package struct ShardReader: Sendable {
    /// The memory that batches need in a graph.
    package struct Memory: Sendable {
        /// The largest number of bytes of documents that a later stage holds back until more documents arrive.
        package let heldBack: Int
        /// Returns the memory that a batch needs until the graph has finished it, in bytes. `text` is the size of its
        /// lines in bytes, and `lines` is their number.
        package let bytes: @Sendable (_ text: Int, _ lines: Int) -> Int

        package init(heldBack: Int = 0, bytes: @escaping @Sendable (_ text: Int, _ lines: Int) -> Int) {
            self.heldBack = heldBack
            self.bytes = bytes
        }
    }

    private let formats: DocumentFormats
    private let limits: ReadLimits
    private let memory: Memory
    private let budget: MemoryBudget
    private let countBytes: @Sendable (Int64) -> Void

    /// - Parameters:
    ///   - budget: the memory that all batches in the graph share.
    ///   - countBytes: called with the number of bytes that were read from the file, for the progress.
    package init(
        formats: DocumentFormats = .standard, limits: ReadLimits, memory: Memory, budget: MemoryBudget,
        countBytes: @escaping @Sendable (Int64) -> Void
    ) {
        self.formats = formats
        self.limits = limits
        self.memory = memory
        self.budget = budget
        self.countBytes = countBytes
    }

    /// Sends all batches of a shard.
    ///
    /// An error is not thrown: it travels as the failure of the last batch, so that every document before it is
    /// processed and every shard before it is finished first.
    ///
    /// - Parameters:
    ///   - ordinal: the shard's position in the order of the corpus, from 0.
    ///   - point: where to start; nil for the shard's beginning.
    ///   - ahead: reads the shards after this one meanwhile, and may have read this one.
    ///   - frames: decodes frames of this shard on other threads.
    /// - Returns: whether the shard was read to its end.
    package func read(
        _ shard: Shard, ordinal: Int, from point: ReadPoint? = nil, to output: Outlet<ReadBatch>,
        ahead: ReadAhead? = nil, frames: FrameDecoding? = nil, isolation: isolated (any Actor)? = #isolation
    ) async throws -> Bool {
        let source = await ahead?.take(ordinal) ?? open(shard, ordinal: ordinal, from: point)
        var counted: Int64 = 0
        while true {
            await frames?.decodeNext(of: source, output)
            guard let raw = source.next() else { return true }
            ahead?.readOn(output)
            countBytes(source.readBytes - counted)
            counted = source.readBytes
            budget.setAside(source.memoryFromBudget)
            // The last line may lack its newline, and is not counted then.
            let size = memory.bytes(raw.bytes.count, raw.lineCount + 1)
            // The packing stage of an encoder holds documents back until they fill a window. If the budget has room for
            // this batch only after the memory of that window is released, both stages would wait for each other
            // forever.
            if memory.heldBack > 0 && size > budget.capacity - memory.heldBack { try await output.flush() }
            raw.reservation = try await output.waiting { [budget] in try await budget.reserve(size) }
            let hasFailed = raw.failure != nil
            try await output.send(ReadBatch(raw: raw))
            if hasFailed { return false }
        }
    }

    /// Opens a shard. If this fails, the failure is in the only batch.
    func open(_ shard: Shard, ordinal: Int, from point: ReadPoint?) -> any DocumentSource {
        do throws(Failure) {
            return try formats.format(of: shard).source(of: shard, ordinal: ordinal, from: point, limits: limits)
        } catch {
            return FailedSource(
                RawBatch(shard: shard, ordinal: ordinal, firstLine: 1, firstByte: 0, bytes: Buffer(), failure: error))
        }
    }
}

/// Takes the place of the source of a shard that cannot be opened.
private final class FailedSource: DocumentSource {
    private var batch: RawBatch?

    init(_ batch: RawBatch) {
        self.batch = batch
    }

    func next() -> RawBatch? { batch.take() }
    func readAhead() -> RawBatch? { next() }
    var readBytes: Int64 { 0 }
    var memoryFromBudget: Int { 0 }
}
