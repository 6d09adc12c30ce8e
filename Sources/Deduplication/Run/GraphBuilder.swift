internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// Makes the graph of a definition: one stage after the other, each joined to what the one before it gives.
struct GraphBuilder {
    let graph: Graph
    let shards: ShardSequence
    /// Other outputs that documents are compared with.
    let others: [OtherOutput]
    /// nil where no shard can be a renamed one.
    let renamed: RenamedShards?
    let plan: MemoryPlan
    let limits: ReadLimits
    let progress: RunProgress
    /// nil where no documents are compared.
    let index: DuplicateIndex?
    /// nil for a dry run.
    let committer: Committer?
    /// Whether a shard that loses most of its lines ends the run.
    let watchesDroppedLines: Bool
    /// Joins what embeds the shards of the output; nil where nothing is embedded.
    let embed: ((Flow<CommittedShard>) throws -> Flow<CommittedShard>)?
    /// Joins what scores them, and what filters them; nil where nothing is scored.
    let score: ((Flow<CommittedShard>) throws -> Flow<CommittedShard>)?
    /// Called by the stage `report` at the end.
    let report: @Sendable ([Catalog.ShardRecord]) throws -> Void

    /// The output of the last stage.
    private enum Joint {
        case none
        case documents(Flow<ReadDocuments>)
        case words(Flow<WordedDocuments>)
        case shingles(Flow<ShingledDocuments>)
        case sketches(Flow<SketchedDocuments>)
        case decisions(Flow<DecidedDocuments>)
        case output(Flow<CommittedShard>)
        case end(ShardGatherer)
    }

    /// - Returns: where the shards that the run finishes are gathered.
    func build(_ definition: PipelineDefinition) throws -> ShardGatherer {
        var joint = Joint.none
        for stage in definition.stages { joint = try join(stage.options, to: joint, definition) }
        switch joint {
        case .output(let flow): return gather("end", flow) { _ in }
        case .end(let gatherer): return gatherer
        default: throw Failure("nothing writes what the last stage gives")
        }
    }

    private func gather(
        _ name: String, _ flow: Flow<CommittedShard>, atEnd: @escaping @Sendable ([Catalog.ShardRecord]) throws -> Void
    ) -> ShardGatherer {
        let gatherer = ShardGatherer(atEnd)
        graph.sink(name, flow, gatherer)
        return gatherer
    }

    private func join(_ stage: StageOptions, to joint: Joint, _ definition: PipelineDefinition) throws -> Joint {
        switch (stage, joint) {
        case (.read(let options), .none):
            return .documents(try read(options))
        case (.words(let options), .documents(let flow)):
            return .words(graph.transform("words", flow, SplitWords(options)))
        case (.filter(let options), .words(let flow)):
            return .words(graph.transform("filter", flow, FilterDocuments(minWords: options.minWords)))
        case (.shingles(let options), .words(let flow)):
            return .shingles(graph.transform("shingles", flow, MakeShingles(options)))
        case (.minhash(let options), .shingles(let flow)):
            return .sketches(graph.transform("minhash", flow, SignShingles(options)))
        case (.fingerprint, .words(let flow)):
            return .sketches(graph.transform("fingerprint", flow, FingerprintDocuments()))
        case (.deduplicate, .sketches(let flow)):
            let stage = Deduplicator(index: index!, match: definition.match!, threads: plan.threads)
            return .decisions(graph.stage("deduplicate", flow, stage))
        case (.write(let options), .documents(let flow)): return write(options, flow)
        case (.write(let options), .words(let flow)): return write(options, flow)
        case (.write(let options), .shingles(let flow)): return write(options, flow)
        case (.write(let options), .sketches(let flow)): return write(options, flow)
        case (.write(let options), .decisions(let flow)): return write(options, flow)
        case (.embed, .output(let flow)):
            return .output(try embed?(flow) ?? flow)
        case (.score, .output(let flow)):
            return .output(try score?(flow) ?? flow)
        case (.report, .output(let flow)):
            return .end(gather("report", flow, atEnd: report))
        default:
            // The definition was validated: its stages fit.
            throw Failure("the stage '\(stage.kind.rawValue)' does not fit the one before it")
        }
    }

    private func read(_ options: ReadOptions) throws -> Flow<ReadDocuments> {
        let budget = MemoryBudget(bytes: plan.inFlight)
        graph.onEarlyEnd { budget.close() }
        let source = ShardSource(
            shards: shards, limits: limits, budget: budget, expansion: plan.expansion, progress: progress)
        let lines = graph.source("read", source)
        return graph.transform("parse", lines, try ParseDocuments(options))
    }

    private func write<Carrier: DocumentCarrier>(_ options: WriteOptions, _ flow: Flow<Carrier>) -> Joint {
        let assembler = Assembler<Carrier>(
            sinks: DocumentSinks(level: options.level), twins: TwinNames(others: others, own: shards), renamed: renamed,
            writes: committer != nil,
            partial: shards.new.first?.partial, watchesDroppedLines: watchesDroppedLines, progress: progress)
        let blocks = graph.stage("assemble", flow, assembler)
        guard let committer else { return .output(graph.stage("count", blocks, Tally(shards: shards))) }
        let parts = graph.transform("compress", blocks, EncodeBlocks(), workers: plan.compressors)
        return .output(graph.stage("commit", parts, committer))
    }
}
