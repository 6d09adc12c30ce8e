import Basics
import Corpus
import Deduplication
import PipelineGraph
import Pipelines

/// The work of the simulated stages.
struct SimulatedWork: Sendable {
    let executor: SimulatedExecutor
    let channel: Double

    /// Charges CPU time in seconds to the calling job.
    func charge(_ seconds: Double) { executor.charge(.nanoseconds(Int(seconds * 1e9))) }

    /// Charges the time of an item's work, and of the channels through which the item came and goes.
    func chargeItem(_ seconds: Double) { charge(seconds + channel) }
}

/// The documents of a batch, without content.
struct SimulatedBatch: Measured {
    /// Keeps the memory of the batch reserved.
    let raw: RawBatch
    var documents: Int { raw.lineCount }
    var bytes: Int { raw.bytes.count }
}

/// A block of lines, or the end of a shard.
struct SimulatedBlock: Measured {
    let bytes: Int
    var isEnd = false
    var documents: Int { 0 }
}

/// The message that a shard is committed.
struct SimulatedShard: Measured {
    var documents: Int { 0 }
    var bytes: Int { 0 }
}

// MARK: Reading

/// Shards without content: decoding them takes virtual time, and their batches have sizes alone.
struct SimulatedFormat: DocumentFormat {
    let work: SimulatedWork
    let sizes: CorpusSizes
    /// The cost of decoding a byte.
    let read: Double
    /// Any status of a file.
    let status: File.Status

    func reads(_ shard: Shard) -> Bool { true }

    func source(of shard: Shard, ordinal: Int, from point: ReadPoint?, limits: ReadLimits) -> any DocumentSource {
        SimulatedSource(shard, ordinal, sizes.shards[ordinal % sizes.shards.count], limits.batch, self)
    }

    func parser(_ fields: DocumentFields) -> any DocumentParser { fatalError("simulated documents are not parsed") }
    func records(of raw: RawBatch) -> Documents { fatalError("simulated documents are not parsed") }
    func sink(level: Int) -> any DocumentSink { fatalError("simulated documents are not written") }
}

private final class SimulatedSource: DocumentSource {
    private let shard: Shard
    private let ordinal: Int
    private let whole: CorpusSizes.Shard
    private let batch: Int
    private let format: SimulatedFormat
    private var isDone = false
    private var sent = CorpusSizes.Shard()

    init(
        _ shard: Shard, _ ordinal: Int, _ whole: CorpusSizes.Shard, _ batch: Int, _ format: SimulatedFormat
    ) {
        self.shard = shard
        self.ordinal = ordinal
        self.whole = whole
        self.batch = batch
        self.format = format
    }

    func next() -> RawBatch? {
        if isDone { return nil }
        let bytes = min(batch, whole.bytes - sent.bytes)
        format.work.chargeItem(format.read * Double(bytes))
        sent.bytes += bytes
        isDone = sent.bytes == whole.bytes
        let documents = Int(Double(whole.documents) * Double(sent.bytes) / Double(max(1, whole.bytes))) - sent.documents
        sent.documents += documents
        // Memory that is reserved, but never touched.
        var buffer = Buffer<UInt8>(capacity: batch)
        buffer.reserve(bytes)
        buffer.advance(bytes)
        let end = ShardEnd(digest: Hash128(low: 0, high: 0), status: format.status, decodedBytes: whole.bytes)
        return RawBatch(
            shard: shard, ordinal: ordinal, firstLine: 1, firstByte: 0, bytes: buffer, lineCount: documents,
            end: isDone ? end : nil)
    }

    func readAhead() -> RawBatch? { next() }
    var readBytes: Int64 { Int64(sent.bytes) }
    var memoryFromBudget: Int { 0 }
}

// MARK: Stages

/// The first stage after reading.
struct SimulatedParse: Transform {
    let work: SimulatedWork
    let perByte: Double

    func transform(_ input: ReadBatch) throws -> SimulatedBatch {
        work.chargeItem(perByte * Double(input.bytes))
        return SimulatedBatch(raw: input.raw)
    }
}

/// A stage that works on each batch or block by itself.
struct SimulatedTransform<Item: Measured>: Transform {
    let work: SimulatedWork
    let perByte: Double

    func transform(_ input: Item) throws -> Item {
        work.chargeItem(perByte * Double(input.bytes))
        return input
    }
}

