internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// Turns every block into a part of its file: for JSON Lines, a compressed frame.
struct EncodeBlocks: Transform {
    func transform(_ input: Block) throws -> Block {
        guard case .data(let file, let payload, let encoding) = input.content else { return input }
        let part = payload.another()
        guard try encoding.sink.encode(payload.bytes.bytes, encoding.compression, into: &part.bytes) else {
            return input
        }
        return Block(ordinal: input.ordinal, content: .data(file, part, encoding), documents: input.documents)
    }
}

/// The writing of a shard's output, which runs beside the committer. An error stays: the shard is never committed.
private final class ShardWrites: Sendable {
    private let running = WorkCount()
    private let failure = Locked<Failure?>(nil)

    /// Starts to write something, and returns at once.
    func start(on output: Outlet<CommittedShard>, _ write: @escaping @Sendable () throws(Failure) -> Void) {
        running.begin()
        output.start { [self] in
            defer { running.end() }
            do throws(Failure) {
                try write()
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }

    /// Waits until everything that was started has ended.
    func waitUntilDone() async { await running.waitUntilDone() }

    /// Waits until everything is written.
    ///
    /// - Throws: the error of a write that failed.
    func finish(_ output: Outlet<CommittedShard>) async throws {
        await output.waitingForParts { await waitUntilDone() }
        try check()
    }

    /// - Throws: the error of a write that has failed so far.
    func check() throws(Failure) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}

/// Writes the encoded blocks to files with temporary names, and commits groups of finished shards.
///
/// In order it only decides where in a file a block belongs. The blocks of all open shards are written by several
/// threads at once, and so are the copies of unchanged shards.
actor Committer: OrderedStage {
    /// A group of finished shards is committed when it reaches one of these limits, so that small shards share syncs.
    private static let groupBytes = 64 << 20
    private static let groupShards = 32

    /// A shard of which all blocks have their place.
    private struct Finished {
        let shard: OutputFolder.WrittenShard
        let writes: ShardWrites
        /// The end of the index after the shard.
        let position: IndexState.Position
        /// Whether a part of the shard is durable. If the run ends early, its temporary files must stay.
        let isPartDurable: Bool
    }

    private let shards: ShardSequence
    private let folder: OutputFolder
    private let catalog: Catalog
    /// nil if the pipeline compares no documents.
    private let index: DuplicateIndex?
    private let progress: RunProgress
    /// The number of blocks that may be written at once. Each of them holds memory.
    private let writers: MemoryBudget
    private var current: [OutputFile: TemporaryFile]
    private var writes = ShardWrites()
    /// Whether a part of the current shard is durable; then its temporary files must stay.
    private var isPartDurable: Bool
    private var group: [Finished] = []
    private var groupBytes = 0
    /// Whether a commit failed, so that its state on the disk is unknown.
    private var hasFailed = false
    /// The end of the index after the last shard or part that was committed.
    private var position: IndexState.Position

    /// - Parameter writers: the number of blocks that may be written at once.
    init(
        shards: ShardSequence, folder: OutputFolder, catalog: Catalog, index: DuplicateIndex?, progress: RunProgress,
        writers: Int
    ) throws(Failure) {
        self.shards = shards
        self.folder = folder
        self.catalog = catalog
        self.index = index
        self.progress = progress
        self.writers = MemoryBudget(bytes: writers)
        let partial = shards.new.first?.partial
        current = try partial.map { partial throws(Failure) in try folder.files(of: partial) } ?? [:]
        isPartDurable = partial != nil
        position = try catalog.indexState().position
    }

    /// Ends waiting for other blocks to be written. Called when the graph ends early.
    nonisolated func close() { writers.close() }

    func process(_ input: Block, _ output: Outlet<CommittedShard>) async throws {
        // A run does not go on for long after a write has failed, for example because the disk is full.
        for finished in group { try finished.writes.check() }
        try writes.check()
        switch input.content {
        case .data(let file, let payload, _): try await write(payload, to: file, output)
        case .end(let summary):
            try await finishShard(input.ordinal, summary, output)
            if groupBytes >= Self.groupBytes || group.count >= Self.groupShards { try await commit(output) }
        case .part(let part):
            // The shards before this one are committed first.
            try await commit(output)
            try await writes.finish(output)
            try commit(part, input.ordinal)
        case .failure(let failure):
            try await commit(output)
            throw failure
        }
    }

    func finish(_ output: Outlet<CommittedShard>) async throws {
        try await commit(output)
    }

    /// Commits the finished shards when a run ends early. The files of all others are deleted first, because the disk may
    /// be full; those of which a part is durable stay.
    func commitFinished() async throws {
        // After a failed commit only the next run can tell which files are in place.
        if hasFailed { return }
        try await removeUnfinished()
        for finished in group { try finished.shard.sync() }
        try commitGroup()
    }

    /// Waits until everything is written, and deletes the files of the shards that are not whole.
    private func removeUnfinished() async throws {
        for finished in group { await finished.writes.waitUntilDone() }
        await writes.waitUntilDone()
        let whole = group.prefix { (try? $0.writes.check()) != nil }.count
        let unfinished = group[whole...].map { ($0.shard.files, $0.isPartDurable) } + [(current, isPartDurable)]
        group.removeLast(group.count - whole)
        current = [:]
        for (files, isPartDurable) in unfinished where !isPartDurable {
            for file in files.values { try file.remove() }
        }
    }

    private func write(
        _ payload: Block.Payload, to file: OutputFile, _ output: Outlet<CommittedShard>
    ) async throws {
        if current[file] == nil { current[file] = try folder.temporaryFile() }
        let target = current[file]!
        let offset = target.place(payload.bytes.bytes)
        groupBytes += payload.bytes.count
        let permit = try await output.waiting { [writers] in try await writers.reserve(1) }
        writes.start(on: output) { () throws(Failure) in
            defer { withExtendedLifetime(permit) {} }
            try target.write(payload.bytes.bytes, at: offset)
        }
    }

    private func commitGroup() throws {
        hasFailed = true
        position = group.last?.position ?? position
        try folder.commit(group.map(\.shard), catalog, index, position)
        hasFailed = false
        progress.committed(shards: group.count)
        group = []
        groupBytes = 0
    }

    private func commit(_ part: ShardPart, _ ordinal: Int) throws {
        var files: [String: PartialShard.PartialFile] = [:]
        for kind in OutputFile.allCases {
            files[kind.rawValue] = PartialShard.PartialFile(
                temporaryName: current[kind]?.name, bytes: current[kind]?.size ?? 0,
                digest: current[kind]?.digest ?? "",
                pending: part.pending[kind] ?? Data())
        }
        let planned = shards[ordinal]
        let partial = PartialShard(
            ordinal: ordinal, name: planned.shard.name, input: planned.inputName, read: part.read, counts: part.counts,
            files: files, wasDone: planned.partial?.wasDone)
        hasFailed = true
        try folder.commit(part: partial, current, catalog, index, part.position)
        hasFailed = false
        isPartDurable = true
        position = part.position
    }

    private func finishShard(
        _ ordinal: Int, _ summary: ShardSummary, _ output: Outlet<CommittedShard>
    ) async throws {
        let planned = shards[ordinal]
        let shard = planned.shard
        var superseded: TemporaryFile?
        if summary.isCopied {
            // The copy replaces the written file. If a part of it is durable, it must stay until the copy is committed.
            if isPartDurable {
                superseded = current[.corpus]
            } else if let written = current[.corpus] {
                try await writes.finish(output)
                try Disk.remove(written.path)
            }
            let copy = try folder.temporaryFile()
            current[.corpus] = copy
            let permit = try await output.waiting { [writers] in try await writers.reserve(1) }
            writes.start(on: output) { () throws(Failure) in
                defer { withExtendedLifetime(permit) {} }
                try OutputFolder.copy(shard, expecting: summary.end, to: copy)
            }
            groupBytes += Int(summary.end.status.size)
        }
        let record = Catalog.ShardRecord(
            ordinal: ordinal, name: shard.name, input: planned.inputName, size: summary.end.status.size,
            modified: summary.end.status.modified, digest: summary.end.digest.description, counts: summary.counts,
            isCopied: summary.isCopied)
        group.append(
            Finished(
                shard: OutputFolder.WrittenShard(record: record, files: current, superseded: superseded),
                writes: writes, position: summary.position, isPartDurable: isPartDurable))
        current = [:]
        writes = ShardWrites()
        isPartDurable = false
    }

    private func commit(_ output: Outlet<CommittedShard>) async throws {
        for finished in group { try await finished.writes.finish(output) }
        // A failed sync is an error of the shard like any other: after it, a second sync might succeed although bytes are
        // lost.
        for finished in group {
            finished.writes.start(on: output) { [shard = finished.shard] () throws(Failure) in try shard.sync() }
        }
        for finished in group { try await finished.writes.finish(output) }
        let done = group
        try commitGroup()
        for finished in done {
            try await output.send(CommittedShard(record: finished.shard.record))
        }
    }
}

/// Takes the place of `Committer` in a dry run: passes the records of the shards on, and writes nothing.
actor Tally: OrderedStage {
    private let shards: ShardSequence

    init(shards: ShardSequence) {
        self.shards = shards
    }

    func process(_ input: Block, _ output: Outlet<CommittedShard>) async throws {
        switch input.content {
        case .data, .part: break
        case .failure(let failure): throw failure
        case .end(let summary):
            let planned = shards[input.ordinal]
            try await output.send(
                CommittedShard(
                    record: Catalog.ShardRecord(
                        ordinal: input.ordinal, name: planned.shard.name, input: planned.inputName,
                        size: summary.end.status.size, modified: summary.end.status.modified,
                        digest: summary.end.digest.description, counts: summary.counts, isCopied: summary.isCopied)))
        }
    }
}

/// Keeps the records of the shards that a run finished.
actor ShardGatherer: Sink {
    private(set) var records: [Catalog.ShardRecord] = []
    private let writeReport: @Sendable ([Catalog.ShardRecord]) throws -> Void
    /// Whether the report is written at the end.
    private nonisolated let reports = Locked(false)

    init(_ writeReport: @escaping @Sendable ([Catalog.ShardRecord]) throws -> Void) {
        self.writeReport = writeReport
    }

    /// Asks for the report at the end: called by the stage `report`.
    nonisolated func writeReportAtEnd() { reports.withLock { $0 = true } }

    func consume(_ input: CommittedShard) async throws {
        records.append(input.record)
    }

    func finish() async throws {
        if reports.withLock({ $0 }) { try writeReport(records) }
    }
}
