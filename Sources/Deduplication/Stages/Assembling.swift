internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// Collects the output of each shard (kept records, the list of removed documents and the list of bad lines) in blocks.
/// Where a block ends depends on the records alone.
actor Assembler<Input: DocumentCarrier>: OrderedStage {
    private let twins: TwinNames
    /// nil if no new shard can be a renamed one.
    private let renamed: RenamedShards?
    private let writes: Bool
    private let sinks: DocumentSinks
    private let progress: RunProgress

    private var counts = DocumentCounts()
    /// For each earlier shard that is gone from the inputs, by its ordinal: the number of the shard's documents whose
    /// twin is in it.
    private var twinsInGoneShards: [Int: Int] = [:]
    private var dropped: DroppedLines
    private let corpus: Pending
    private let removed: Pending
    private let bad: Pending

    /// The block of a file that is being filled.
    private final class Pending {
        let file: OutputFile
        private(set) var block: Block.Payload
        /// Whether a block of the file was sent already.
        var hasBlock = false

        init(_ file: OutputFile, _ payloads: Block.Payloads) {
            self.file = file
            block = payloads.empty()
        }

        var bytes: Buffer<UInt8> {
            _read { yield block.bytes }
            _modify { yield &block.bytes }
        }

        var isFull: Bool { bytes.count >= blockSize }

        func take() -> Block.Payload {
            let full = block
            block = full.another()
            hasBlock = true
            return full
        }
    }

    /// - Parameters:
    ///   - writes: false to count only.
    ///   - partial: the part of the first shard that an earlier run has done; nil if there is none.
    ///   - watchesDroppedLines: whether a shard that loses most of its lines ends the run.
    init(
        sinks: DocumentSinks, twins: TwinNames, renamed: RenamedShards?, writes: Bool, partial: PartialShard?,
        watchesDroppedLines: Bool, progress: RunProgress
    ) {
        self.sinks = sinks
        self.twins = twins
        self.renamed = renamed
        self.writes = writes
        self.progress = progress
        let payloads = Block.Payloads()
        corpus = Pending(.corpus, payloads)
        removed = Pending(.removed, payloads)
        bad = Pending(.bad, payloads)
        dropped = DroppedLines(
            isWatching: watchesDroppedLines, documents: partial?.counts.read ?? 0,
            dropped: partial?.counts.bad ?? 0)
        guard let partial else { return }
        counts = partial.counts
        for pending in [corpus, removed, bad] {
            guard let part = partial.files[pending.file.rawValue] else { continue }
            part.pending.withUnsafeBytes { pending.bytes.append(contentsOf: $0.assumingMemoryBound(to: UInt8.self)) }
            pending.hasBlock = part.temporaryName != nil
        }
    }

    func process(_ input: Input, _ output: Outlet<Block>) async throws {
        let batch = input.batch
        let ordinal = batch.raw.ordinal
        count(input)
        let tooManyDropped = dropped.count(batch)
        if writes {
            try await gather(batch, output)
            // Check after each line: the end of a batch depends on memory and threads, and the end of a block must not.
            for removal in input.removals {
                describe(removal, batch)
                if removed.isFull { try await flushList(removed, ordinal, output) }
            }
            for line in batch.bad {
                describe(line)
                if bad.isFull { try await flushList(bad, ordinal, output) }
            }
        }
        if let failure = batch.failure ?? tooManyDropped {
            try await output.send(Block(ordinal: ordinal, content: .failure(failure), documents: 0))
        } else if let end = batch.raw.end {
            try await finishShard(end, batch.raw, input.position, output)
        } else if let point = batch.raw.point {
            let pending = [corpus, removed, bad].map { ($0.file, Data($0.bytes.bytes)) }
            let part = ShardPart(
                read: point, counts: counts, pending: Dictionary(uniqueKeysWithValues: pending),
                position: input.position)
            try await output.send(Block(ordinal: ordinal, content: .part(part), documents: 0))
        }
    }

    private func count(_ input: Input) {
        let batch = input.batch
        var kept = 0
        for document in batch.documents.elements {
            switch document.fate {
            case .kept: kept += 1
            case .removed: counts.removed += 1
            case .dropped: counts.dropped += 1
            case .badKept, .badDropped: counts.bad += 1
            }
            if document.fate.isWritten { counts.keptBytes += Int(document.lineLength) + 1 }
        }
        counts.kept += kept
        counts.read += batch.count
        counts.blankLines += batch.blankLines
        counts.candidates += input.candidates
        renamed?.count(input.removals, twins, in: &twinsInGoneShards)
        progress.decided(documents: batch.documentCount, removed: input.removals.count, bytes: batch.raw.bytes.count)
    }

    /// Collects the records that are written, and sends full blocks.
    private func gather(_ batch: Documents, _ output: Outlet<Block>) async throws {
        let sink = sinks.sink(of: batch.raw.shard)
        var next = 0
        while next < batch.count {
            var copies: [(documents: Range<Int>, place: Int)] = []
            while next < batch.count, !corpus.isFull {
                let room = min(blockSize - corpus.bytes.count, copySize)
                let records = sink.records(of: batch, from: next, filling: room)
                next = records.documents.upperBound
                if records.bytes == 0 { continue }
                copies.append((records.documents, corpus.bytes.count))
                corpus.bytes.reserve(records.bytes)
                corpus.bytes.advance(records.bytes)
            }
            let block = corpus.block
            _ = try await output.inParallel(copies) { copy in
                sink.copy(copy.documents, of: batch, to: block.bytes.base + copy.place)
            }
            if corpus.isFull { try await flushCorpus(batch.raw, batch.raw.compression, output) }
        }
    }

    private func finishShard(
        _ end: ShardEnd, _ raw: RawBatch, _ position: IndexState.Position, _ output: Outlet<Block>
    ) async throws {
        let ordinal = raw.ordinal
        counts.bytes = end.decodedBytes
        // If nothing was left out and nothing changed, the file itself is copied.
        let isCopied =
            counts.removed + counts.dropped + counts.blankLines == 0 && !end.hasByteOrderMark
            && counts.keptBytes >= end.decodedBytes
        // A last line without a newline is copied without one.
        if isCopied { counts.keptBytes = end.decodedBytes }
        precondition(counts.read == counts.kept + counts.removed + counts.dropped + counts.bad)
        if writes {
            if !corpus.hasBlock || !corpus.bytes.isEmpty {
                // A reader cannot tell the compression of an empty file from its content, and goes by the name.
                let isEmpty = !corpus.hasBlock && corpus.bytes.isEmpty && raw.compression == .none
                let compression = isEmpty ? Compression(ofFileNamed: raw.shard.name) : raw.compression
                try await flushCorpus(raw, compression, output)
            }
            if !removed.bytes.isEmpty { try await flushList(removed, ordinal, output) }
            if !bad.bytes.isEmpty { try await flushList(bad, ordinal, output) }
            for pending in [corpus, removed, bad] { pending.hasBlock = false }
        }
        renamed?.check(ordinal, counts, digest: end.digest.description, twins: twinsInGoneShards)
        twinsInGoneShards = [:]
        let summary = ShardSummary(end: end, counts: counts, isCopied: isCopied, position: position)
        try await output.send(Block(ordinal: ordinal, content: .end(summary), documents: counts.documents))
        counts = DocumentCounts()
    }

    private func flushCorpus(_ raw: RawBatch, _ compression: Compression, _ output: Outlet<Block>) async throws {
        let encoding = Block.Encoding(sink: sinks.sink(of: raw.shard), compression: compression)
        try await flush(corpus, raw.ordinal, encoding, output)
    }

    /// The lists are JSON Lines, whatever the format of the shard is.
    private func flushList(_ list: Pending, _ ordinal: Int, _ output: Outlet<Block>) async throws {
        try await flush(list, ordinal, Block.Encoding(sink: sinks.lists, compression: .zstd), output)
    }

    private func flush(
        _ pending: Pending, _ ordinal: Int, _ encoding: Block.Encoding, _ output: Outlet<Block>
    ) async throws {
        let content = Block.Content.data(pending.file, pending.take(), encoding)
        try await output.send(Block(ordinal: ordinal, content: content, documents: 0))
    }

    // MARK: The lists of removed documents and bad lines

    private func describe(_ removal: Removal, _ batch: Documents) {
        let twin = removal.twin
        removed.bytes.append("{\"line\":")
        removed.bytes.append(decimal: batch.lineNumber(removal.document))
        removed.bytes.append(",\"id\":")
        removed.bytes.append(json: batch.idBytes(removal.document))
        removed.bytes.append(",\"twin\":{\"shard\":")
        removed.bytes.append(json: twins.shard(of: twin))
        removed.bytes.append(",\"line\":")
        removed.bytes.append(decimal: twin.place.line)
        removed.bytes.append(",\"id\":")
        removed.bytes.append(json: twin.id)
        if let other = twins.output(of: twin) {
            removed.bytes.append(",\"against\":")
            removed.bytes.append(json: other)
        }
        let overlap = twin.overlap
        removed.bytes.append("},\"intersection\":")
        removed.bytes.append(decimal: overlap.intersection)
        removed.bytes.append(",\"union\":")
        removed.bytes.append(decimal: overlap.union)
        removed.bytes.append(",\"jaccard\":")
        removed.bytes.append((Double(overlap.intersection) / Double(overlap.union)).description)
        removed.bytes.append(",\"bands\":[")
        for (number, band) in twin.bands.enumerated() {
            if number > 0 { removed.bytes.append(UInt8(ascii: ",")) }
            removed.bytes.append(decimal: band)
        }
        removed.bytes.append("]}\n")
    }

    private func describe(_ line: BadLine) {
        bad.bytes.append("{\"line\":\(line.line),\"byte\":\(line.byte),\"reason\":")
        bad.bytes.append(json: line.reason)
        bad.bytes.append("}\n")
    }
}