/// The stage `deduplicate`: look-ups in parallel, decisions in order, and insertion in parallel, for each round.
actor SimulatedDeduplicate: OrderedStage {
    private let work: SimulatedWork
    private let costs: StageCosts
    private let shape: GraphShape
    private let bands: Int

    init(_ work: SimulatedWork, _ costs: StageCosts, _ shape: GraphShape, bands: Int) {
        self.work = work
        self.costs = costs
        self.shape = shape
        self.bands = bands
    }

    func process(_ input: SimulatedBatch, _ output: Outlet<SimulatedBatch>) async throws {
        let (work, costs) = (work, costs)
        for first in stride(from: 0, to: input.documents, by: RoundDecider.size) {
            let round = min(RoundDecider.size, input.documents - first)
            // About a shingle for every 7 bytes of text.
            let shingles = input.bytes * round / max(1, input.documents) / 7
            let size = shape.lookUpPart(of: round, shingles: shingles)
            let parts = stride(from: 0, to: round, by: size).map { min(size, round - $0) }
            _ = try await output.inParallel(parts) { work.charge(costs.lookUp * Double($0)) }
            work.charge(costs.decide * Double(round))
            let insertions = shape.insertionParts(of: round, shingles: shingles, bands: bands)
            let share = costs.insert * Double(round) / Double(insertions)
            _ = try await output.inParallel(Array(0..<insertions)) { _ in work.charge(share) }
        }
        work.chargeItem(0)
        try await output.send(input)
    }
}

/// The stage `assemble`: copies the lines that are kept to blocks.
actor SimulatedAssemble: OrderedStage {
    private let work: SimulatedWork
    private let costs: StageCosts
    private let shape: GraphShape
    private let kept: Double
    private var pending = 0.0

    /// - Parameter kept: the share of bytes that is kept.
    init(_ work: SimulatedWork, _ costs: StageCosts, _ shape: GraphShape, kept: Double) {
        self.work = work
        self.costs = costs
        self.shape = shape
        self.kept = kept
    }

    func process(_ input: SimulatedBatch, _ output: Outlet<SimulatedBlock>) async throws {
        let work = work
        let bytes = Double(input.bytes) * kept
        let parts = shape.copyParts(of: Int(bytes))
        let share = costs.copy * bytes / Double(parts)
        _ = try await output.inParallel(Array(0..<parts)) { _ in work.charge(share) }
        work.chargeItem(costs.assemble * Double(input.bytes))
        pending += bytes
        while pending >= Double(blockSize) {
            try await output.send(SimulatedBlock(bytes: blockSize))
            pending -= Double(blockSize)
        }
        guard input.raw.end != nil else { return }
        try await output.send(SimulatedBlock(bytes: Int(pending)))
        try await output.send(SimulatedBlock(bytes: 0, isEnd: true))
        pending = 0
    }
}

/// The stage `commit`: writes blocks beside its other work, and commits groups of shards when their blocks are written.
actor SimulatedCommit: OrderedStage {
    private let work: SimulatedWork
    private let costs: StageCosts
    private let compressed: Double
    private let writing = WorkCount()
    private var group = (shards: 0, bytes: 0.0)

    /// - Parameter compressed: the compressed size of a byte.
    init(_ work: SimulatedWork, _ costs: StageCosts, compressed: Double) {
        self.work = work
        self.costs = costs
        self.compressed = compressed
    }

    func process(_ input: SimulatedBlock, _ output: Outlet<SimulatedShard>) async throws {
        work.chargeItem(costs.commit * Double(input.bytes))
        if !input.isEnd {
            let (work, writing, bytes) = (work, writing, Double(input.bytes) * compressed)
            let time = costs.write * bytes
            writing.begin()
            output.start {
                work.charge(time)
                writing.end()
            }
            group.bytes += bytes
            return
        }
        group.shards += 1
        if group.shards >= GraphShape.groupShards || group.bytes >= Double(GraphShape.groupBytes) {
            try await commit(output)
        }
    }

    func finish(_ output: Outlet<SimulatedShard>) async throws { try await commit(output) }

    private func commit(_ output: Outlet<SimulatedShard>) async throws {
        await writing.waitUntilDone()
        for _ in 0..<group.shards { try await output.send(SimulatedShard()) }
        group = (0, 0)
    }
}

/// The last stage.
actor SimulatedReport: Sink {
    private let work: SimulatedWork
    init(_ work: SimulatedWork) { self.work = work }
    func consume(_ input: SimulatedShard) async throws { work.chargeItem(0) }
    func finish() async throws {}
}
