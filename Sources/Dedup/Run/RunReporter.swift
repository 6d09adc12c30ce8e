internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import PipelineGraph
internal import Reports

/// Makes the report of a run: of what the catalog holds, and of how the run went so far.
final class RunReporter: Sendable {
    private let definition: PipelineDefinition
    private let options: RunOptions
    private let inputs: InputPlan
    /// Shards that were done before.
    private let before: [Catalog.ShardRecord]
    private let knownInputs: [Catalog.Input]
    /// nil for a dry run.
    private let catalog: Catalog?
    private let index: DuplicateIndex?
    private let started = Date()
    private let usageBefore = ProcessUsage.now
    private let counters = Locked<[StageCounters]>([])

    init(
        _ definition: PipelineDefinition, _ options: RunOptions, _ inputs: InputPlan, _ record: OutputRecord,
        catalog: Catalog?, index: DuplicateIndex?
    ) {
        self.definition = definition
        self.options = options
        self.inputs = inputs
        before = record.done
        knownInputs = record.inputs + inputs.inputs.filter { new in !record.inputs.contains { $0.name == new.name } }
        self.catalog = catalog
        self.index = index
    }

    /// Tells the reporter whose counters to read.
    func watch(_ graph: Graph) {
        let all = graph.counters
        counters.withLock { $0 = all }
    }

    /// - Parameter written: the shards that this run finished; only a dry run has to say.
    func report(written: [Catalog.ShardRecord] = [], failure: Failure? = nil) throws(Failure) -> Report {
        let done =
            try catalog.map { catalog throws(Failure) in try catalog.doneShards() }
            ?? before + written
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
        case .usage, .data, .damagedShard: run.outcome = "failed"
        }
        run.error = failure?.message
        run.started = started.formatted(.iso8601)
        run.seconds = Date().timeIntervalSince(started)
        run.cpuSeconds = usage.cpuSeconds - usageBefore.cpuSeconds
        run.peakMemory = usage.peakMemory
        run.threads = options.threads
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
        if !options.against.isEmpty { run.against = options.against }
        run.shardsDoneBefore = before.count
        run.shardsWritten = shardsDone - run.shardsDoneBefore
        run.index = index.map { Report.Index($0.size, $0.lookups) }
        run.stages = counters.withLock { $0 }.map(Report.Stage.init)
        return run
    }
}
