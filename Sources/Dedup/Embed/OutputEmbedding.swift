internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import PipelineGraph

/// The stage 'embed' of a run that removes duplicates: what it is asked.
final class OutputEmbedding: Sendable {
    private static let option = "--embeddings"

    private let request: EmbedRequest
    private let runInputs: [String]
    let progress = EmbedProgress()
    /// What was embedded, once the run has ended.
    let outcome = Locked<EmbedRun.Outcome?>(nil)

    /// nil where nothing is embedded.
    ///
    /// - Throws: a usage error when an option is missing or stands for nothing.
    init?(_ definition: PipelineDefinition, _ options: RunOptions) throws(Failure) {
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
            // Lines that pass through come by here too.
            request.keepsBadLines = read.onBadLine == .keep
        }
        self.request = request
        runInputs = options.inputs
    }

    /// Looks at the model and at the folder of the vectors, and makes nothing.
    func check() throws {
        try checkApart(
            inputs: try runInputs.map { try CorpusInput(argument: $0) }, out: request.out, option: Self.option)
        try checkApart(request.out, Self.option, from: request.inputs[0], "--out")
        _ = try Embedding(request, option: Self.option)
    }

    /// Opens the folder of the vectors, and loads the model where there is something to embed.
    ///
    /// - Parameters:
    ///   - folder: where the output lies as long as the run lasts.
    ///   - hasNewShards: whether the run takes shards in.
    func begin(in folder: String, hasNewShards: Bool, on executor: ThreadExecutor) async throws -> RunningEmbedding {
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
struct RunningEmbedding: Sendable {
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
    func join(
        _ shards: Flow<CommittedShard>, _ graph: Graph, _ limits: LineReader.Limits
    ) throws(Failure) -> Flow<CommittedShard> {
        guard let engine else { return shards }
        let passing = PassingShards()
        let tasks = graph.stage(
            "choose", shards,
            TaskChooser(
                earlier: start.plan.tasks, folder: folder, input: input, record: start.record, writer, passing,
                whole.progress))
        let vectors = try embedding.join(tasks, graph, start, engine, writer, whole.progress, limits: limits)
        return graph.stage("embedded", vectors, ShardPasser(passing))
    }

    /// After a run that ended well.
    func finish() async throws {
        try await writer.commitRecord()
        let outcome = await EmbedRun.Outcome(writer.result, start, whole.progress)
        whole.outcome.withLock { $0 = outcome }
    }

    /// Puts in place what is whole: for a run that ends early.
    func commitWhatIsWhole() async {
        try? await writer.commitWhatIsWhole()
        try? embedding.clear()
    }
}

/// Shards of the output on their way past the embedding.
private final class PassingShards: Sendable {
    private let waiting = Locked<[(ordinal: Int, shard: CommittedShard)]>([])

    func add(_ shard: CommittedShard, _ ordinal: Int) { waiting.withLock { $0.append((ordinal, shard)) } }

    /// Takes those out that come up to an ordinal.
    func take(through ordinal: Int) -> [CommittedShard] {
        waiting.withLock { waiting in
            let end = waiting.firstIndex { $0.ordinal > ordinal } ?? waiting.count
            defer { waiting.removeFirst(end) }
            return waiting[..<end].map(\.shard)
        }
    }
}

/// Chooses what has no vectors: first of all shards of earlier runs, then those that come.
private actor TaskChooser: OrderedStage {
    private var earlier: [EmbeddingTask]
    private let folder: String
    private let input: String
    private let done: [BytewiseName: EmbeddingsRecord.Shard]
    private let writer: VectorWriter
    private let passing: PassingShards
    private let progress: EmbedProgress
    private var next: Int

    init(
        earlier: [EmbeddingTask], folder: String, input: String, record: EmbeddingsRecord, _ writer: VectorWriter,
        _ passing: PassingShards, _ progress: EmbedProgress
    ) {
        self.earlier = earlier
        self.folder = folder
        self.input = input
        self.writer = writer
        self.passing = passing
        self.progress = progress
        done = Dictionary(record.shards.map { (BytewiseName($0.name), $0) }) { $1 }
        next = earlier.count
    }

    func process(_ committed: CommittedShard, _ output: Outlet<EmbeddingTask>) async throws {
        try await sendEarlier(output)
        let name = committed.record.name
        let path = folder + "/" + name
        guard let status = try File.status(at: path) else {
            throw Failure("\(path): gone since it was written; run again when nothing else changes the output")
        }
        let shard = Shard(name: name, path: path, input: 0, size: status.size, modified: status.modified)
        passing.add(committed, next)
        // An output that is made anew has many shards that are what they were.
        if let current = try done[BytewiseName(name)]?.asRead(from: shard) {
            await writer.touch(current)
        } else {
            progress.expect(shards: 1, bytes: shard.size)
            try await output.send(EmbeddingTask(shard: shard, ordinal: next, input: input))
        }
        next += 1
    }

    func finish(_ output: Outlet<EmbeddingTask>) async throws {
        try await sendEarlier(output)
    }

    private func sendEarlier(_ output: Outlet<EmbeddingTask>) async throws {
        let tasks = earlier
        earlier = []
        for task in tasks { try await output.send(task) }
    }
}

/// Hands shards on that have their vectors.
private actor ShardPasser: OrderedStage {
    private let passing: PassingShards

    init(_ passing: PassingShards) {
        self.passing = passing
    }

    func process(_ vectors: CommittedVectors, _ output: Outlet<CommittedShard>) async throws {
        for shard in passing.take(through: vectors.lastOrdinal) { try await output.send(shard) }
    }

    func finish(_ output: Outlet<CommittedShard>) async throws {
        for shard in passing.take(through: .max) { try await output.send(shard) }
    }
}
