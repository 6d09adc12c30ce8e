package import Basics
package import Corpus
package import DeBERTa
package import PipelineGraph
package import Pipelines
package import Tokenizers

/// The stages that read shards, tokenize the documents and encode their sequences.
package struct EncodingStages: Sendable {
    package let parameters: EmbedParameters
    package let memory: EmbedMemory
    package let threads: Int
    /// Whether bad lines pass through; if not, the first one ends the run.
    package let keepsBadLines: Bool
    /// How to fix a bad line; the end of the message when a bad line ends the run.
    package var advice: String
    /// The documents that are encoded; nil for all.
    package var sample: DocumentSample?
    /// Whether the statistics of the texts are computed as well.
    package var analyzesTexts = false

    package init(
        parameters: EmbedParameters, memory: EmbedMemory, threads: Int, keepsBadLines: Bool,
        advice: String = BadLinePolicy.advice(.keep), sample: DocumentSample? = nil,
        analyzesTexts: Bool = false
    ) {
        self.parameters = parameters
        self.memory = memory
        self.threads = threads
        self.keepsBadLines = keepsBadLines
        self.advice = advice
        self.sample = sample
        self.analyzesTexts = analyzesTexts
    }

    /// The loaded model: its tokenizer and its encoder.
    package struct Engine: Sendable {
        package let tokenizer: Tokenizer
        package let encoder: Encoder

        /// Loads the tokenizer and the weights at the same time.
        package init(_ model: EncodingModel, _ precision: Precision, threads: Int, on executor: ThreadExecutor)
            async throws
        {
            let tokenizer = Task(executorPreference: executor) { try model.tokenizer() }
            let encoder = Task(executorPreference: executor) {
                try Encoder(model.checkpoint, precision: precision, threads: threads)
            }
            // Wait for both, even if one fails: neither may outlive the executor.
            let (tokenizerResult, encoderResult) = (await tokenizer.result, await encoder.result)
            self.tokenizer = try tokenizerResult.get()
            self.encoder = try encoderResult.get()
        }
    }

    /// Adds the stages that read and parse shards to a graph.
    ///
    /// - Parameter others: the limits under which this run wrote the shards; nil for shards of any origin.
    package func read(
        _ tasks: Flow<ShardTask>, _ graph: Graph, _ progress: ShardProgress, limits others: ReadLimits?
    ) throws(Failure) -> Flow<ReadDocuments> {
        let budget = MemoryBudget(bytes: memory.inFlight)
        graph.onEarlyEnd { budget.close() }
        var read = ReadOptions()
        read.textField = parameters.textField
        read.idField = parameters.idField
        read.allowsNaN = parameters.allowsNaN
        read.onBadLine = keepsBadLines ? .keep : .stop
        let reader = ShardReader(
            limits: others.map { memory.limits(after: $0) } ?? memory.limits,
            memory: ShardReader.Memory(heldBack: memory.window) { [memory] in memory.bytes(text: $0, lines: $1) },
            budget: budget
        ) { progress.read(bytes: $0) }
        let batches = graph.stage("read shards", tasks, TaskReader(reader))
        return graph.transform("parse shards", batches, try ParseDocuments(read, advice: advice))
    }

    /// Adds all stages, from shards to encoded sequences, to a graph.
    package func encode(
        _ tasks: Flow<ShardTask>, _ graph: Graph, _ engine: Engine, _ progress: ShardProgress,
        limits: ReadLimits? = nil
    ) throws(Failure) -> Flow<EncodingUnit> {
        let documents = try read(tasks, graph, progress, limits: limits)
        let chosen = sample.map { graph.transform("choose documents", documents, $0) } ?? documents
        let tokenized = graph.transform(
            "tokenize", chosen,
            try TokenizeDocuments(engine.tokenizer, parameters, memory, progress, analyzesTexts: analyzesTexts))
        let packer = Packer(dimensions: parameters.dimensions, threads: threads, memory: memory)
        let units = graph.stage("pack", tokenized, packer)
        let encode = EncodeUnits(encoder: engine.encoder, pooling: parameters.pooling, progress: progress)
        // The memory of the vectors is allocated already, so many units may be ahead of a slow one at no cost.
        return graph.transform("encode", units, encode, ahead: 16 * threads)
    }
}
