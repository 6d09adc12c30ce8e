package import Basics
package import Corpus
internal import DuplicateIndex
package import OutputStore
package import PipelineGraph

/// Reads the shards of a run, one after the other, in batches of whole lines.
package actor ShardSource: Source {
    private let shards: ShardSequence
    private let limits: LineReader.Limits
    private let budget: MemoryBudget
    /// Bytes that a batch takes on its way, for each byte of its lines.
    private let expansion: Int
    private let progress: RunProgress
    private let goesOnAfterFailures: Bool

    /// - Parameter goesOnAfterFailures: whether the shards after one that cannot be read are read too.
    package init(
        shards: ShardSequence, limits: LineReader.Limits, budget: MemoryBudget, expansion: Int, progress: RunProgress,
        goesOnAfterFailures: Bool = false
    ) {
        self.shards = shards
        self.limits = limits
        self.budget = budget
        self.expansion = expansion
        self.progress = progress
        self.goesOnAfterFailures = goesOnAfterFailures
    }

    package func produce(_ output: Outlet<ReadLines>) async throws {
        for ordinal in shards.ordinals {
            let isRead = try await read(shards[ordinal], ordinal, output)
            if !isRead && !goesOnAfterFailures { return }
        }
    }

    private func open(_ planned: PlannedShard, _ ordinal: Int) throws(Failure) -> LineReader {
        var reader = try LineReader(shard: planned.shard, ordinal: ordinal, limits: limits)
        if let partial = planned.partial { try reader.skip(to: partial.read) }
        return reader
    }

    /// Returns false when reading failed: what went wrong travels on with the last lines, in the corpus's order.
    private func read(_ planned: PlannedShard, _ ordinal: Int, _ output: Outlet<ReadLines>) async throws -> Bool {
        let shard = planned.shard
        var reader: LineReader
        do throws(Failure) {
            reader = try open(planned, ordinal)
        } catch {
            let nothing = LineBatch(
                shard: shard, ordinal: ordinal, firstLine: 1, firstByte: 0, bytes: Buffer(), failure: error)
            try await output.send(ReadLines(lines: nothing))
            return false
        }
        var counted: Int64 = 0
        while let lines = reader.next() {
            progress.read(bytes: reader.compressedBytes - counted)
            counted = reader.compressedBytes
            // Short lines take more than their bytes: every document has its keys, and every bad line its reason.
            let size = lines.bytes.count * expansion + lines.lineCount * MemoryPlan.bytesOfLine
            budget.setAside(reader.windowExcess)
            lines.reservation = try await output.waiting { [budget] in try await budget.reserve(size) }
            let failed = lines.failure != nil
            try await output.send(ReadLines(lines: lines))
            if failed { return false }
        }
        return true
    }
}

/// Reads the documents of lines.
package struct ParseDocuments: Transform {
    private let parsers: Pool<DocumentParser>
    private let onBadLine: BadLinePolicy

    /// - Parameter advice: what to do about a line that is no document.
    package init(
        _ options: ReadOptions, advice: String = "mend it, or go on with --on-bad-line keep or drop"
    ) throws(Failure) {
        let textField = try FieldSelection(options.textField)
        let idField = try FieldSelection(id: options.idField)
        let allowsNaN = options.allowsNaN
        parsers = Pool {
            try DocumentParser(textField: textField, idField: idField, allowsNaN: allowsNaN, advice: advice)
        }
        onBadLine = options.onBadLine
    }

    package func transform(_ input: ReadLines) throws -> ReadDocuments {
        ReadDocuments(batch: try parsers.with { $0.parse(input.lines, onBadLine: onBadLine) })
    }
}
