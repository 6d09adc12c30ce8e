internal import Basics
package import Corpus
internal import DeBERTa
package import Embedding
internal import PipelineGraph
package import Pipelines

/// `dedup train whitening`: computes the whitening of a model from the vectors of documents, and writes it to the
/// model's folder.
package struct WhiteningTraining: Sendable {
    private let request: EmbedRequest
    private let model: String
    /// How far the eigenvalues are moved towards their mean, from 0 to 1; see `WhiteningFit`.
    package var shrinkage = Self.usualShrinkage
    /// The largest number of documents to use. If there are more, those whose texts have the smallest hashes are used.
    package var maxDocuments = 20_000
    /// Whether to continue when most lines of a shard are not documents.
    package var allowsMostlyBad = false
    /// Whether an existing whitening of the model is replaced.
    package var replaces = false
    /// The progress of the run, for the progress line.
    package let progress = ShardProgress()

    /// The default of `shrinkage`.
    package static let usualShrinkage = 0.1

    /// - Parameter request: how documents are read and embedded. Its `out` is ignored.
    package init(_ request: EmbedRequest, model: String) {
        self.request = request
        self.model = model
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The number of documents that the whitening was computed from.
        package let documents: Int
        /// The number of tokens that were encoded.
        package let tokens: Int
        /// The number of components of a vector.
        package let dimensions: Int
        /// The share of the variance that lies in the direction with the largest variance, from 0 to 1.
        package let largestShare: Double
        /// The path of the file that was written.
        package let path: String
        /// Files in the inputs that are not shards.
        package let others: OtherFiles
    }

    /// Computes the whitening, on threads that only this run uses. The file depends on the documents and their order,
    /// but not on the number of threads.
    ///
    /// - Throws: a `Failure`; then nothing is written.
    package func run() async throws -> Outcome {
        guard (0...1).contains(shrinkage) else {
            throw Failure.usage("\(Parameter.shrinkage) is a number from 0 to 1, not \(shrinkage)")
        }
        guard (1...1 << 40).contains(maxDocuments) else {
            throw Failure.usage("\(Parameter.maxDocuments) is a number from 1 to \(1 << 40), not \(maxDocuments)")
        }
        let location = try ModelLocation(asked: model)
        let path = location.path + "/" + ModelFiles.whitening
        if try !replaces && File.status(at: path) != nil {
            throw Failure.usage("\(path) already exists; \(Parameter.replace) replaces it")
        }
        let model = try EncodingModel(location)
        let precision = request.options.precision ?? Precision.best
        try precision.check()
        let parameters = try model.parameters(request, precision, whitening: false)
        let inputs = try request.inputs.map { try CorpusInput(argument: $0) }
        let listing = try ShardListing(of: CorpusInput.labelled(inputs), selecting: request.selection)
        let executor = ThreadExecutor(threads: request.threads)
        defer { executor.close() }
        do {
            let sum = try await vectors(of: listing.shards, model, parameters, executor)
            let (mean, covariance, count) = await sum.take()
            if count == 0 { throw Failure("no documents in the inputs; a whitening is fitted to vectors") }
            let fit = try WhiteningFit(mean: mean, covariance: covariance, shrinkage: shrinkage)
            try fit.write(to: path)
            return Outcome(
                documents: count, tokens: progress.values.tokens, dimensions: mean.count,
                largestShare: fit.largestShare, path: path, others: listing.others)
        } catch is CancellationError {
            throw Failure("interrupted; nothing is written", kind: .interrupted)
        }
    }

    private func vectors(
        of shards: [Shard], _ model: EncodingModel, _ parameters: EmbedParameters, _ executor: ThreadExecutor
    ) async throws -> SumOfVectors {
        let tasks = shards.enumerated().map { ShardTask(shard: $1, ordinal: $0, input: "") }
        var stages = EncodingStages(
            parameters: parameters,
            memory: EmbedMemory(total: request.memory, threads: request.threads, parameters),
            threads: request.threads, keepsBadLines: request.keepsBadLines)
        stages.advice = BadLinePolicy.advice(.drop)
        stages.sample = try await sample(of: tasks, stages, executor)
        progress.expect(shards: tasks.count, bytes: shards.total(\.size))
        // If the weights are damaged, the checksum throws an error that says so.
        let checksum = ModelChecksum(of: model)
        let engine = try await EncodingStages.Engine(
            model, parameters.precision, threads: request.threads, on: executor)
        let graph = Graph(executor: executor)
        let source = graph.source("list", TaskSource(tasks))
        let sum = SumOfVectors(dimensions: parameters.dimensions, checksum)
        graph.sink("add up", try stages.encode(source, graph, engine, progress), sum)
        try await graph.run()
        _ = try await checksum.value
        return sum
    }

    /// Reads the corpus once to choose the documents to use.
    private func sample(
        of tasks: [ShardTask], _ stages: EncodingStages, _ executor: ThreadExecutor
    ) async throws -> DocumentSample? {
        let graph = Graph(executor: executor)
        let source = graph.source("list", TaskSource(tasks))
        let documents = try stages.read(source, graph, ShardProgress(), limits: nil)
        let smallest = SmallestHashes(
            most: maxDocuments, DroppedLines(isWatching: request.keepsBadLines && !allowsMostlyBad))
        graph.sink("choose", graph.transform("hash", documents, HashTexts()), smallest)
        try await graph.run()
        return await smallest.sample
    }
}

/// Adds the vectors of documents, in order.
private actor SumOfVectors: Sink {
    private var covariance: Covariance
    private let combiner: VectorCombiner
    private let checksum: ModelChecksum

    init(dimensions: Int, _ checksum: ModelChecksum) {
        covariance = Covariance(dimensions: dimensions)
        combiner = VectorCombiner(dimensions: dimensions, whitening: nil, normalizes: false)
        self.checksum = checksum
    }

    func consume(_ input: EncodingUnit) async throws {
        // The units of a window arrive in order, so that after the last one the whole window is encoded.
        guard input.isLast else { return }
        var sequence = 0
        for batch in input.window.batches {
            do throws(Failure) {
                try add(batch, input.window, from: sequence)
            } catch {
                // If the weights are damaged, that is the error to report, and not the vectors that come from them.
                _ = try await checksum.value
                throw error
            }
            sequence += batch.lengths.count
            if let failure = batch.batch.failure { throw failure }
        }
    }

    func finish() {}

    private func add(_ tokenized: TokenizedDocuments, _ window: EncodingWindow, from first: Int) throws(Failure) {
        var sequence = 0
        for document in 0..<tokenized.batch.count {
            let count = Int(tokenized.rows[document].sequences)
            // The line is not a document, or it was not chosen.
            if count == 0 { continue }
            let lengths = tokenized.lengths.slice(sequence..<sequence + count)
            let next = first + sequence
            try combiner.combine(lengths: lengths) {
                window.vector(next + $0)
            } _: { vector throws(Failure) in
                guard vector.allSatisfy(\.isFinite) else {
                    throw Failure(
                        "\(tokenized.batch.raw.shard.name), line \(tokenized.batch.lineNumber(document)): the encoder "
                            + "gave a vector with NaN or infinity; try \(Parameter.precision("f32"))")
                }
                covariance.add(vector)
            }
            sequence += count
        }
    }

    /// Returns the mean, the covariance and the number of vectors.
    func take() -> (mean: [Double], covariance: [Double], count: Int) {
        var taken = Covariance(dimensions: covariance.dimensions)
        swap(&taken, &covariance)
        let count = taken.count
        let (mean, matrix) = taken.finish()
        return (mean, matrix, count)
    }
}
