internal import Basics
internal import Corpus
internal import Embedding
internal import PipelineGraph
internal import Pipelines
internal import QualityScoring

/// The stage that computes the statistics of texts.
struct AnalyzeTexts: Transform {
    private let analyzers = Pool { TextAnalyzer() }
    let memory: EmbedMemory

    func transform(_ input: ReadDocuments) throws -> AnalyzedDocuments {
        let batch = input.batch
        let analysis = try analyzers.with { TextAnalysis(batch, $0) }
        batch.dropTexts(keeping: memory.bytes(tokens: 0, sequences: batch.count, documents: batch.count))
        return AnalyzedDocuments(batch: batch, analysis: analysis)
    }
}

/// The stage that combines the encoded sequences of each document into the document's vector.
actor CombineVectors: OrderedStage {
    private let dimensions: Int
    private let combiner: VectorCombiner

    init(_ parameters: EmbedParameters, _ whitening: Whitening?) {
        dimensions = parameters.dimensions
        combiner = VectorCombiner(
            dimensions: parameters.dimensions, whitening: whitening, normalizes: parameters.normalize)
    }

    func process(_ input: EncodingUnit, _ output: Outlet<VectoredDocuments>) async throws {
        // The units of a window arrive in order, so that after the last one the whole window is encoded.
        guard input.isLast else { return }
        var first = 0
        for tokenized in input.window.batches {
            try await output.send(try combine(tokenized, input.window, from: first))
            first += tokenized.lengths.count
        }
    }

    private func combine(
        _ tokenized: TokenizedDocuments, _ window: EncodingWindow, from first: Int
    ) throws(Failure) -> VectoredDocuments {
        var vectors = Buffer<Float>(capacity: tokenized.batch.count * dimensions)
        var sequence = 0
        for row in tokenized.rows.elements {
            let next = first + sequence
            let lengths = tokenized.lengths.slice(sequence..<sequence + Int(row.sequences))
            try combiner.combine(lengths: lengths) {
                window.vector(next + $0)
            } _: { vector throws(Failure) in
                vectors.append(contentsOf: vector)
            }
            sequence += lengths.count
        }
        return VectoredDocuments(tokenized.batch, tokenized.analysis!, dimensions: dimensions, vectors: vectors)
    }
}

/// The stage that reads the stored vectors of documents, row by row.
///
/// An error is attached to the batch, as errors about lines are, so that the shards before it are committed first.
actor ReadVectors: OrderedStage {
    private let vectors: StoredVectors
    private let progress: ShardProgress
    private var current: EmbeddedShard?
    private var row = 0
    private var hasFailed = false

    init(_ vectors: StoredVectors, _ progress: ShardProgress) {
        self.vectors = vectors
        self.progress = progress
    }

    func process(_ input: AnalyzedDocuments, _ output: Outlet<VectoredDocuments>) async throws {
        let batch = input.batch
        if hasFailed { return }
        var rows = Buffer<Float>()
        do {
            rows = try await read(batch)
        } catch let failure as Failure {
            hasFailed = true
            batch.failure = failure
            rows.reserve(batch.count * vectors.parameters.dimensions)
                .initialize(repeating: 0, count: batch.count * vectors.parameters.dimensions)
            rows.advance(batch.count * vectors.parameters.dimensions)
        }
        progress.encoded(documents: batch.count, tokens: 0)
        try await output.send(
            VectoredDocuments(batch, input.analysis, dimensions: vectors.parameters.dimensions, vectors: rows))
    }

    private func read(_ batch: Documents) async throws -> Buffer<Float> {
        let name = batch.raw.shard.name
        if current == nil {
            current = try await vectors.shard(name)
            try current!.checkVectors()
        }
        let shard = current!
        guard row + batch.count <= shard.rows else { throw vectors.mismatch(name) }
        let dimensions = vectors.parameters.dimensions
        var rows = Buffer<Float>(capacity: batch.count * dimensions)
        for document in 0..<batch.count {
            shard.read(row: row + document, into: rows.reserve(dimensions))
            rows.advance(dimensions)
        }
        row += batch.count
        if let end = batch.raw.end {
            // The digest shows whether the vectors were made from these documents.
            guard row == shard.rows, end.digest.description == shard.record.digest else { throw vectors.mismatch(name) }
            current = nil
            row = 0
        }
        return rows
    }
}

/// The stage that computes the scores of documents.
struct ScoreDocuments: Transform {
    let scorer: DocumentScorer

    func transform(_ input: VectoredDocuments) throws -> ScoredDocuments { try scorer.score(input) }
}
