internal import Basics
internal import PipelineGraph

/// Where the vectors of documents come from.
enum VectorSource: Sendable {
    case stored(StoredVectors)
    case computed(EncodingModel, EmbedParameters, Whitening?)

    /// What the vectors are made with.
    var parameters: EmbedParameters {
        switch self {
        case .stored(let vectors): vectors.parameters
        case .computed(_, let parameters, _): parameters
        }
    }

    /// Joins the stages from shards to documents with vectors and statistics to a graph.
    ///
    /// - Parameter idField: the field that names a document; nil for that of the parameters.
    func join(
        _ tasks: Flow<EmbeddingTask>, _ graph: Graph, _ progress: EmbedProgress, threads: Int, memory total: Int,
        keepsBadLines: Bool, idField: String? = nil, on executor: ThreadExecutor
    ) async throws -> Flow<VectoredDocuments> {
        var parameters = parameters
        parameters.idField = idField ?? parameters.idField
        let memory = EmbedMemory(total: total, threads: threads, parameters, analyzesTexts: true)
        let stages = EncodingStages(
            parameters: parameters, memory: memory, threads: threads, keepsBadLines: keepsBadLines, analyzesTexts: true)
        switch self {
        case .stored(let vectors):
            let documents = try stages.read(tasks, graph, progress, limits: nil)
            let analyzed = graph.transform("analyze", documents, AnalyzeTexts(memory: memory))
            return graph.stage("read vectors", analyzed, ReadVectors(vectors, progress))
        case .computed(let model, _, let whitening):
            let engine = try await EncodingStages.Engine(model, parameters.precision, threads: threads, on: executor)
            let encoded = try stages.encode(tasks, graph, engine, progress)
            return graph.stage("combine", encoded, CombineVectors(parameters, whitening))
        }
    }
}
