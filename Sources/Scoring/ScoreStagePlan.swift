internal import Basics
package import Corpus
internal import Embedding
internal import OutputStore
package import PipelineGraph
package import Pipelines

/// The plan of the stage 'score' for a run that has not begun yet.
package final class ScoreStagePlan: OutputStagePlan {
    private static let parameter = Parameter.filtered

    private let request: ScoreRequest
    private let runInputs: [String]
    /// The folder of the vectors.
    private let vectors: String
    fileprivate let result = Locked<ScoreRun.Outcome?>(nil)

    init(_ request: ScoreRequest, runInputs: [String], vectors: String) {
        self.request = request
        self.runInputs = runInputs
        self.vectors = vectors
    }

    /// nil: the progress line shows the embedding, which takes most of the time.
    package var progress: ShardProgress? { nil }
    /// The `ScoreRun.Outcome`; nil until the run has finished.
    package var outcome: (any Sendable)? { result.withLock { $0 } }

    /// Checks that the head fits the vectors, and the folder of the filtered corpus. Writes nothing.
    ///
    /// - Throws: a usage error if the head does not fit the vectors, or if a folder cannot be used.
    package func check(behind earlier: [any OutputStagePlan]) async throws {
        guard let embedding = earlier.lazy.compactMap({ $0 as? EmbedStagePlan }).first else { return }
        let (origin, model) = try await embedding.origin()
        if let filtered = request.out {
            try checkApart(
                inputs: try runInputs.map { try CorpusInput(argument: $0) }, out: filtered, parameter: Self.parameter)
            try checkApart(filtered, Self.parameter, from: request.corpus, .out)
            try checkApart(filtered, Self.parameter, from: vectors, .embeddings)
        }
        try ScoringBasis.check(request, reading: origin, of: vectors, model: model)
        _ = try Filtering(request, parameter: Self.parameter)
    }

    /// Opens the scores, and the filtered corpus if there is one.
    package func begin(_ output: OpenOutput, behind earlier: [any OutputStageRun]) async throws -> any OutputStageRun {
        guard let embedding = earlier.lazy.compactMap({ $0 as? EmbedStageRun }).first else {
            throw Failure("the stage 'score' has no vectors to read")
        }
        var request = request
        request.selection = request.selection.naming(output.shardsDone)
        request.corpus = output.folder
        let session = try ScoringSession(request, ScoringBasis(request, stored: try await embedding.storedVectors()))
        let start = try session.start(mayBeEmpty: true)
        let filter = try Filtering(self.request, parameter: Self.parameter)?
            .start(names: start.plan.shards.map(\.name) + output.newShards)
        return ScoreStageRun(self, session, start, filter, request)
    }
}

/// The stage 'score' of a run in progress. It scores every shard whose vectors are stored. If there is a minimum
/// quality, it then filters the shard.
package struct ScoreStageRun: OutputStageRun {
    private let plan: ScoreStagePlan
    private let scoring: ScoringSession
    private let start: ScoringSession.Start
    private let filter: RunningFilter?
    private let request: ScoreRequest
    private let writer: ScoreWriter
    private let progress = ShardProgress()
    private let clock = ContinuousClock.now

    fileprivate init(
        _ plan: ScoreStagePlan, _ scoring: ScoringSession, _ start: ScoringSession.Start, _ filter: RunningFilter?,
        _ request: ScoreRequest
    ) {
        self.plan = plan
        self.scoring = scoring
        self.start = start
        self.filter = filter
        self.request = request
        writer = scoring.writer(start, progress)
    }

    /// Adds the stages to the graph of the run.
    ///
    /// - Parameter limits: the limits with which the run reads its inputs. The shards of the output do not exceed them.
    /// - Returns: the shards, once they have their scores and are filtered.
    package func join(
        _ shards: Flow<CommittedShard>, to graph: Graph, limits: ReadLimits
    ) throws -> Flow<CommittedShard> {
        let passing = PassingShards()
        let writer = writer
        let chooser = TaskChooser(
            earlier: start.plan.tasks, folder: request.corpus, input: "", done: start.record.shards, passing, progress
        ) { await writer.touch($0) }
        let tasks = graph.stage("choose to score", shards, chooser)
        let scores = try scoring.joinStored(tasks, graph, writer, progress, limits: limits)
        guard let filter, case .minQuality(let quality) = request.choice?.least else {
            return graph.stage("scored", scores, ShardPasser(passing))
        }
        let chosen = graph.stage("choose to filter", scores, ScoredShards(QualityThreshold(quality)))
        return graph.stage("filtered", filter.join(chosen, graph, scores: start.folder), ShardPasser(passing))
    }

    /// Writes the record and stores the outcome. Called after a run that succeeded.
    package func finish(on executor: ThreadExecutor) async throws {
        try await writer.commitRecord()
        let record = await writer.result
        // This also filters the shards that earlier runs have scored but not filtered.
        let chosen = try await scoring.choose(record, in: start.folder, filter, on: executor)
        let outcome = ScoreRun.Outcome(
            record, start, seconds: clock.duration(to: .now) / .seconds(1), chosen: chosen)
        plan.result.withLock { $0 = outcome }
    }

    /// Commits the shards that are complete. Called when a run ends early.
    package func commitFinished() async {
        try? await writer.commitFinished()
        try? scoring.clear()
        await filter?.commitFinished()
    }
}
