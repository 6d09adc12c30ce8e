internal import Basics
internal import Corpus
internal import PipelineGraph
internal import QualityScoring

/// Computes the statistics of texts.
struct AnalyzeTexts: Transform {
    private let analyzers = Pool { TextAnalyzer() }
    let memory: EmbedMemory

    func transform(_ input: ReadDocuments) throws -> AnalyzedDocuments {
        let batch = input.batch
        let analysis = try analyzers.with { TextAnalysis(batch, $0) }
        // Nothing behind this stage reads the lines and the texts.
        batch.texts = Buffer()
        batch.lines.bytes = Buffer()
        if let reservation = batch.lines.reservation as? MemoryBudget.Reservation {
            reservation.shrink(to: memory.bytes(tokens: 0, sequences: 0, documents: batch.count))
        }
        return AnalyzedDocuments(batch: batch, analysis: analysis)
    }
}

/// Scores documents by the vectors that their sequences were just encoded to.
actor ScoreEncoded: OrderedStage {
    private let scorer: DocumentScorer
    private let combiner: VectorCombiner

    init(_ scorer: DocumentScorer, _ combiner: sending VectorCombiner) {
        self.scorer = scorer
        self.combiner = combiner
    }

    func process(_ input: EncodingUnit, _ output: Outlet<ScoredDocuments>) async throws {
        // The units of a window come in order: with the last one all are there.
        guard input.isLast else { return }
        var first = 0
        for tokenized in input.window.batches {
            try await output.send(try score(tokenized, input.window, from: first))
            first += tokenized.lengths.count
        }
    }

    private func score(
        _ tokenized: TokenizedDocuments, _ window: EncodingWindow, from first: Int
    ) throws(Failure) -> ScoredDocuments {
        var sequence = 0
        return try scorer.score(tokenized.batch, tokenized.analysis!) { document, work throws(Failure) in
            let count = Int(tokenized.rows[document].sequences)
            let next = first + sequence
            let lengths = tokenized.lengths.slice(sequence..<sequence + count)
            try combiner.combine(lengths: lengths) { window.vector(next + $0) } _: { vector throws(Failure) in
                try work(vector)
            }
            sequence += count
        }
    }
}

/// Scores documents by vectors that were written before, row by row.
actor ScoreStored: OrderedStage {
    private let scorer: DocumentScorer
    private let vectors: StoredVectors
    private let progress: EmbedProgress
    private var current: EmbeddedShard?
    private var row = 0
    private var room: Buffer<Float>

    init(_ scorer: DocumentScorer, _ vectors: StoredVectors, _ progress: EmbedProgress) {
        self.scorer = scorer
        self.vectors = vectors
        self.progress = progress
        room = Buffer(capacity: vectors.parameters.dimensions)
        room.advance(vectors.parameters.dimensions)
    }

    func process(_ input: AnalyzedDocuments, _ output: Outlet<ScoredDocuments>) async throws {
        let batch = input.batch
        if batch.count == 0 && batch.lines.end == nil && batch.failure == nil && batch.lines.lineCount == 0 { return }
        let scored = try score(input)
        progress.encoded(documents: batch.count, tokens: 0)
        if let end = batch.lines.end { try finish(batch.lines.shard.name, end) }
        try await output.send(scored)
    }

    private func score(_ input: AnalyzedDocuments) throws(Failure) -> ScoredDocuments {
        let name = input.batch.lines.shard.name
        if current == nil { current = try vectors.shard(name) }
        let shard = current!
        guard row + input.batch.count <= shard.rows else { throw vectors.mismatch(name) }
        let first = row
        row += input.batch.count
        return try scorer.score(input.batch, input.analysis) { document, work throws(Failure) in
            shard.read(row: first + document, into: &room)
            try work(room.elements)
        }
    }

    /// What was read has to be what the vectors were made of.
    private func finish(_ name: String, _ end: ShardEnd) throws(Failure) {
        guard let shard = current, row == shard.rows, end.digest.description == shard.record.digest else {
            throw vectors.mismatch(name)
        }
        current = nil
        row = 0
    }
}
