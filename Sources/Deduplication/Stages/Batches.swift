internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines
internal import Shingling

// What travels through the graph. Each is owned by one stage at a time, which hands it on.

/// Anything that carries documents: what can be written.
protocol DocumentCarrier: Measured {
    var batch: Documents { get }
    /// Twins of the removed documents, ascending by document.
    var removals: [Removal] { get }
    /// As `DocumentCounts` has them.
    var candidates: Int { get }
    /// Where the index stands with these documents.
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

final class WordedDocuments: DocumentCarrier, @unchecked Sendable {
    let batch: Documents
    let words: WordList

    init(_ batch: Documents, words: consuming WordList) {
        self.batch = batch
        self.words = words
    }
}

final class ShingledDocuments: DocumentCarrier, @unchecked Sendable {
    let batch: Documents
    private(set) var shingles: ShingleSets

    init(_ batch: Documents, shingles: consuming ShingleSets) {
        self.batch = batch
        self.shingles = shingles
    }
}

extension ShingledDocuments {
    /// Moves the sets out: for the stage that hands them on.
    func takeShingles() -> ShingleSets {
        var taken = ShingleSets()
        swap(&taken, &shingles)
        return taken
    }
}

/// Documents and what they are compared by.
final class SketchedDocuments: DocumentCarrier, @unchecked Sendable {
    let batch: Documents
    let sketches: Sketches

    init(_ batch: Documents, shingles: consuming ShingleSets, keys: consuming Buffer<UInt64>, bands: Int) {
        self.batch = batch
        sketches = Sketches(shingles: shingles, keys: keys, bands: bands)
    }
}

struct DecidedDocuments: DocumentCarrier {
    let batch: Documents
    let removals: [Removal]
    let candidates: Int
    let position: IndexState.Position
}

/// Bytes for a file of one shard's output, or the end of that shard.
struct Block: Measured {
    enum Content: Sendable {
        case data(OutputFile, Payload, Encoding)
        case end(ShardSummary)
        /// So much of the shard is to be made durable.
        case part(ShardPart)
        /// The corpus ends here.
        case failure(Failure)
    }

    /// How a block becomes a part of its file.
    struct Encoding: Sendable {
        let sink: any DocumentSink
        let compression: Compression
    }

    /// The shard's place in the corpus.
    let ordinal: Int
    let content: Content
    let documents: Int

    var bytes: Int {
        if case .data(_, let payload, _) = content { payload.bytes.count } else { 0 }
    }
}

extension Block {
    /// Whole lines and, once they are compressed, their frame. One stage owns it at a time.
    final class Payload: @unchecked Sendable {
        fileprivate let memory: Memory
        private let payloads: Payloads

        fileprivate init(_ memory: Memory, of payloads: Payloads) {
            self.memory = memory
            self.payloads = payloads
        }

        deinit {
            payloads.takeBack(memory)
        }

        var bytes: Buffer<UInt8> {
            _read { yield memory.bytes }
            _modify { yield &memory.bytes }
        }

        /// An empty one, from where this one is from.
        func another() -> Payload { payloads.empty() }
    }

    fileprivate final class Memory {
        @exclusivity(unchecked) var bytes = Buffer<UInt8>()
    }

    /// The memory of the payloads that are gone, for new ones: touching fresh memory takes longer than filling it.
    final class Payloads: Sendable {
        private let idle = Locked<[Memory]>([])

        /// An empty payload with room for a block. Of the room only what is written to takes memory.
        func empty() -> Payload {
            let memory = idle.withLock { $0.popLast() } ?? Memory()
            memory.bytes.reserve(blockSize + blockSize / 8)
            return Payload(memory, of: self)
        }

        /// What a long line made large is not kept.
        fileprivate func takeBack(_ memory: Memory) {
            if memory.bytes.capacity > blockSize * 2 { return }
            memory.bytes.removeAll()
            idle.withLock { $0.append(memory) }
        }
    }
}

/// What became of a shard, once all of it was decided.
struct ShardSummary: Sendable {
    let end: ShardEnd
    let counts: DocumentCounts
    /// Whether every byte was kept, so that the output is a copy of the file.
    let isCopied: Bool
    /// Where the index stands at its end.
    let position: IndexState.Position
}

/// How far a large shard is.
struct ShardPart: Sendable {
    let read: ReadPoint
    let counts: DocumentCounts
    /// Lines that wait for their frame, by the file that they belong to.
    let pending: [OutputFile: Data]
    let position: IndexState.Position
}
