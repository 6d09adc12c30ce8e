package import Basics
package import Corpus
package import Embedding
internal import OutputStore
package import PipelineGraph
package import Pipelines
package import QualityScoring

/// The stage 'score' of a run that removes duplicates and embeds what is left: what it is asked.
package final class OutputScoring: Sendable {
    private static let option = "--filtered"

    private let request: ScoreRequest
    private let runInputs: [String]
    private let embeddings: String
    /// What was scored, once the run has ended.
    package let outcome = Locked<ScoreRun.Outcome?>(nil)

    /// nil where nothing is scored.
    ///
    /// - Throws: a usage error when an option is missing or stands for nothing.
    package init?(_ definition: PipelineDefinition, _ options: RunOptions) throws(Failure) {
        guard case .score(let score) = definition.stage(.score) else {
            if options.filtered != nil {
                throw .usage("\(Self.option): the pipeline \(definition.source) has no stage 'score'")
            }
            return nil
        }
        if options.filtered != nil && score.minQuality == nil {
            throw .usage("\(Self.option) is for documents above a quality: give --min-quality")
        }
        guard let out = options.out, let embeddings = options.embeddings, !options.isDryRun else { return nil }
        if options.filtered == nil, let least = score.minQuality {
            throw .usage(
                "\(Self.option) is missing: the folder for the documents of "
                    + ScoreRequest.Choice.minQuality(least).description)
        }
        var request = ScoreRequest(
            corpus: out, threads: options.threads, memory: MemoryPlan.embeddingShare(of: options.memory) / 2)
        request.windowMemory = options.memory
        request.head = score.head
        request.outputs = score.outputs
        request.choice = score.minQuality.map { .minQuality($0) }
        request.out = options.filtered
        if case .embed(let embed) = definition.stage(.embed) { request.model = embed.model }
        if case .read(let read) = definition.stage(.read) {
            request.textField = read.textField
            request.idField = read.idField
            request.allowsNaN = read.allowsNaN
            request.keepsBadLines = read.onBadLine == .keep
        }
        self.request = request
        self.embeddings = embeddings
        runInputs = options.inputs
    }

    /// Looks at the head and at what is there, and makes nothing.
    ///
    /// - Parameters:
    ///   - origin: what the vectors of the run are.
    ///   - model: the folder of the model that makes them.
    package func check(reading origin: VectorOrigin, model: String) throws {
        if let filtered = request.out {
            try checkApart(
                inputs: try runInputs.map { try CorpusInput(argument: $0) }, out: filtered, option: Self.option)
            try checkApart(filtered, Self.option, from: request.corpus, "--out")
            try checkApart(filtered, Self.option, from: embeddings, "--embeddings")
        }
        try ScoringBasis.check(request, reading: origin, of: embeddings, model: model)
        _ = try Filtering(request, option: Self.option)
    }

    /// Looks at the scores that are there.
    ///
    /// - Parameters:
    ///   - folder: where the output lies as long as the run lasts.
    ///   - done: the shards that it holds.
    ///   - names: the shards that the run is about to make.
    package func begin(
        in folder: String, holding done: [String], making names: [String], _ vectors: StoredVectors
    ) throws -> RunningScoring {
        var request = request
        request.selection = request.selection.naming(done)
        request.corpus = folder
        let scoring = try CorpusScoring(request, ScoringBasis(request, stored: vectors))
        let start = try scoring.start(mayBeEmpty: true)
        let filter = try Filtering(self.request, option: Self.option)?
            .start(names: start.plan.shards.map(\.name) + names)
        return RunningScoring(self, scoring, start, filter, request)
    }
}

/// The stage 'score' while a run lasts: every shard is scored once it has its vectors and, where a quality is asked
/// for, filtered once it has its scores.
package struct RunningScoring: Sendable {
    private let whole: OutputScoring
    private let scoring: CorpusScoring
    private let start: CorpusScoring.Start
    private let filter: RunningFilter?
    private let request: ScoreRequest
    private let writer: ScoreWriter
    private let progress = ShardProgress()
    private let clock = ContinuousClock.now

    fileprivate init(
        _ whole: OutputScoring, _ scoring: CorpusScoring, _ start: CorpusScoring.Start, _ filter: RunningFilter?,
        _ request: ScoreRequest
    ) {
        self.whole = whole
        self.scoring = scoring
        self.start = start
        self.filter = filter
        self.request = request
        writer = scoring.writer(start, progress)
    }

    /// Joins the stages to a graph.
    ///
    /// - Parameter limits: those under which the run reads.
    /// - Returns: the shards, once they have their scores and are filtered.
    package func join(
        _ shards: Flow<CommittedShard>, _ graph: Graph, _ limits: ReadLimits
    ) throws -> Flow<CommittedShard> {
        let passing = PassingShards()
        let writer = writer
        let chooser = TaskChooser(
            earlier: start.plan.tasks, folder: request.corpus, input: "", done: start.record.shards, passing, progress
        ) { await writer.touch($0) }
        let tasks = graph.stage("choose to score", shards, chooser)
        let scores = try scoring.joinStored(tasks, graph, writer, progress, limits: limits)
        guard let filter, case .minQuality(let quality) = request.choice else {
            return graph.stage("scored", scores, ShardPasser(passing))
        }
        let chosen = graph.stage("choose to filter", scores, ScoredShards(QualityThreshold(quality)))
        return graph.stage("filtered", filter.join(chosen, graph, scores: start.folder), ShardPasser(passing))
    }

    /// After a run that ended well.
    package func finish(on executor: ThreadExecutor) async throws {
        try await writer.commitRecord()
        let record = await writer.result
        // What earlier runs scored and did not filter.
        let chosen = try await scoring.choose(record, in: start.folder, filter, on: executor)
        let outcome = ScoreRun.Outcome(
            record, start, seconds: clock.duration(to: .now) / .seconds(1), chosen: chosen)
        whole.outcome.withLock { $0 = outcome }
    }

    /// Puts in place what is whole: for a run that ends early.
    package func commitWhatIsWhole() async {
        try? await writer.commitWhatIsWhole()
        try? scoring.clear()
        await filter?.commitWhatIsWhole()
    }
}
