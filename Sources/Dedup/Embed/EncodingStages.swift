internal import Basics
internal import Corpus
internal import DeBERTa
internal import PipelineGraph
internal import Tokenizers

/// The stages from shards to the vectors of their documents' sequences.
struct EncodingStages: Sendable {
    let parameters: EmbedParameters
    let memory: EmbedMemory
    let threads: Int
    /// Whether a line that is no document passes through; else the run ends there.
    let keepsBadLines: Bool
    /// What to do about a line that is no document.
    var advice = "mend it, or go on with --on-bad-line keep"
    /// The documents that are encoded; nil for all.
    var sample: DocumentSample?
    /// Whether the statistics of the texts are computed besides.
    var analyzesTexts = false

    /// What encodes.
    struct Engine: Sendable {
        let tokenizer: Tokenizer
        let encoder: Encoder

        /// Loads the tokenizer and the weights, one beside the other.
        init(_ model: EncodingModel, _ precision: Precision, threads: Int, on executor: ThreadExecutor) async throws {
            let tokenizer = Task(executorPreference: executor) { try model.tokenizer() }
            let encoder = Task(executorPreference: executor) {
                try Encoder(model.checkpoint, precision: precision, threads: threads)
            }
            // Neither outlives the executor, whatever becomes of the other.
            let (tokenizerResult, encoderResult) = (await tokenizer.result, await encoder.result)
            self.tokenizer = try tokenizerResult.get()
            self.encoder = try encoderResult.get()
        }
    }

    /// Joins the stages from shards to documents to a graph.
    ///
    /// - Parameter others: the limits under which the shards were written; nil for shards of any origin.
    func read(
        _ tasks: Flow<EmbeddingTask>, _ graph: Graph, _ progress: EmbedProgress, limits others: LineReader.Limits?
    ) throws(Failure) -> Flow<ReadDocuments> {
        let budget = MemoryBudget(bytes: memory.inFlight)
        graph.onEarlyEnd { budget.close() }
        var read = ReadOptions()
        read.textField = parameters.textField
        read.idField = parameters.idField
        read.allowsNaN = parameters.allowsNaN
        read.onBadLine = keepsBadLines ? .keep : .stop
        let reader = TaskReader(
            limits: others.map { memory.limits(after: $0) } ?? memory.limits, memory: memory, budget: budget,
            progress: progress)
        let lines = graph.stage("read shards", tasks, reader)
        return graph.transform("parse shards", lines, try ParseDocuments(read, advice: advice))
    }

    /// Joins the stages from shards to encoded sequences to a graph.
    func encode(
        _ tasks: Flow<EmbeddingTask>, _ graph: Graph, _ engine: Engine, _ progress: EmbedProgress,
        limits: LineReader.Limits? = nil
    ) throws(Failure) -> Flow<EncodingUnit> {
        let documents = try read(tasks, graph, progress, limits: limits)
        let chosen = sample.map { graph.transform("choose documents", documents, $0) } ?? documents
        let tokenized = graph.transform(
            "tokenize", chosen,
            try TokenizeDocuments(engine.tokenizer, parameters, memory, progress, analyzesTexts: analyzesTexts))
        let packer = Packer(dimensions: parameters.dimensions, threads: threads, memory: memory)
        let units = graph.stage("pack", tokenized, packer)
        let encode = EncodeUnits(encoder: engine.encoder, pooling: parameters.pooling, progress: progress)
        // Vectors have their room already: a thread that was held up holds up no other.
        return graph.transform("encode", units, encode, ahead: 16 * threads)
    }
}
