package import Basics
package import Corpus
internal import OutputStore
package import PipelineGraph
package import Pipelines
package import QualityScoring

/// The stage 'embed' of a run that removes duplicates: what it is asked.
package final class OutputEmbedding: Sendable {
    private static let option = "--embeddings"

    private let request: EmbedRequest
    private let runInputs: [String]
    package let progress = ShardProgress()
    /// What was embedded, once the run has ended.
    package let outcome = Locked<EmbedRun.Outcome?>(nil)

    /// nil where nothing is embedded.
    ///
    /// - Throws: a usage error when an option is missing or stands for nothing.
    package init?(_ definition: PipelineDefinition, _ options: RunOptions) throws(Failure) {
        guard case .embed(let embed) = definition.stage(.embed) else {
            if options.embeddings != nil {
                throw .usage("\(Self.option): the pipeline \(definition.source) has no stage 'embed'")
            }
            return nil
        }
        guard let out = options.out, !options.isDryRun else { return nil }
        guard let embeddings = options.embeddings else {
            throw .usage("\(Self.option) is missing: the folder for the vectors of the pipeline \(definition.source)")
        }
        var request = EmbedRequest(
            inputs: [out], out: embeddings, options: embed, threads: options.threads,
            memory: MemoryPlan.embeddingShare(of: options.memory))
        if case .read(let read) = definition.stage(.read) {
            request.textField = read.textField
            request.idField = read.idField
            request.allowsNaN = read.allowsNaN
            // Lines that pass through come by here too.
            request.keepsBadLines = read.onBadLine == .keep
        }
        self.request = request
        runInputs = options.inputs
    }

    /// Looks at the model and at the folder of the vectors, and makes nothing.
    package func check() throws {
        try checkApart(
            inputs: try runInputs.map { try CorpusInput(argument: $0) }, out: request.out, option: Self.option)
        try checkApart(request.out, Self.option, from: request.inputs[0], "--out")
        _ = try Embedding(request, option: Self.option)
    }

    /// What the vectors are, and the folder of the model that makes them.
    package func origin() async throws -> (origin: VectorOrigin, model: String) {
        try await Embedding(request, option: Self.option).origin()
    }

    /// Opens the folder of the vectors, and loads the model where there is something to embed.
    ///
    /// - Parameters:
    ///   - folder: where the output lies as long as the run lasts.
    ///   - names: the shards that it holds.
    ///   - hasNewShards: whether the run takes shards in.
    package func begin(
        in folder: String, holding names: [String], hasNewShards: Bool, on executor: ThreadExecutor
    ) async throws -> RunningEmbedding {
        var request = request
        request.selection = request.selection.naming(names)
        let embedding = try Embedding(request, option: Self.option)
        let start = try await embedding.start([CorpusInput(path: request.inputs[0])], in: folder)
        progress.expect(shards: start.plan.tasks.count, bytes: start.plan.bytes)
        var engine: EncodingStages.Engine?
        if hasNewShards || !start.plan.tasks.isEmpty { engine = try await embedding.load(start, on: executor) }
        return RunningEmbedding(self, embedding, start, engine, folder: folder)
    }
}

/// The stage 'embed' while a run lasts: what is left of every shard is embedded once it is in place, and before that
/// what earlier runs left without vectors.
package struct RunningEmbedding: Sendable {
    private let whole: OutputEmbedding
    private let embedding: Embedding
    private let start: Embedding.Start
    /// nil where there is nothing to embed.
    private let engine: EncodingStages.Engine?
    private let writer: VectorWriter
    private let folder: String
    private let input: String

    fileprivate init(
        _ whole: OutputEmbedding, _ embedding: Embedding, _ start: Embedding.Start, _ engine: EncodingStages.Engine?,
        folder: String
    ) {
        self.whole = whole
        self.embedding = embedding
        self.start = start
        self.engine = engine
        self.folder = folder
        let input = start.plan.inputs[0].name
        self.input = input
        writer = embedding.writer(start, whole.progress) { _ in input }
    }

    /// Joins the stages to a graph.
    ///
    /// - Parameter limits: those under which the run reads.
    /// - Returns: the shards, once they have their vectors.
    package func join(
        _ shards: Flow<CommittedShard>, _ graph: Graph, _ limits: ReadLimits
    ) throws(Failure) -> Flow<CommittedShard> {
        guard let engine else { return shards }
        let passing = PassingShards()
        let writer = writer
        let chooser = TaskChooser(
            earlier: start.plan.tasks, folder: folder, input: input, done: start.record.shards, passing,
            whole.progress
        ) { await writer.touch($0) }
        let tasks = graph.stage("choose", shards, chooser)
        let vectors = try embedding.join(tasks, graph, start, engine, writer, whole.progress, limits: limits)
        return graph.stage("embedded", vectors, ShardPasser(passing))
    }

    /// The vectors, to be read as they get into their places.
    package func storedVectors() async throws -> StoredVectors { try await embedding.storedVectors(start, writer) }

    /// After a run that ended well.
    package func finish() async throws {
        try await writer.commitRecord()
        let outcome = await EmbedRun.Outcome(writer.result, start, whole.progress)
        whole.outcome.withLock { $0 = outcome }
    }

    /// Puts in place what is whole: for a run that ends early.
    package func commitWhatIsWhole() async {
        try? await writer.commitWhatIsWhole()
        try? embedding.clear()
    }
}
