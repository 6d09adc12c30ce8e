internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import Reports

/// The facts about a run over all its attempts. A run makes another attempt after each damaged shard that it leaves
/// out.
final class RunHistory: Sendable {
    let skipped: SkippedShards
    /// New shards that are probably processed shards under other names (see `RenamedShards`).
    let renamed = Locked<[Report.RenamedShard]>([])
    /// Shards that were done before the run.
    let shardsBefore: [Catalog.ShardRecord]
    let started = Date()
    let usageBefore = ProcessUsage.now
    private let graphs = Locked<[[StageCounters]]>([])

    init(_ skipped: SkippedShards, shardsBefore: [Catalog.ShardRecord]) {
        self.skipped = skipped
        self.shardsBefore = shardsBefore
    }

    /// Adds the counters of the graph of an attempt, for `stages`.
    func watch(_ graph: Graph) {
        let counters = graph.counters
        graphs.withLock { $0.append(counters) }
    }

    /// The counters of each stage, summed over the graphs of all attempts.
    var stages: [Report.Stage] {
        let graphs = graphs.withLock { $0 }
        var stages = graphs.last?.map(Report.Stage.init) ?? []
        // Not every attempt has the stages that embed and score, so stages are found by name.
        for counters in graphs.dropLast() {
            for stage in counters.map(Report.Stage.init) {
                if let same = stages.firstIndex(where: { $0.name == stage.name }) { stages[same] += stage }
            }
        }
        return stages
    }
}

/// Makes the report of a run, from the catalog and from the facts about the run so far.
final class RunReporter: Sendable {
    private let definition: PipelineDefinition
    private let options: RunOptions
    private let inputs: InputPlan
    private let knownInputs: [Catalog.Input]
    /// nil for a dry run.
    private let catalog: Catalog?
    private let index: DuplicateIndex?
    private let history: RunHistory

    init(
        _ definition: PipelineDefinition, _ options: RunOptions, _ inputs: InputPlan, _ record: OutputRecord,
        catalog: Catalog?, index: DuplicateIndex?, _ history: RunHistory
    ) {
        self.definition = definition
        self.options = options
        self.inputs = inputs
        self.history = history
        knownInputs = record.inputs + inputs.inputs.filter { new in !record.inputs.contains { $0.name == new.name } }
        self.catalog = catalog
        self.index = index
    }

    /// - Parameter written: the shards that this run finished. Only for a dry run, which has no catalog to read them
    ///   from.
    func report(written: [Catalog.ShardRecord] = [], failure: Failure? = nil) throws(Failure) -> Report {
        let done =
            try catalog.map { catalog throws(Failure) in try catalog.doneShards() }
            ?? history.shardsBefore + written
        let known = try catalog.map { catalog throws(Failure) in try catalog.inputs() } ?? knownInputs
        return Report(
            dedup: Version.current, pipeline: definition.name, parameters: definition.boundParameters,
            detection: definition.banding.map(Report.Detection.init),
            corpus: Report.Corpus(inputs: known, shards: done), run: run(shardsDone: done.count, failure))
    }

    private func run(shardsDone: Int, _ failure: Failure?) -> Report.Run {
        let usage = ProcessUsage.now
        var run = Report.Run()
        switch failure?.kind {
        case nil: run.outcome = catalog == nil ? "dry-run" : "done"
        case .interrupted: run.outcome = "interrupted"
        case .usage, .data, .damagedShard, .system: run.outcome = "failed"
        }
        run.error = failure?.message
        run.started = history.started.formatted(.iso8601)
        run.seconds = Date().timeIntervalSince(history.started)
        run.cpuSeconds = usage.cpuSeconds - history.usageBefore.cpuSeconds
        run.peakMemory = usage.peakMemory
        run.threads = options.threads
        run.cores = ProcessInfo.processInfo.activeProcessorCount
        run.memory = options.memory
        run.instructionSet = MinHasher.Variant.best.rawValue
        run.out = options.out ?? ""
        run.inputs = options.inputs
        run.folder = FileManager.default.currentDirectoryPath
        run.ignoredFiles = Array(inputs.others.names.prefix(100))
        run.ignoredFilesCount = inputs.others.names.count
        run.ignoredKinds = inputs.others.kinds
        run.linkedFolders = Array(inputs.others.links.prefix(100))
        run.leftOutCount = inputs.others.leftOut.count
        run.missingShards = Array(inputs.missing.prefix(100))
        run.missingShardsCount = inputs.missing.count
        let renamed = history.renamed.withLock { $0 }
        if !renamed.isEmpty {
            run.renamedShards = Array(renamed.prefix(100))
            run.renamedShardsCount = renamed.count
        }
        if !options.against.isEmpty { run.against = options.against }
        let skipped = history.skipped.all
        if !skipped.isEmpty { run.skippedShards = skipped }
        run.shardsDoneBefore = history.shardsBefore.count
        run.shardsWritten = shardsDone - run.shardsDoneBefore
        run.index = index.map { Report.Index($0.size, $0.lookups) }
        run.stages = history.stages
        return run
    }
}
