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

/// Writes the encoded blocks to files with temporary names, and commits groups of finished shards.
actor Committer: OrderedStage {
    /// A group of finished shards is committed when it reaches one of these limits, so that small shards share syncs.
    private static let groupBytes = 64 << 20
    private static let groupShards = 32

    private let shards: ShardSequence
    private let folder: OutputFolder
    private let catalog: Catalog
    /// nil if the pipeline compares no documents.
    private let index: DuplicateIndex?
    private let progress: RunProgress
    private var current: [OutputFile: TemporaryFile]
    /// Whether a part of the current shard is durable; then its temporary files must stay.
    private var isPartDurable: Bool
    private var group: [OutputFolder.WrittenShard] = []
    private var groupBytes = 0
    /// Whether a commit failed, so that its state on the disk is unknown.
    private var hasFailed = false
    /// The end of the index after the last shard of the group.
    private var position: IndexState.Position

    init(
        shards: ShardSequence, folder: OutputFolder, catalog: Catalog, index: DuplicateIndex?, progress: RunProgress
    ) throws(Failure) {
        self.shards = shards
        self.folder = folder
        self.catalog = catalog
        self.index = index
        self.progress = progress
        let partial = shards.new.first?.partial
        current = try partial.map { partial throws(Failure) in try folder.files(of: partial) } ?? [:]
        isPartDurable = partial != nil
        position = try catalog.indexState().position
    }

    func process(_ input: Block, _ output: Outlet<CommittedShard>) async throws {
        switch input.content {
        case .data(let file, let payload, _):
            if current[file] == nil { current[file] = try folder.temporaryFile() }
            try current[file]!.write(payload.bytes.bytes)
            groupBytes += payload.bytes.count
        case .end(let summary):
            try finishShard(input.ordinal, summary)
            if groupBytes >= Self.groupBytes || group.count >= Self.groupShards { try await commit(output) }
        case .part(let part):
            // The shards before this one are committed first.
            try await commit(output)
            try commit(part, input.ordinal)
        case .failure(let failure):
            try await commit(output)
            throw failure
        }
    }

    func finish(_ output: Outlet<CommittedShard>) async throws {
        try await commit(output)
    }

    /// Commits the finished shards when a run ends early. The unfinished shard is deleted first, because the disk may
    /// be full.
    func commitFinished() throws {
        // After a failed commit only the next run can tell which files are in place.
        if hasFailed { return }
        if !isPartDurable {
            for file in current.values { try Disk.remove(file.path) }
        }
        current = [:]
        try commitGroup()
    }

    private func commitGroup() throws {
        hasFailed = true
        try folder.commit(group, catalog, index, position)
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

    private func finishShard(_ ordinal: Int, _ summary: ShardSummary) throws {
        let planned = shards[ordinal]
        let shard = planned.shard
        var superseded: TemporaryFile?
        if summary.isCopied {
            // The copy replaces the written file. If a part of it is durable, it must stay until the copy is committed.
            if isPartDurable {
                superseded = current[.corpus]
            } else if let written = current[.corpus] {
                try Disk.remove(written.path)
            }
            current[.corpus] = try folder.copy(of: shard, expecting: summary.end)
            groupBytes += Int(summary.end.status.size)
        }
        let record = Catalog.ShardRecord(
            ordinal: ordinal, name: shard.name, input: planned.inputName, size: summary.end.status.size,
            modified: summary.end.status.modified, digest: summary.end.digest.description, counts: summary.counts,
            isCopied: summary.isCopied)
        group.append(OutputFolder.WrittenShard(record: record, files: current, superseded: superseded))
        position = summary.position
        current = [:]
        isPartDurable = false
    }

    private func commit(_ output: Outlet<CommittedShard>) async throws {
        let done = group
        try commitGroup()
        for shard in done {
            try await output.send(CommittedShard(record: shard.record))
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
