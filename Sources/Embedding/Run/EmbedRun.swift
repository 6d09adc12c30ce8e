package import Basics
package import Corpus
internal import PipelineGraph
package import Pipelines
package import Reports

/// One run of `dedup embed`.
package struct EmbedRun: Sendable {
    private let request: EmbedRequest
    package let progress = ShardProgress()

    package init(_ request: EmbedRequest) {
        self.request = request
    }

    /// What a run did.
    package struct Outcome: Sendable {
        /// embeddings.json.
        package let record: EmbeddingsRecord
        /// Shards that this run embedded, their documents and ids.
        package let shards: Int
        package let documents: Int
        package let tokens: Int
        package let truncated: Int
        package let encodeSeconds: Double
        /// What else lies in the inputs.
        package let others: OtherFiles
        /// Shards with vectors that are gone from the inputs.
        package let missing: [String]
        /// Damaged shards that were left out.
        package let skipped: [Report.SkippedShard]
    }

    /// Does the run, on threads of its own.
    ///
    /// - Throws: a `Failure`. What was committed before it stays, and the same run again goes on from there.
    package func run() async throws -> Outcome {
        let inputs = try request.inputs.map { try CorpusInput(argument: $0) }
        try checkApart(inputs: inputs, out: request.out)
        var embedding = try EmbeddingSession(request, option: "--out")
        let skipped = SkippedShards(request.skipsDamagedShards, memory: request.memory)
        while true {
            do {
                return try await attempt(embedding, inputs, skipped)
            } catch is SkippedShards.BeginsAgain {
                // What was made anew so far stays.
                var request = request
                request.replaces = false
                embedding = try EmbeddingSession(request, option: "--out")
            }
        }
    }

    /// Embeds the shards that are not left out.
    ///
    /// - Throws: `SkippedShards.BeginsAgain`, or what ended the run.
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
            // What is whole stays; what went wrong first is what counts.
            try? await writer.commitWhatIsWhole()
            try? embedding.clear()
            let done = Set(await writer.result.shards.map { BytewiseName($0.name) })
            let isSkipped = skipped.skip(after: error, tasks.map(\.shard)) {
                done.contains(BytewiseName($0.name))
            }
            if isSkipped { throw SkippedShards.BeginsAgain() }
            throw progress.failure(error)
        }
        return await Outcome(writer.result, start, progress, skipped.all)
    }

    private func run(_ embedding: EmbeddingSession, _ start: EmbeddingSession.Start, _ writer: VectorWriter) async throws {
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
        // A run that takes in the new lines of a shard makes its vectors anew.
        let made = Set(new.map { BytewiseName($0.name) })
        missing = start.plan.missing.filter { !made.contains(BytewiseName($0)) }
        self.skipped = skipped
    }
}

/// Nothing follows the vectors of `dedup embed`.
private actor VectorsEnd: Sink {
    func consume(_ input: CommittedVectors) {}
    func finish() {}
}
