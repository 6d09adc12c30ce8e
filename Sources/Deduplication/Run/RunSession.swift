internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import Reports

/// The destination of a run's results.
enum RunDestination {
    /// Nothing is written: a dry run counts only.
    ///
    /// - Parameter compared: the indexes with whose documents those of the run are compared, other outputs first.
    case nothing(compared: [DuplicateIndex.Stored])
    /// An output, whose folder is locked and whose catalog is open.
    ///
    /// - Parameter index: the index of the output, as the catalog records it.
    case output(OutputFolder, Catalog, index: DuplicateIndex.Stored)

    var folder: OutputFolder? { if case .output(let folder, _, _) = self { folder } else { nil } }
    var catalog: Catalog? { if case .output(_, let catalog, _) = self { catalog } else { nil } }
}

/// One pass of a run over its new shards: it makes the graph, runs it, and completes or closes the output.
///
/// A run has one session, and one more for every damaged shard that it leaves out.
struct RunSession {
    let definition: PipelineDefinition
    let options: RunOptions
    let outputStages: [(name: String, plan: any OutputStagePlan)]
    let memory: MemoryPlan
    let progress: RunProgress
    /// The inputs, without the shards that are done or left out.
    let inputs: InputPlan
    /// The state of the output before this session.
    let record: OutputRecord
    /// The other outputs with which documents are compared.
    let others: [OtherOutput]
    let destination: RunDestination
    let history: RunHistory

    /// - Returns: the report, which the stage `report` has written too.
    /// - Throws: `SkippedShards.Restart` if another session should start without a shard that is damaged; otherwise
    ///   a `Failure`. Complete shards are committed in both cases.
    func run() async throws -> Report {
        progress.begin(shards: inputs.shards.new.count, bytes: inputs.shards.new.total(\.shard.size))
        let index = try makeIndex()
        let reporter = RunReporter(
            definition, options, inputs, record, catalog: destination.catalog, index: index, history)
        var committer: Committer?
        if case .output(let folder, let catalog, _) = destination {
            committer = try Committer(
                shards: inputs.shards, folder: folder, catalog: catalog, index: index, progress: progress,
                writers: memory.writers)
        }
        let executor = ThreadExecutor(threads: options.threads)
        defer { executor.close() }
        let stages = try await beginOutputStages(on: executor)
        let report = Locked<Report?>(nil)
        let gatherer = ShardGatherer { [destination] written in
            let made = try reporter.report(written: written)
            if case .output(let folder, let catalog, _) = destination { try folder.write(made, catalog) }
            report.withLock { $0 = made }
        }
        let graph = Graph(executor: executor)
        graph.onEarlyEnd { [committer] in committer?.close() }
        try build(graph, index, committer, stages, gatherer)
        history.watch(graph)
        do {
            try await graph.run()
            for (_, stage) in stages { try await stage.finish(on: executor) }
            try destination.catalog?.end()
            try destination.catalog?.settle()
        } catch {
            // The first error counts, whatever happens while the output is closed.
            try? await committer?.commitFinished()
            for (_, stage) in stages { await stage.commitFinished() }
            throw try close(after: error, reporter)
        }
        if let report = report.withLock({ $0 }) { return report }
        return try await reporter.report(written: gatherer.records)
    }

    private func makeIndex() throws -> DuplicateIndex? {
        guard let match = definition.match else { return nil }
        let (earlier, own, scratch): ([DuplicateIndex.Stored], DuplicateIndex.Stored?, String) =
            switch destination {
            case .nothing(let compared): (compared, nil, NSTemporaryDirectory())
            case .output(let folder, _, let index): (others.map(\.stored), index, folder.indexFolder)
            }
        return try DuplicateIndex(
            after: earlier, own: own, scratch: scratch, memory: options.indexMemory ?? memory.index, match: match,
            keys: bandKeys(definition.banding))
    }

    private func beginOutputStages(
        on executor: ThreadExecutor
    ) async throws -> [(name: String, stage: any OutputStageRun)] {
        guard let folder = destination.folder else { return [] }
        let output = OpenOutput(
            folder: folder.path, shardsDone: inputs.shards.done, newShards: inputs.shards.new.map(\.shard.name),
            executor: executor)
        var stages: [(name: String, stage: any OutputStageRun)] = []
        for (name, plan) in outputStages {
            stages.append((name, try await plan.begin(output, behind: stages.map(\.stage))))
        }
        return stages
    }

    /// Joins the stages of the definition, one to the other.
    private func build(
        _ graph: Graph, _ index: DuplicateIndex?, _ committer: Committer?,
        _ stages: [(name: String, stage: any OutputStageRun)], _ gatherer: ShardGatherer
    ) throws {
        var limits = memory.limits
        limits.pointEvery = options.partialShardBytes
        let dropsBadLines = definition.stage(ReadStage.self)?.options.onBadLine == .drop
        let context = RunContext(
            graph: graph, definition: definition, shards: inputs.shards, others: others,
            renamed: RenamedShards(
                inputs, record, arguments: options.inputs, out: options.out, found: history.renamed),
            memory: memory, limits: limits, progress: progress, index: index, committer: committer,
            watchesDroppedLines: dropsBadLines && !options.allowsMostlyBad, gatherer: gatherer)
        var joint = Joint.start
        for entry in definition.entries {
            if let stage = entry.stage as? any GraphStage {
                joint = try stage.join(joint, to: context)
            } else if let stage = stages.first(where: { $0.name == entry.name })?.stage {
                let shards = try joint.flow(of: CommittedShard.self)
                joint = Joint(.output, try stage.join(shards, to: graph, limits: limits))
            }
        }
        graph.sink("report", try joint.flow(of: CommittedShard.self), gatherer)
    }

    /// Closes the output after an error.
    ///
    /// - Returns: the error that the session ends with.
    private func close(after error: any Error, _ reporter: RunReporter) throws -> any Error {
        guard case .output(let folder, let catalog, _) = destination else { return failure(after: error) }
        let done = Set(try catalog.doneShards().map { BytewiseName($0.name) })
        let isSkipped = history.skipped.skip(after: error, inputs.shards.new.map(\.shard)) {
            done.contains(BytewiseName($0.name))
        }
        if isSkipped { return SkippedShards.Restart() }
        let failure = failure(after: error)
        try? folder.clearTemporary(keeping: catalog.partialShard())
        if definition.contains(ReportStage.name) { try? folder.write(reporter.report(failure: failure), catalog) }
        try? catalog.settle()
        return failure
    }

    private func failure(after error: any Error) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case is CancellationError:
            let progress = progress.values
            return Failure(
                "interrupted; \(progress.committedShards) of \(progress.shards) shards are done and stay; "
                    + (options.replaces
                        ? "run again without \(Parameter.replace) to continue"
                        : "run the same command again to continue"),
                kind: .interrupted)
        default: return Failure("\(error)")
        }
    }
}
