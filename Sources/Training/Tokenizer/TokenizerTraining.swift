internal import Basics
package import Corpus
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import Tokenizers

/// One run of `dedup tokenizer train`: counts the pieces of all documents, learns merges and writes the tokenizer.
///
/// The files depend only on how often each piece occurs. The number of threads, the memory and the division of the
/// corpus into shards have no effect.
package struct TokenizerTraining: Sendable {
    private let options: TokenizerTrainingOptions
    /// The progress of the run, for the progress line.
    package let progress = TokenizerTrainingProgress()

    package init(_ options: TokenizerTrainingOptions) {
        self.options = options
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The number of documents that were read.
        package let documents: Int
        /// The size of the documents' texts in bytes.
        package let bytes: Int
        /// The number of lines that are not documents and were left out.
        package let badLines: Int
        /// The number of distinct pieces.
        package let pieces: Int
        /// The number of tokens in the vocabulary.
        package let tokens: Int
        /// The number of tokens that were asked for.
        package let wantedTokens: Int
        /// The time of reading and counting.
        package let countSeconds: Double
        /// The time of learning the merges.
        package let learnSeconds: Double
        /// Files in the inputs that are not shards.
        package let others: OtherFiles
    }

    /// Trains the tokenizer, on threads that only this run uses.
    ///
    /// - Throws: a `Failure`; then nothing is written.
    package func run() async throws -> Outcome {
        let memory = TrainingMemory(total: options.memory, threads: options.threads)
        let trainer = try TokenizerTrainer(
            vocabulary: options.vocabulary, minFrequency: options.minFrequency, memory: memory.learning)
        let inputs = try options.inputs.map { try CorpusInput(argument: $0) }
        let folder = TokenizerFolder(options.out, replaces: options.replaces)
        try folder.check()
        try checkApart(inputs: inputs, out: options.out)
        let listing = try ShardListing(of: CorpusInput.labelled(inputs), selecting: options.selection)
        try checkApart(inputs: listing.followedLinks, out: options.out)
        progress.expect(bytes: listing.shards.total(\.size), tokens: options.vocabulary)
        let executor = ThreadExecutor(threads: options.threads)
        defer { executor.close() }
        let start = ContinuousClock.now
        do {
            let sum = SumOfPieces(
                limit: memory.table, DroppedLines(isWatching: options.dropsBadLines && !options.allowsMostlyBad),
                progress)
            try await count(listing.shards, memory, executor, sum)
            let documents = await sum.documents
            if documents == 0 { throw Failure("no documents in the inputs; a tokenizer is trained on text") }
            let counted = ContinuousClock.now
            let table = await sum.take()
            let pieces = table.count
            let progress = progress
            let training = Task(executorPreference: executor) {
                try trainer.train(
                    table.take(), progress: { progress.learned(tokens: $0) }, isCancelled: { Task.isCancelled })
            }
            let tokenizer = try await withTaskCancellationHandler {
                try await training.value
            } onCancel: {
                training.cancel()
            }
            try folder.write(tokenizer)
            return Outcome(
                documents: documents, bytes: await sum.bytes, badLines: await sum.badLines, pieces: pieces,
                tokens: tokenizer.count, wantedTokens: options.vocabulary,
                countSeconds: start.duration(to: counted) / .seconds(1),
                learnSeconds: counted.duration(to: .now) / .seconds(1), others: listing.others)
        } catch is CancellationError {
            throw Failure("interrupted; nothing is written", kind: .interrupted)
        }
    }

    private func count(
        _ shards: [Shard], _ memory: TrainingMemory, _ executor: ThreadExecutor, _ sum: SumOfPieces
    ) async throws {
        var read = ReadOptions()
        read.textField = options.textField
        read.allowsNaN = options.allowsNaN
        read.onBadLine = options.dropsBadLines ? .drop : .stop
        let graph = Graph(executor: executor)
        let budget = MemoryBudget(bytes: memory.inFlight)
        graph.onEarlyEnd { budget.close() }
        let reader = ShardReader(
            limits: memory.limits, memory: ShardReader.Memory { memory.bytes(text: $0, lines: $1) }, budget: budget
        ) { [progress] in progress.read(bytes: $0) }
        let planned = shards.map { PlannedShard(shard: $0, inputName: "") }
        let source = ShardSource(ShardSequence(done: [], new: planned), reader)
        let batches = graph.source("read shards", source)
        let documents = graph.transform(
            "parse shards", batches, try ParseDocuments(read, advice: BadLinePolicy.advice(.drop)))
        let counted = graph.transform("count pieces", documents, CountPieces())
        graph.sink("add up", counted, sum)
        try await graph.run()
    }
}
