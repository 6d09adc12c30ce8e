import Basics
import Corpus
import Deduplication
import OutputStore
import PipelineGraph
import Pipelines

/// A run of the default pipeline on simulated cores: the real graph, channels, memory plan and reading, with stages that
/// only charge the time of their work.
struct SimulatedRun {
    let cores: Int
    let memory: Int
    let documents: Int
    let bytes: Int
    /// The virtual time.
    let seconds: Double
    /// The CPU times of the stages.
    let stages: [RealRun.Stage]

    /// - Parameters:
    ///   - memory: the memory setting in bytes.
    ///   - least: the shards of the corpus are repeated until they have this number of bytes.
    init(
        _ sizes: CorpusSizes, _ costs: StageCosts, _ executorCosts: SimulatedExecutor.Costs, cores: Int, memory: Int,
        least: Int
    ) async throws {
        let executor = SimulatedExecutor(threads: cores, costs: executorCosts)
        defer { executor.close() }
        let plan = MemoryPlan(
            total: memory, threads: cores, cores: cores, expansion: MemoryPlan.expansionOfWords,
            encoder: try BlockEncoder.memory(
                compression: .zstd, level: Compression.defaultLevel, blockSize: blockSize))
        let laps = max(1, (least + sizes.bytes - 1) / sizes.bytes)
        let shards = ShardSequence(
            done: [],
            new: (0..<sizes.shards.count * laps).map {
                PlannedShard(
                    shard: Shard(name: "\($0)", path: "", input: 0, size: 0, modified: 0), inputName: "")
            })
        guard let status = try File.status(at: "/") else { throw Failure("/: has no status") }
        let work = SimulatedWork(executor: executor, channel: costs.channel)
        let format = SimulatedFormat(work: work, sizes: sizes, read: costs.read, status: status)
        let shape = GraphShape(threads: cores)
        let graph = Graph(executor: executor)
        let source = ShardSource(
            shards: shards, memory: plan, limits: plan.limits, budget: MemoryBudget(bytes: plan.inFlight),
            progress: RunProgress(), formats: DocumentFormats([format]))
        let lines = graph.source("read", source)
        guard let first = costs.transforms.first else { throw Failure("the pipeline has no stage that parses") }
        var batches = graph.transform(first.name, lines, SimulatedParse(work: work, perByte: first.perByte))
        for (name, perByte) in costs.transforms.dropFirst() {
            batches = graph.transform(name, batches, SimulatedTransform<SimulatedBatch>(work: work, perByte: perByte))
        }
        let decided = graph.stage("deduplicate", batches, SimulatedDeduplicate(work, costs, shape, bands: sizes.bands))
        let blocks = graph.stage("assemble", decided, SimulatedAssemble(work, costs, shape, kept: sizes.kept))
        let parts = graph.transform(
            "compress", blocks, SimulatedTransform<SimulatedBlock>(work: work, perByte: costs.compress),
            workers: plan.compressors)
        let committed = graph.stage("commit", parts, SimulatedCommit(work, costs, compressed: sizes.compressed))
        graph.sink("report", committed, SimulatedReport(work))
        let counters = graph.counters
        seconds = try await executor.run { try await graph.run() } / .seconds(1)
        stages = counters.map {
            RealRun.Stage(
                name: $0.stage, inOrder: $0.values.inOrderCPU / .seconds(1),
                parallel: $0.values.parallelCPU / .seconds(1))
        }
        self.cores = cores
        self.memory = memory
        documents = sizes.documents * laps
        bytes = sizes.bytes * laps
    }

    /// The speed in bytes per second.
    var speed: Double { Double(bytes) / seconds }

    /// The stage with the most ordered CPU time, and the share of the whole time that this is.
    var bound: (stage: String, share: Double) {
        let stage = stages.max { $0.inOrder < $1.inOrder }!
        return (stage.name, stage.inOrder / seconds)
    }

    /// The share of the cores' time in which stages worked.
    var utilization: Double {
        stages.reduce(0) { $0 + $1.inOrder + $1.parallel } / (seconds * Double(cores))
    }
}
