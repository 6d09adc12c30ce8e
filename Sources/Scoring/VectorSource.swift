package import Basics
package import Corpus
package import Embedding
package import PipelineGraph
package import Pipelines

/// Where the vectors of documents come from: a folder of stored vectors, or the encoder.
package enum VectorSource: Sendable {
    case stored(StoredVectors)
    case computed(EncodingModel, EmbedParameters, Whitening?)

    /// The parameters that the vectors were or will be made with.
    package var parameters: EmbedParameters {
        switch self {
        case .stored(let vectors): vectors.parameters
        case .computed(_, let parameters, _): parameters
        }
    }

    /// Adds to a graph the stages that read shards and make documents with vectors and statistics.
    ///
    /// - Parameter idField: the field with the document's id; nil for the one in the parameters.
    package func join(
        _ tasks: Flow<ShardTask>, _ graph: Graph, _ progress: ShardProgress, threads: Int, memory total: Int,
        keepsBadLines: Bool, idField: String? = nil, on executor: ThreadExecutor
    ) async throws -> Flow<VectoredDocuments> {
        let stages = stages(threads: threads, memory: total, keepsBadLines: keepsBadLines, idField: idField)
        switch self {
        case .stored(let vectors): return try Self.read(vectors, stages, tasks, graph, progress)
        case .computed(let model, let parameters, let whitening):
            let engine = try await EncodingStages.Engine(model, parameters.precision, threads: threads, on: executor)
            let encoded = try stages.encode(tasks, graph, engine, progress)
            return graph.stage("combine", encoded, CombineVectors(parameters, whitening))
        }
    }

    /// Returns the stages that both sources have in common: reading, and computing statistics.
    package func stages(threads: Int, memory: Int, keepsBadLines: Bool, idField: String? = nil) -> EncodingStages {
        var parameters = parameters
        parameters.idField = idField ?? parameters.idField
        return EncodingStages(
            parameters: parameters,
            memory: EmbedMemory(total: memory, threads: threads, parameters, analyzesTexts: true),
            threads: threads, keepsBadLines: keepsBadLines, analyzesTexts: true)
    }

    /// Adds the stages that read stored vectors to a graph.
    ///
    /// - Parameter limits: limits that the shards do not exceed; nil for shards that another program may have written.
    package static func read(
        _ vectors: StoredVectors, _ stages: EncodingStages, _ tasks: Flow<ShardTask>, _ graph: Graph,
        _ progress: ShardProgress, limits: ReadLimits? = nil
    ) throws(Failure) -> Flow<VectoredDocuments> {
        let documents = try stages.read(tasks, graph, progress, limits: limits)
        let analyzed = graph.transform("analyze", documents, AnalyzeTexts(memory: stages.memory))
        return graph.stage("read vectors", analyzed, ReadVectors(vectors, progress))
    }
}
