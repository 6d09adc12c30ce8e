package import Basics
package import Corpus
internal import DeBERTa
package import Embedding
internal import PipelineGraph
package import Pipelines

/// `dedup train whitening`: fits the whitening of a model to the vectors of documents, and writes it to the model's
/// folder.
package struct WhiteningTraining: Sendable {
    private let request: EmbedRequest
    private let model: String
    /// How far eigenvalues are moved towards their mean.
    package var shrinkage = Self.usualShrinkage
    /// How many documents are read; of more, those with the smallest hashes of their texts.
    package var maxDocuments = 20_000
    /// Go on when most lines of a shard are no documents.
    package var allowsMostlyBad = false
    /// Replace the whitening that the model has.
    package var replaces = false
    package let progress = ShardProgress()

    package static let usualShrinkage = 0.1

    /// - Parameter request: how documents are read and embedded; its `out` is of no account.
    package init(_ request: EmbedRequest, model: String) {
        self.request = request
        self.model = model
    }

    /// What a run did.
    package struct Outcome: Sendable {
        package let documents: Int
        package let tokens: Int
        package let dimensions: Int
        /// The part of the variance that lay in the direction with most of it.
        package let largestShare: Double
        /// The file that was written.
        package let path: String
        /// What else lies in the inputs.
        package let others: OtherFiles
    }

    /// Does the run, on threads of its own. The file depends on the documents and their order, not on the threads.
    ///
    /// - Throws: a `Failure`. Nothing is written then.
    package func run() async throws -> Outcome {
        guard (0...1).contains(shrinkage) else {
            throw Failure.usage("--shrinkage is a number from 0 to 1, not \(shrinkage)")
        }
        guard (1...1 << 40).contains(maxDocuments) else {
            throw Failure.usage("--max-documents is a number from 1 to \(1 << 40), not \(maxDocuments)")
        }
        let location = try ModelLocation(option: model)
        let path = location.path + "/" + ModelFiles.whitening
        if try !replaces && File.status(at: path) != nil {
            throw Failure.usage("\(path) is there already; --force makes it anew")
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
        stages.advice = "mend it, or go on with --on-bad-line drop"
        stages.sample = try await sample(of: tasks, stages, executor)
        progress.expect(shards: tasks.count, bytes: shards.total(\.size))
        // Damaged weights are said before what comes of them.
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

    /// Reads the corpus once to choose documents.
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

/// Adds up the vectors of documents, in their order.
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
        // The units of a window come in order: with the last one all are there.
        guard input.isLast else { return }
        var sequence = 0
        for batch in input.window.batches {
            do throws(Failure) {
                try add(batch, input.window, from: sequence)
            } catch {
                // Damaged weights are what is wrong, and not the vectors that they give.
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
            // A line that is no document, or one that was not chosen.
            if count == 0 { continue }
            let lengths = tokenized.lengths.slice(sequence..<sequence + count)
            let next = first + sequence
            try combiner.combine(lengths: lengths) {
                window.vector(next + $0)
            } _: { vector throws(Failure) in
                guard vector.allSatisfy(\.isFinite) else {
                    throw Failure(
                        "\(tokenized.batch.raw.shard.name), line \(tokenized.batch.lineNumber(document)): the encoder "
                            + "gave a vector with infinite numbers or none; try --precision f32")
                }
                covariance.add(vector)
            }
            sequence += count
        }
    }

    /// The mean, the covariance, and of how many vectors.
    func take() -> (mean: [Double], covariance: [Double], count: Int) {
        var taken = Covariance(dimensions: covariance.dimensions)
        swap(&taken, &covariance)
        let count = taken.count
        let (mean, matrix) = taken.finish()
        return (mean, matrix, count)
    }
}
