internal import Basics
internal import Corpus
internal import PipelineGraph
internal import Pipelines
internal import Tokenizers

/// The counted pieces of a batch of documents.
final class CountedPieces: Measured, @unchecked Sendable {
    let batch: Documents
    let documents: Int
    /// The size of the texts in bytes.
    let bytes: Int
    let counts: PieceCounts

    init(_ batch: Documents, documents: Int, bytes: Int, _ counts: consuming PieceCounts) {
        self.batch = batch
        self.documents = documents
        self.bytes = bytes
        self.counts = counts
    }
}

/// The stage that counts the pieces of texts.
struct CountPieces: Transform {
    func transform(_ input: ReadDocuments) -> CountedPieces {
        let batch = input.batch
        var counts = PieceCounts()
        var documents = 0
        var bytes = 0
        for document in 0..<batch.count where batch.documents[document].fate == .kept {
            let text = batch.text(document)
            counts.add(text)
            documents += 1
            bytes += text.count
        }
        batch.dropTexts()
        return CountedPieces(batch, documents: documents, bytes: bytes, counts)
    }
}

/// Adds the counts of all batches, in order, so that the error that ends a run does not depend on the number of
/// threads.
actor SumOfPieces: Sink {
    private let limit: Int
    private let progress: TokenizerTrainingProgress
    private var counts = PieceCounts()
    private var dropped: DroppedLines
    private(set) var documents = 0
    private(set) var bytes = 0
    private(set) var badLines = 0

    /// - Parameter limit: the largest size of the table, in bytes.
    init(limit: Int, _ dropped: DroppedLines, _ progress: TokenizerTrainingProgress) {
        self.limit = limit
        self.dropped = dropped
        self.progress = progress
    }

    func consume(_ input: CountedPieces) throws {
        counts.add(input.counts)
        if counts.memory > limit || counts.isFull {
            throw TokenizerTrainer.tooLittleMemory(pieces: counts.count, bytes: counts.textBytes)
        }
        documents += input.documents
        bytes += input.bytes
        badLines += input.batch.count - input.documents
        progress.counted(documents: input.documents, bytes: input.bytes)
        let tooManyDropped = dropped.count(input.batch)
        if let failure = input.batch.failure ?? tooManyDropped { throw failure }
    }

    func finish() {}

    /// Returns the table, and leaves an empty one.
    func take() -> sending PieceTable {
        var taken = PieceCounts()
        swap(&taken, &counts)
        return PieceTable(taken)
    }
}

/// Passes the table of pieces from one owner to the next without copying it.
final class PieceTable: @unchecked Sendable {
    private var counts: PieceCounts

    init(_ counts: consuming PieceCounts) {
        self.counts = counts
    }

    /// The number of distinct pieces.
    var count: Int { counts.count }

    /// Returns the table, and leaves an empty one.
    func take() -> PieceCounts {
        var taken = PieceCounts()
        swap(&taken, &counts)
        return taken
    }
}
