internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import PipelineGraph

/// Gathers what is written of every shard, in blocks that become frames: where a block ends depends on the lines
/// alone.
actor Assembler<Input: DocumentCarrier>: OrderedStage {
    private let shards: [PlannedShard]
    private let writes: Bool
    private let progress: Progress

    private var counts = ShardCounts()
    private var corpus = Buffer<UInt8>()
    private var removed = Buffer<UInt8>()
    private var bad = Buffer<UInt8>()
    private var hasCorpusBlock = false

    /// - Parameter writes: false to count only.
    init(shards: [PlannedShard], writes: Bool, progress: Progress) {
        self.shards = shards
        self.writes = writes
        self.progress = progress
    }

    func process(_ input: Input, _ output: Outlet<Block>) async throws {
        let batch = input.batch
        let ordinal = batch.lines.ordinal
        count(input)
        if writes && shards[ordinal].done == nil {
            try await gatherLines(batch, ordinal, output)
            for removal in input.removals { describe(removal, batch) }
            for line in batch.bad { describe(line) }
            try await flushIfFull(.removed, &removed, ordinal, output)
            try await flushIfFull(.bad, &bad, ordinal, output)
        }
        if let failure = batch.failure {
            try await output.send(Block(ordinal: ordinal, content: .failure(failure), documents: 0))
        } else if let end = batch.lines.end {
            try await finishShard(end, ordinal, output)
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
        counts.documents += batch.count
        counts.blankLines += batch.blankLines
        counts.compared += input.comparisons
        progress.decided(documents: batch.count, removed: input.removals.count, bytes: batch.lines.bytes.count)
    }

    /// Copies the lines that are written, run by run.
    private func gatherLines(_ batch: Documents, _ ordinal: Int, _ output: Outlet<Block>) async throws {
        let lines = batch.lines.bytes.count
        var document = 0
        while document < batch.count {
            guard batch.documents[document].fate.isWritten else {
                document += 1
                continue
            }
            let start = Int(batch.documents[document].lineStart)
            var end = start
            // Lines that follow each other are copied together, as far as the block goes.
            while document < batch.count, batch.documents[document].fate.isWritten,
                Int(batch.documents[document].lineStart) == end, corpus.count + (end - start) < blockSize
            {
                end += Int(batch.documents[document].lineLength) + 1
                document += 1
            }
            corpus.append(contentsOf: batch.lines.bytes.slice(start..<min(end, lines)))
            // The last line of a shard may lack its newline.
            if end > lines { corpus.append(UInt8(ascii: "\n")) }
            try await flushIfFull(.corpus, &corpus, ordinal, output)
        }
    }

    private func finishShard(_ end: ShardEnd, _ ordinal: Int, _ output: Outlet<Block>) async throws {
        counts.bytes = end.decodedBytes
        // Nothing was left out and nothing changed: the file itself will do.
        counts.isCopied =
            counts.removed + counts.dropped + counts.blankLines == 0 && !end.hasByteOrderMark
            && counts.keptBytes >= end.decodedBytes
        precondition(counts.documents == counts.kept + counts.removed + counts.dropped + counts.bad)
        let shard = shards[ordinal]
        if let done = shard.done {
            if done.digest != end.digest.description {
                let changed = Failure(
                    "\(shard.shard.name): other content than when it was taken in; restore the file, or make the "
                        + "whole output anew with --force")
                try await output.send(Block(ordinal: ordinal, content: .failure(changed), documents: 0))
            }
        } else {
            if writes {
                if !corpus.isEmpty || !hasCorpusBlock { try await flush(.corpus, &corpus, ordinal, output) }
                if !removed.isEmpty { try await flush(.removed, &removed, ordinal, output) }
                if !bad.isEmpty { try await flush(.bad, &bad, ordinal, output) }
            }
            let summary = ShardSummary(end: end, counts: counts)
            try await output.send(Block(ordinal: ordinal, content: .end(summary), documents: counts.documents))
        }
        counts = ShardCounts()
        hasCorpusBlock = false
    }

    private func flushIfFull(
        _ file: Block.OutputFile, _ bytes: inout Buffer<UInt8>, _ ordinal: Int, _ output: Outlet<Block>
    ) async throws {
        if bytes.count >= blockSize { try await flush(file, &bytes, ordinal, output) }
    }

    private func flush(
        _ file: Block.OutputFile, _ bytes: inout Buffer<UInt8>, _ ordinal: Int, _ output: Outlet<Block>
    ) async throws {
        if file == .corpus { hasCorpusBlock = true }
        var full = Buffer<UInt8>()
        swap(&full, &bytes)
        try await output.send(Block(ordinal: ordinal, content: .data(file, Block.Payload(full)), documents: 0))
    }

    // MARK: The lists of what is not written

    private func describe(_ removal: Removal, _ batch: Documents) {
        let twin = removal.twin
        removed.append("{\"line\":\(batch.lineNumber(removal.document)),\"id\":")
        removed.append(json: batch.id(removal.document))
        removed.append(",\"twin\":{\"shard\":")
        removed.append(json: shards[twin.place.shard].shard.name)
        removed.append(",\"line\":\(twin.place.line),\"id\":")
        removed.append(json: twin.id)
        let overlap = twin.overlap
        let jaccard = Double(overlap.intersection) / Double(overlap.union)
        removed.append("},\"intersection\":\(overlap.intersection),\"union\":\(overlap.union),\"jaccard\":\(jaccard)")
        removed.append(",\"bands\":[\(twin.bands.map(String.init).joined(separator: ","))]}\n")
    }

    private func describe(_ line: BadLine) {
        bad.append("{\"line\":\(line.line),\"byte\":\(line.byte),\"reason\":")
        bad.append(json: line.reason)
        bad.append("}\n")
    }
}

/// Bytes of a block, at least, but for the last of a shard. It is part of the output's format: another size gives
/// other frames.
let blockSize = 4 << 20

extension Buffer where Element == UInt8 {
    /// A string as JSON writes it.
    fileprivate mutating func append(json string: String) {
        append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append("\\u00" + (digits.count == 1 ? "0" : "") + digits)
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    fileprivate mutating func append(json id: DocumentID?) {
        switch id {
        case .string(let string): append(json: string)
        case .number(let number): append(number)
        case nil: append("null")
        }
    }
}
