internal import Basics
internal import Corpus
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// The stage that writes the scores in document order and commits the shards in groups.
actor ScoreWriter: OrderedStage {
    /// A group is committed when it reaches one of these sizes or has waited this long, so that small shards share the
    /// syncs and the writing of the record.
    private static let groupBytes: Int64 = 64 << 20
    private static let groupShards = 512
    private static let groupTime = Duration.seconds(2)
    /// Commits take at most 1/20 of the time; with many shards, writing the record takes long.
    private static let partsOfTime = 20

    private let folder: ScoresFolder
    private let progress: ShardProgress
    private var record: ScoresRecord
    /// The content of scores.json; nil if there is none.
    private var written: ScoresRecord?

    private var current: FrameWriter?
    private var counts = ScoreCounts()

    private var group: [(shard: Shard, ordinal: Int, finished: RecordedFolder<ScoresRecord>.Finished)] = []
    private var groupBytes: Int64 = 0
    private var nextCommit = ContinuousClock.now + groupTime
    /// Whether a commit has failed, or is in progress.
    private var hasFailed = false

    /// - Parameters:
    ///   - record: the shards that are done already, with the parameters of this run.
    ///   - written: the content of scores.json; nil if there is none.
    init(
        _ folder: ScoresFolder, _ record: ScoresRecord, written: ScoresRecord?, _ progress: ShardProgress
    ) {
        self.folder = folder
        self.record = record
        self.written = written
        self.progress = progress
    }

    /// The record with all shards that are done.
    var result: ScoresRecord { record }

    func process(_ input: ScoredDocuments, _ output: Outlet<CommittedScores>) async throws {
        let batch = input.batch
        if current == nil {
            current = try FrameWriter(folder.files, .zstd, emptyAs: .zstd)
            counts = ScoreCounts()
        }
        try write(input.lines, to: current!)
        counts += input.counts
        if let failure = batch.failure {
            try await commit(output)
            throw failure
        }
        if let end = batch.raw.end { try finishShard(batch.raw, end) }
        if isTimeToCommit { try await commit(output) }
    }

    func finish(_ output: Outlet<CommittedScores>) async throws {
        try await commit(output)
        try commitRecord()
    }

    /// Records another time of modification for a scored shard whose content is unchanged.
    func touch(_ shard: ScoresRecord.Shard) { record.put([shard]) }

    /// Writes scores.json if something other than newly scored shards has changed.
    func commitRecord() throws(Failure) {
        if record == written { return }
        try folder.files.write(record)
        written = record
    }

    /// Commits the shards that are complete. Called when a run ends early. The incomplete file is deleted first,
    /// because the disk may be full.
    func commitFinished() throws(Failure) {
        // After a failed commit, only the next run can find out how much of it was done.
        if hasFailed { return }
        try current?.discard()
        current = nil
        if !group.isEmpty { try commitGroup() }
    }

    /// Appends the lines one by one, so that the frames depend on the lines alone and not on the size of the batches.
    private func write(_ lines: borrowing Buffer<UInt8>, to file: FrameWriter) throws(Failure) {
        var start = 0
        while start < lines.count {
            let found = memchr(lines.base + start, Int32(UInt8(ascii: "\n")), lines.count - start)
            let end = found.map { UnsafeRawPointer(lines.base).distance(to: UnsafeRawPointer($0)) + 1 } ?? lines.count
            file.block.append(contentsOf: lines.slice(start..<end))
            try file.writeFullBlock()
            start = end
        }
    }

    private func finishShard(_ raw: RawBatch, _ end: ShardEnd) throws(Failure) {
        guard let file = try current?.finish() else { return }
        let scores = WrittenFile(file)
        let record = ScoresRecord.Shard(
            name: raw.shard.name, documents: counts.documents, unscored: counts.unscored, bad: counts.bad,
            size: end.status.size, modified: end.status.modified, digest: end.digest.description,
            histogram: counts.histogram, outOfDomain: counts.outOfDomain, scores: scores)
        let finished = RecordedFolder<ScoresRecord>.Finished(
            record: record, files: [(file: file, target: folder.attributes(raw.shard.name))])
        group.append((raw.shard, raw.ordinal, finished))
        groupBytes += scores.bytes
        current = nil
    }

    private var isTimeToCommit: Bool {
        if group.isEmpty { return false }
        return groupBytes >= Self.groupBytes || group.count >= Self.groupShards || ContinuousClock.now >= nextCommit
    }

    private func commit(_ output: Outlet<CommittedScores>) async throws {
        if group.isEmpty { return }
        let done = group.map { CommittedScores(shard: $0.shard, record: $0.finished.record, lastOrdinal: $0.ordinal) }
        try commitGroup()
        for scores in done { try await output.send(scores) }
    }

    private func commitGroup() throws(Failure) {
        let start = ContinuousClock.now
        hasFailed = true
        try folder.files.commit(group.map(\.finished), &record, written: &written)
        hasFailed = false
        progress.committed(shards: group.count)
        group = []
        groupBytes = 0
        nextCommit = .now + max(Self.groupTime, start.duration(to: .now) * Self.partsOfTime)
    }
}
