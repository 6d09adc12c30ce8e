internal import Basics
package import Corpus
internal import PipelineGraph
package import Pipelines
package import Reports

/// One run of `dedup embed`.
package struct EmbedRun: Sendable {
    private let request: EmbedRequest
    /// The progress of the run, for the progress line.
    package let progress = ShardProgress()

    package init(_ request: EmbedRequest) {
        self.request = request
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The content of embeddings.json.
        package let record: EmbeddingsRecord
        /// The number of shards that this run embedded.
        package let shards: Int
        /// The number of documents in these shards.
        package let documents: Int
        /// The number of tokens that were encoded.
        package let tokens: Int
        /// The number of documents that were too long to be encoded whole.
        package let truncated: Int
        /// The time in which the encoder worked.
        package let encodeSeconds: Double
        /// Other files in the inputs.
        package let others: OtherFiles
        /// Shards that have vectors but no longer exist in the inputs.
        package let missing: [String]
        /// Damaged shards that were left out.
        package let skipped: [Report.SkippedShard]
    }

    /// Embeds the inputs, on threads that only this run uses.
    ///
    /// - Throws: a `Failure`. Shards that were committed before it keep their vectors, and the same run resumes after
    ///   them.
    package func run() async throws -> Outcome {
        let inputs = try request.inputs.map { try CorpusInput(argument: $0) }
        try checkApart(inputs: inputs, out: request.out)
        var embedding = try EmbeddingSession(request, parameter: .out)
        let skipped = SkippedShards(request.skipsDamagedShards, memory: request.memory)
        while true {
            do {
                return try await attempt(embedding, inputs, skipped)
            } catch is SkippedShards.Restart {
                // Shards that were replaced in the first attempt are not replaced again.
                var request = request
                request.replaces = false
                embedding = try EmbeddingSession(request, parameter: .out)
            }
        }
    }

    /// Embeds the shards that are not skipped.
    ///
    /// - Throws: `SkippedShards.Restart` if a damaged shard was found and the run should start again without it;
    ///   otherwise the error that ended the run.
    private func attempt(
        _ embedding: EmbeddingSession, _ inputs: [CorpusInput], _ skipped: SkippedShards
    ) async throws -> Outcome {
        let start = try await embedding.start(inputs, without: skipped)
        let tasks = start.plan.tasks
        progress.expect(shards: tasks.count, bytes: start.plan.bytes)
        let writer = embedding.writer(start, progress) { tasks[$0].input }
        do {
            if tasks.isEmpty {
                try await writer.commitRecord()
            } else {
                try await run(embedding, start, writer)
            }
        } catch {
            // Complete shards are kept. Errors while they are committed are ignored, because the first error is the one
            // to report.
            try? await writer.commitFinished()
            try? embedding.clear()
            let done = Set(await writer.result.shards.map { BytewiseName($0.name) })
            let isSkipped = skipped.skip(after: error, tasks.map(\.shard)) {
                done.contains(BytewiseName($0.name))
            }
            if isSkipped { throw SkippedShards.Restart() }
            throw progress.failure(error)
        }
        return await Outcome(writer.result, start, progress, skipped.all)
    }

    private func run(_ embedding: EmbeddingSession, _ start: EmbeddingSession.Start, _ writer: VectorWriter)
        async throws
    {
        let executor = ThreadExecutor(threads: request.threads)
        defer { executor.close() }
        let engine = try await embedding.load(start, on: executor)
        let graph = Graph(executor: executor)
        let tasks = graph.source("list", TaskSource(start.plan.tasks))
        let vectors = try embedding.join(tasks, graph, start, engine, writer, progress)
        graph.sink("end", vectors, VectorsEnd())
        try await graph.run()
    }
}

extension EmbedRun.Outcome {
    init(
        _ record: EmbeddingsRecord, _ start: EmbeddingSession.Start, _ progress: ShardProgress,
        _ skipped: [Report.SkippedShard] = []
    ) {
        let before = Dictionary(start.record.shards.map { (BytewiseName($0.name), $0) }) { $1 }
        let new = record.shards.filter { before[BytewiseName($0.name)] != $0 }
        self.record = record
        shards = new.count
        documents = new.reduce(0) { $0 + $1.documents }
        tokens = new.reduce(0) { $0 + $1.tokens }
        truncated = new.reduce(0) { $0 + $1.truncated }
        encodeSeconds = progress.encodeSeconds
        others = start.plan.others
        // If a shard has grown, the run deletes its vectors and computes them again, so it is not missing.
        let made = Set(new.map { BytewiseName($0.name) })
        missing = start.plan.missing.filter { !made.contains(BytewiseName($0)) }
        self.skipped = skipped
    }
}

/// The end of the graph of `dedup embed`, where nothing is left to do.
private actor VectorsEnd: Sink {
    func consume(_ input: CommittedVectors) {}
    func finish() {}
}
