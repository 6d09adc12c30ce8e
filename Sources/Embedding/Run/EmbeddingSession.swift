package import Basics
package import Corpus
internal import DeBERTa
internal import OutputStore
package import PipelineGraph
package import Pipelines
package import QualityScoring

/// Embedding into one folder: the request and the model.
package final class EmbeddingSession: Sendable {
    private let request: EmbedRequest
    /// The parameter that names the folder, for messages.
    private let parameter: Parameter
    private let model: EncodingModel
    private let whitening: Whitening?
    private let folder: EmbeddingsFolder

    /// Reads the model and the record of the folder. Writes nothing.
    ///
    /// - Throws: a usage error if the folder was made with other parameters, or holds something other than vectors.
    package init(_ request: EmbedRequest, parameter: Parameter) throws(Failure) {
        if request.out.isEmpty { throw .usage("\(parameter) is empty; give a folder") }
        self.request = request
        self.parameter = parameter
        model = try EncodingModel(ModelLocation(asked: request.options.model))
        whitening = try model.whitening(request.options.whitening)
        folder = EmbeddingsFolder(request.out, parameter: parameter)
        _ = try parameters(try folder.record())
    }

    /// Returns the record whose parameters this run must match; nil if there are no vectors yet, or if they are
    /// replaced.
    private func binding(_ record: EmbeddingsRecord?) -> EmbeddingsRecord? {
        request.replaces || record?.shards.isEmpty != false ? nil : record
    }

    private func parameters(_ record: EmbeddingsRecord?) throws(Failure) -> EmbedParameters {
        let options = request.options
        try options.precision?.check()
        let bound = binding(record)
        let recorded = bound.flatMap { Precision(rawValue: $0.precision) }
        let parameters = try model.parameters(
            request, options.precision ?? recorded ?? Precision.best, whitening: whitening != nil)
        if let bound {
            try parameters.check(
                against: bound, leavingOut: EmbedParameters.ofModel(options), of: request.out, parameter: parameter)
        }
        return parameters
    }

    // MARK: Before documents are read

    /// The state at the beginning of a run. It holds the folder's lock.
    package struct Start: Sendable {
        fileprivate let lock: FolderLock
        /// The parameters of the vectors.
        package let parameters: EmbedParameters
        /// The record with the shards that are done already, as it will be written.
        package let record: EmbeddingsRecord
        /// The content of embeddings.json; nil if there is none.
        package let written: EmbeddingsRecord?
        /// The shards that are to be embedded.
        package let plan: EmbedPlan
        fileprivate let checksum: ModelChecksum
    }

    /// Lists the inputs, creates the folder or clears up after a stopped run, and locks the folder.
    ///
    /// - Parameters:
    ///   - place: the present path of the only input, if it is not the given one; see `EmbedPlan`.
    ///   - skipped: damaged shards. They are left out, and their existing vectors are deleted.
    /// - Throws: a usage error if the folder was made with another model, or if another run is writing to it.
    package func start(
        _ inputs: [CorpusInput], in place: String? = nil, without skipped: SkippedShards = .none
    ) async throws -> Start {
        // All errors about the inputs are reported before anything is written.
        let before = binding(try folder.record())
        var plan = try EmbedPlan(inputs, before, in: place, selecting: request.selection, without: skipped)
        try checkApart(inputs: plan.followedLinks, out: request.out)
        try DerivedNames(DerivedFile.ofVectors, in: request.out, parameter: parameter)
            .check(plan.tasks.map(\.shard.name), done: before?.shards.map(\.name) ?? [])
        try folder.make()
        let lock = try folder.lock()
        var written = try folder.record()
        let parameters = try self.parameters(written)
        let checksum = ModelChecksum(of: model)
        if let bound = binding(written) {
            let own = try await checksum.value
            guard own == bound.modelChecksum else {
                throw EmbedParameters.refusal(
                    request.out, parameter, "the model \(bound.model) (checksum \(bound.modelChecksum))",
                    "the model \(model.path) (\(own))")
            }
            try parameters.check(against: bound, leavingOut: [], of: request.out, parameter: parameter)
        }
        written = try folder.recover(written, without: skipped)
        try folder.keepTimes()
        var record = binding(written) ?? EmbeddingsRecord(parameters)
        if request.replaces, let old = written {
            // The old vectors are deleted only after the model has been found to be usable.
            _ = try await checksum.value
            _ = try model.tokenizer()
            try folder.removeAll(old)
            written = nil
        }
        // Another run has written vectors meanwhile, or files are missing.
        if record.shards != before?.shards ?? [] {
            plan = try EmbedPlan(inputs, record, in: place, selecting: request.selection, without: skipped)
        }
        record.put(plan.touched)
        record.put(plan.inputs)
        record.model = parameters.model
        record.dedup = Version.current
        return Start(
            lock: lock, parameters: parameters, record: record, written: written, plan: plan, checksum: checksum)
    }

    /// Returns how the vectors are made, and the folder of the model that makes them.
    package func origin() async throws -> (origin: VectorOrigin, model: String) {
        let parameters = try parameters(try folder.record())
        return (VectorOrigin(parameters, model: try await ModelChecksum(of: model).value), model.path)
    }

    /// Returns the vectors for reading. Each shard is available once the writer has committed it.
    package func storedVectors(_ start: Start, _ writer: VectorWriter) async throws -> StoredVectors {
        var record = start.record
        record.modelChecksum = try await start.checksum.value
        return try StoredVectors(folder, record) { await writer.shard(named: $0) }
    }

    // MARK: The graph

    /// Loads the tokenizer and the weights.
    package func load(_ start: Start, on executor: ThreadExecutor) async throws -> EncodingStages.Engine {
        try await EncodingStages.Engine(model, start.parameters.precision, threads: request.threads, on: executor)
    }

    /// Returns the stage that writes the vectors.
    ///
    /// - Parameter inputName: returns the name of the input of the shard with this ordinal.
    package func writer(_ start: Start, _ progress: ShardProgress, inputName: @escaping @Sendable (Int) -> String)
        -> VectorWriter
    {
        var record = start.record
        if !record.instructionSet.contains(Precision.instructionSet) {
            record.instructionSet += ", " + Precision.instructionSet
        }
        return VectorWriter(
            folder, start.parameters, whitening, record, written: start.written, start.checksum, progress,
            inputName: inputName)
    }

    /// Adds the stages from shards to committed vectors to a graph.
    ///
    /// - Parameter others: the limits under which the shards were written; nil for shards that another program may have
    ///   written.
    package func join(
        _ tasks: Flow<ShardTask>, _ graph: Graph, _ start: Start, _ engine: EncodingStages.Engine,
        _ writer: VectorWriter, _ progress: ShardProgress, limits others: ReadLimits? = nil
    ) throws(Failure) -> Flow<CommittedVectors> {
        let stages = EncodingStages(
            parameters: start.parameters,
            memory: EmbedMemory(total: request.memory, threads: request.threads, start.parameters),
            threads: request.threads, keepsBadLines: request.keepsBadLines)
        let encoded = try stages.encode(tasks, graph, engine, progress, limits: others)
        return graph.stage("write vectors", encoded, writer)
    }

    /// Deletes the temporary files of a run that failed.
    package func clear() throws(Failure) { try folder.clearTemporary() }
}
