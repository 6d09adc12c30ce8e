internal import Basics
package import Corpus
internal import OutputStore
package import PipelineGraph
package import Pipelines
package import QualityScoring

/// The part of the stage 'embed' in one run, before the run has begun.
package final class EmbedStagePlan: OutputStagePlan {
    private static let parameter = Parameter.embeddings

    private let request: EmbedRequest
    private let runInputs: [String]
    fileprivate let shardProgress = ShardProgress()
    fileprivate let result = Locked<EmbedRun.Outcome?>(nil)

    init(_ request: EmbedRequest, runInputs: [String]) {
        self.request = request
        self.runInputs = runInputs
    }

    /// The progress of embedding, for the progress line.
    package var progress: ShardProgress? { shardProgress }
    /// The `EmbedRun.Outcome`; nil until the run has finished.
    package var outcome: (any Sendable)? { result.withLock { $0 } }

    /// Checks the model and the folder of the vectors. Writes nothing.
    ///
    /// - Throws: a usage error if the folder cannot be used, or was made with other parameters.
    package func check(behind earlier: [any OutputStagePlan]) throws {
        try checkApart(
            inputs: try runInputs.map { try CorpusInput(argument: $0) }, out: request.out, parameter: Self.parameter)
        try checkApart(request.out, Self.parameter, from: request.inputs[0], .out)
        _ = try EmbeddingSession(request, parameter: Self.parameter)
    }

    /// Returns how the vectors are made, and the folder of the model that makes them.
    package func origin() async throws -> (origin: VectorOrigin, model: String) {
        try await EmbeddingSession(request, parameter: Self.parameter).origin()
    }

    /// Opens the folder of the vectors, and loads the model if there are shards to embed.
    package func begin(_ output: OpenOutput, behind earlier: [any OutputStageRun]) async throws -> any OutputStageRun {
        var request = request
        request.selection = request.selection.naming(output.shardsDone)
        let session = try EmbeddingSession(request, parameter: Self.parameter)
        let start = try await session.start([CorpusInput(path: request.inputs[0])], in: output.folder)
        shardProgress.expect(shards: start.plan.tasks.count, bytes: start.plan.bytes)
        var engine: EncodingStages.Engine?
        if !output.newShards.isEmpty || !start.plan.tasks.isEmpty {
            engine = try await session.load(start, on: output.executor)
        }
        return EmbedStageRun(self, session, start, engine, folder: output.folder)
    }
}

/// The stage 'embed' while a run lasts. It embeds every shard of the output once the shard is in place; before that, it
/// embeds the shards that earlier runs left without vectors.
package struct EmbedStageRun: OutputStageRun {
    private let plan: EmbedStagePlan
    private let embedding: EmbeddingSession
    private let start: EmbeddingSession.Start
    /// The loaded model; nil if there is nothing to embed.
    private let engine: EncodingStages.Engine?
    private let writer: VectorWriter
    private let folder: String
    private let input: String

    fileprivate init(
        _ plan: EmbedStagePlan, _ embedding: EmbeddingSession, _ start: EmbeddingSession.Start,
        _ engine: EncodingStages.Engine?,
        folder: String
    ) {
        self.plan = plan
        self.embedding = embedding
        self.start = start
        self.engine = engine
        self.folder = folder
        let input = start.plan.inputs[0].name
        self.input = input
        writer = embedding.writer(start, plan.shardProgress) { _ in input }
    }

    /// Adds the stages to the graph of the run.
    ///
    /// - Parameter limits: the limits under which the run reads its inputs. The shards of the output do not exceed
    ///   them.
    /// - Returns: a flow of the same shards. Each is passed on when its vectors are committed.
    package func join(
        _ shards: Flow<CommittedShard>, to graph: Graph, limits: ReadLimits
    ) throws -> Flow<CommittedShard> {
        guard let engine else { return shards }
        let passing = PassingShards()
        let writer = writer
        let chooser = TaskChooser(
            earlier: start.plan.tasks, folder: folder, input: input, done: start.record.shards, passing,
            plan.shardProgress
        ) { await writer.touch($0) }
        let tasks = graph.stage("choose", shards, chooser)
        let vectors = try embedding.join(tasks, graph, start, engine, writer, plan.shardProgress, limits: limits)
        return graph.stage("embedded", vectors, ShardPasser(passing))
    }

    /// Returns the vectors for reading. Each shard is available once its vectors are committed.
    package func storedVectors() async throws -> StoredVectors { try await embedding.storedVectors(start, writer) }

    /// Writes the record and stores the outcome. Called after a run that succeeded.
    package func finish(on executor: ThreadExecutor) async throws {
        try await writer.commitRecord()
        let outcome = await EmbedRun.Outcome(writer.result, start, plan.shardProgress)
        plan.result.withLock { $0 = outcome }
    }

    /// Commits the shards that are complete. Called when a run ends early.
    package func commitFinished() async {
        try? await writer.commitFinished()
        try? embedding.clear()
    }
}
