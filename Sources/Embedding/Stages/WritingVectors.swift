internal import Basics
internal import Corpus
internal import DeBERTa
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// Writes the vectors in the order of the documents, under temporary names, and commits groups of shards.
package actor VectorWriter: OrderedStage {
    /// A group of finished shards is committed when it reaches one of these limits. Small shards share the syncs and
    /// the writing of the record this way.
    private static let groupBytes: Int64 = 64 << 20
    private static let groupShards = 512
    private static let groupTime = Duration.seconds(2)
    /// Commits take at most 1/20 of the time. With many shards the record is long, so the next commit is delayed.
    private static let partsOfTime = 20

    private let folder: EmbeddingsFolder
    private let parameters: EmbedParameters
    private let checksum: ModelChecksum
    private let progress: ShardProgress
    /// Returns the name of the input of the shard with an ordinal.
    private let inputName: @Sendable (Int) -> String
    private var record: EmbeddingsRecord
    /// The content of embeddings.json on the disk.
    private var written: EmbeddingsRecord?
    /// The `encodeSeconds` of earlier runs.
    private let secondsBefore: Double

    private let combiner: VectorCombiner
    private var current: ShardFiles?
    private var group: [(files: ShardFiles, record: EmbeddingsRecord.Shard)] = []
    private var groupBytes: Int64 = 0
    private var lastOrdinal = -1
    private var nextCommit = ContinuousClock.now + groupTime
    /// Whether a commit failed, so that its state on the disk is unknown.
    private var hasFailed = false

    /// - Parameters:
    ///   - record: the record of the shards that are done, with the changes that this run has made so far.
    ///   - written: the content of embeddings.json on the disk; nil if there is none.
    init(
        _ folder: EmbeddingsFolder, _ parameters: EmbedParameters, _ whitening: Whitening?,
        _ record: EmbeddingsRecord, written: EmbeddingsRecord?, _ checksum: ModelChecksum, _ progress: ShardProgress,
        inputName: @escaping @Sendable (Int) -> String
    ) {
        self.folder = folder
        self.parameters = parameters
        self.record = record
        self.written = written
        self.checksum = checksum
        self.progress = progress
        self.inputName = inputName
        secondsBefore = record.encodeSeconds
        combiner = VectorCombiner(
            dimensions: parameters.dimensions, whitening: whitening, normalizes: parameters.normalize)
    }

    /// The record with all shards that were committed so far.
    var result: EmbeddingsRecord { record }

    func process(_ input: EncodingUnit, _ output: Outlet<CommittedVectors>) async throws {
        // Units arrive in order, so all vectors of a window are complete with its last unit.
        guard input.isLast else { return }
        var sequence = 0
        for batch in input.window.batches {
            do throws(Failure) {
                try write(batch, input.window, from: sequence)
            } catch {
                // Damaged weights give wrong vectors: report the damage, not the vectors.
                _ = try await checksum.value
                throw error
            }
            sequence += batch.lengths.count
            if let failure = batch.batch.failure {
                try await commit(output)
                throw failure
            }
            if let end = batch.batch.raw.end { try finishShard(batch.batch.raw, end) }
            if isTimeToCommit { try await commit(output) }
        }
    }

    func finish(_ output: Outlet<CommittedVectors>) async throws {
        try await commit(output)
        try await commitRecord()
    }

    /// Records a new time of modification of a shard that is done.
    func touch(_ shard: EmbeddingsRecord.Shard) { record.put([shard]) }

    /// Returns the record of a shard; nil if it is not done.
    func shard(named name: String) -> EmbeddingsRecord.Shard? {
        // The records are sorted by the bytes of the names.
        var (low, high) = (0, record.shards.count)
        while low < high {
            let middle = (low + high) / 2
            if record.shards[middle].name.precedesBytewise(name) { low = middle + 1 } else { high = middle }
        }
        guard low < record.shards.count, record.shards[low].name.equalsBytewise(name) else { return nil }
        return record.shards[low]
    }

    /// Writes embeddings.json if something other than the shards has changed, such as a time of modification or the
    /// path of an input.
    func commitRecord() async throws {
        if record != written { try await commit() }
    }

    /// Commits the finished shards when a run ends early. The unfinished shard is deleted first, because the disk may
    /// be full.
    func commitFinished() async throws {
        // After a failed commit only the next run can tell which files are in place.
        if hasFailed { return }
        try current?.discard()
        current = nil
        if !group.isEmpty { try await commit() }
    }

    private func write(
        _ tokenized: TokenizedDocuments, _ window: EncodingWindow, from first: Int
    ) throws(Failure) {
        let batch = tokenized.batch
        if batch.count == 0 && batch.raw.end == nil { return }
        if current == nil {
            current = try ShardFiles(
                shard: batch.raw.shard.name, in: folder, dimensions: parameters.dimensions, parameters.dtype)
        }
        let files = current!
        var sequence = 0
        for document in 0..<batch.count {
            let row = tokenized.rows[document]
            let lengths = tokenized.lengths.slice(sequence..<sequence + Int(row.sequences))
            let entry = ShardFiles.Row(
                line: batch.lineNumber(document), id: batch.id(document), tokens: row.tokens,
                isTruncated: row.isTruncated, isBad: row.isBad)
            let next = first + sequence
            try combiner.combine(lengths: lengths) {
                window.vector(next + $0)
            } _: { vector throws(Failure) in
                try files.append(entry, vector)
            }
            sequence += Int(row.sequences)
        }
    }

    private func finishShard(_ raw: RawBatch, _ end: ShardEnd) throws(Failure) {
        guard let files = current else { return }
        let (vectors, ids) = try files.finish()
        let shard = EmbeddingsRecord.Shard(
            name: raw.shard.name, input: inputName(raw.ordinal), documents: files.rows - files.bad,
            tokens: files.tokens,
            truncated: files.truncated, bad: files.bad, size: end.status.size, modified: end.status.modified,
            digest: end.digest.description, vectors: vectors, ids: ids)
        group.append((files, shard))
        groupBytes += vectors.bytes + ids.bytes
        lastOrdinal = raw.ordinal
        current = nil
    }

    private var isTimeToCommit: Bool {
        if group.isEmpty { return false }
        return groupBytes >= Self.groupBytes || group.count >= Self.groupShards || ContinuousClock.now >= nextCommit
    }

    private func commit(_ output: Outlet<CommittedVectors>) async throws {
        if group.isEmpty { return }
        let done = group.map(\.record)
        try await commit()
        try await output.send(
            CommittedVectors(
                lastOrdinal: lastOrdinal, documents: done.reduce(0) { $0 + $1.documents },
                bytes: done.reduce(0) { $0 + Int($1.vectors.bytes) }))
    }

    private func commit() async throws {
        // Vectors of damaged weights are never committed.
        record.modelChecksum = try await checksum.value
        let start = ContinuousClock.now
        record.put(group.map(\.record))
        record.encodeSeconds = secondsBefore + progress.encodeSeconds
        hasFailed = true
        try folder.commit(group, record)
        hasFailed = false
        written = record
        progress.committed(shards: group.count)
        group = []
        groupBytes = 0
        nextCommit = .now + max(Self.groupTime, start.duration(to: .now) * Self.partsOfTime)
    }
}
