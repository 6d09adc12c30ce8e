internal import Basics
internal import Corpus
internal import Embedding
internal import PipelineGraph
internal import Pipelines

/// The hashes of the texts in a batch.
final class TextHashes: Measured, @unchecked Sendable {
    let batch: Documents
    let hashes: [UInt64]

    init(_ batch: Documents, _ hashes: [UInt64]) {
        self.batch = batch
        self.hashes = hashes
    }

    var documents: Int { hashes.count }
    var bytes: Int { hashes.count * 8 }
}

/// The stage that hashes the texts of documents.
struct HashTexts: Transform {
    func transform(_ input: ReadDocuments) -> TextHashes {
        let batch = input.batch
        let hashes = (0..<batch.count).filter { batch.documents[$0].fate == .kept }
            .map { DocumentSample.hash(batch.text($0)) }
        // No later stage reads the lines and the texts.
        batch.texts = Buffer()
        batch.lines.bytes = Buffer()
        return TextHashes(batch, hashes)
    }
}

/// Keeps the smallest hashes of all texts.
actor SmallestHashes: Sink {
    private let most: Int
    private var hashes: [UInt64] = []
    private var hasMore = false
    private var dropped: DroppedLines

    /// - Parameter most: the number of documents to choose.
    init(most: Int, _ dropped: DroppedLines) {
        self.most = most
        self.dropped = dropped
    }

    func consume(_ input: TextHashes) throws {
        hashes += input.hashes
        if hashes.count >= 2 * most + 1024 { cut() }
        let tooManyDropped = dropped.count(input.batch)
        if let failure = input.batch.failure ?? tooManyDropped { throw failure }
    }

    func finish() { cut() }

    private func cut() {
        if hashes.count <= most { return }
        hashes.sort()
        hashes.removeLast(hashes.count - most)
        hasMore = true
    }

    /// The chosen documents; nil if all are chosen. Documents with equal texts are either all chosen or all left out.
    var sample: DocumentSample? {
        guard hasMore, let limit = hashes.last else { return nil }
        return DocumentSample(limit: limit)
    }
}
