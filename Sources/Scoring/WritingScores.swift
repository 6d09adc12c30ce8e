internal import Basics
internal import Corpus
internal import Foundation
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// Writes the attributes in the order of the documents and, shard by shard, puts them in place.
actor ScoreWriter: OrderedStage {
    /// Shards wait for each other up to this, so that many small ones share their syncs and the writing of the record.
    private static let groupBytes: Int64 = 64 << 20
    private static let groupShards = 512
    private static let groupTime = Duration.seconds(2)
    /// Of the time, the commits take at most one part in so many: the record of many shards is long.
    private static let partsOfTime = 20

    private let folder: ScoresFolder
    private let progress: ShardProgress
    private var record: ScoresRecord
    /// What scores.json says now.
    private var written: ScoresRecord?

    private var current: FrameWriter?
    private var counts = ScoreCounts()

    private var group: [(shard: Shard, ordinal: Int, finished: RecordedFolder<ScoresRecord>.Finished)] = []
    private var groupBytes: Int64 = 0
    private var nextCommit = ContinuousClock.now + groupTime
    /// Whether a commit failed.
    private var hasFailed = false

    /// - Parameters:
    ///   - record: what was done before, as it is to stand in scores.json.
    ///   - written: what stands there.
    init(
        _ folder: ScoresFolder, _ record: ScoresRecord, written: ScoresRecord?, _ progress: ShardProgress
    ) {
        self.folder = folder
        self.record = record
        self.written = written
        self.progress = progress
    }

    /// scores.json, as it stands.
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

    /// Notes another time of modification of a shard that is done.
    func touch(_ shard: ScoresRecord.Shard) { record.put([shard]) }

    /// Writes scores.json where something besides shards that were scored has changed.
    func commitRecord() throws(Failure) {
        if record == written { return }
        try folder.files.write(record)
        written = record
    }

    /// Puts in place what is whole: for a run that ends early. What is not is deleted first: the disk may be full.
    func commitWhatIsWhole() throws(Failure) {
        // How far it came only the next run can tell.
        if hasFailed { return }
        try current?.discard()
        current = nil
        if !group.isEmpty { try commitGroup() }
    }

    /// Line by line: where a batch ends depends on memory and threads, and where a frame ends must not.
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
            name: raw.shard.name, documents: counts.documents, bad: counts.bad, outOfDomain: counts.outOfDomain,
            size: end.status.size, modified: end.status.modified, digest: end.digest.description,
            histogram: counts.histogram, scores: scores)
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
