internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import Shingling

// The messages between the stages of a run. One stage at a time owns a message; it does not use it after sending it.

/// A message that carries documents. The stage `write` accepts all such messages.
protocol DocumentCarrier: Measured {
    var batch: Documents { get }
    /// The removed documents and their twins, in the order of the documents.
    var removals: [Removal] { get }
    /// The number of candidate pairs, counted as in `DocumentCounts.candidates`.
    var candidates: Int { get }
    /// The end of the index after these documents were inserted.
    var position: IndexState.Position { get }
}

extension DocumentCarrier {
    package var documents: Int { batch.documentCount }
    package var bytes: Int { batch.raw.bytes.count }
    var removals: [Removal] { [] }
    var candidates: Int { 0 }
    var position: IndexState.Position { .start }
}

extension ReadDocuments: DocumentCarrier {}

/// Documents with their words.
final class WordedDocuments: DocumentCarrier, @unchecked Sendable {
    let batch: Documents
    let words: WordList

    init(_ batch: Documents, words: consuming WordList) {
        self.batch = batch
        self.words = words
    }
}

/// Documents with their sets of shingles.
final class ShingledDocuments: DocumentCarrier, @unchecked Sendable {
    let batch: Documents
    private(set) var shingles: ShingleSets

    init(_ batch: Documents, shingles: consuming ShingleSets) {
        self.batch = batch
        self.shingles = shingles
    }
}

extension ShingledDocuments {
    /// Moves the sets out, for a stage that puts them into its own message.
    func takeShingles() -> ShingleSets {
        var taken = ShingleSets()
        swap(&taken, &shingles)
        return taken
    }
}

/// Documents with the sketches by which they are compared.
final class SketchedDocuments: DocumentCarrier, @unchecked Sendable {
    let batch: Documents
    let sketches: Sketches

    init(_ batch: Documents, shingles: consuming ShingleSets, keys: consuming Buffer<UInt64>, bands: Int) {
        self.batch = batch
        sketches = Sketches(shingles: shingles, keys: keys, bands: bands)
    }
}

/// Documents of which it is decided which are removed as duplicates.
struct DecidedDocuments: DocumentCarrier {
    let batch: Documents
    let removals: [Removal]
    let candidates: Int
    let position: IndexState.Position
}

/// A message to the stages that write: bytes for one of the output files of a shard, the end of the shard or of a part
/// of it, or an error.
struct Block: Measured {
    enum Content: Sendable {
        case data(OutputFile, Payload, Encoding)
        case end(ShardSummary)
        /// The end of a part of a large shard. The committer makes the part durable.
        case part(ShardPart)
        /// The error that ends the run after all blocks before it.
        case failure(Failure)
    }

    /// How a block becomes a part of its file.
    struct Encoding: Sendable {
        let sink: any DocumentSink
        let compression: Compression
    }

    /// The shard's position in the order of the corpus.
    let ordinal: Int
    let content: Content
    let documents: Int

    var bytes: Int {
        if case .data(_, let payload, _) = content { payload.bytes.count } else { 0 }
    }
}

extension Block {
    /// The bytes of a block: whole records and, after encoding, a part of the file. One stage at a time owns it.
    final class Payload: @unchecked Sendable {
        fileprivate let memory: Memory
        private let payloads: Payloads

        fileprivate init(_ memory: Memory, of payloads: Payloads) {
            self.memory = memory
            self.payloads = payloads
        }

        deinit {
            payloads.recycle(memory)
        }

        var bytes: Buffer<UInt8> {
            _read { yield memory.bytes }
            _modify { yield &memory.bytes }
        }

        /// An empty payload from the same pool.
        func another() -> Payload { payloads.empty() }
    }

    fileprivate final class Memory {
        @exclusivity(unchecked) var bytes = Buffer<UInt8>()
    }

    /// A pool of memory for payloads. Memory is reused because the first write to fresh memory is slow.
    final class Payloads: Sendable {
        private let idle = Locked<[Memory]>([])

        /// An empty payload with room for a block. Room that is never written to takes no memory.
        func empty() -> Payload {
            let memory = idle.withLock { $0.popLast() } ?? Memory()
            memory.bytes.reserve(blockSize + blockSize / 8)
            return Payload(memory, of: self)
        }

        /// Returns memory to the pool, unless a long line has made it large.
        fileprivate func recycle(_ memory: Memory) {
            if memory.bytes.capacity > blockSize * 2 { return }
            memory.bytes.removeAll()
            idle.withLock { $0.append(memory) }
        }
    }
}

/// The result of a shard, after all its documents were decided.
struct ShardSummary: Sendable {
    let end: ShardEnd
    let counts: DocumentCounts
    /// Whether every byte was kept, so that the output is a copy of the file.
    let isCopied: Bool
    /// The end of the index after the shard.
    let position: IndexState.Position
}

/// The state of a large shard at a read point.
struct ShardPart: Sendable {
    let read: ReadPoint
    let counts: DocumentCounts
    /// The bytes of unfinished blocks, by the file that they belong to.
    let pending: [OutputFile: Data]
    let position: IndexState.Position
}
