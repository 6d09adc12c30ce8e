package import Basics

/// Whole lines of one shard, as they were read: what travels between reading and parsing.
///
/// One stage owns a batch at a time and hands it on; nobody else writes to it.
package final class LineBatch: @unchecked Sendable {
    package let shard: Shard
    /// The shard's place in the corpus.
    package let ordinal: Int
    /// How the shard's file is compressed.
    package let compression: Compression
    /// The number of the first line in the shard; lines count from 1.
    package let firstLine: Int
    /// Where the first line begins in the decoded shard; bytes count from 0.
    package let firstByte: Int
    /// Lines with their newlines; the last line of a shard may lack it.
    @exclusivity(unchecked) package var bytes: Buffer<UInt8>
    /// Newlines in it.
    package let lineCount: Int
    /// Set on the last batch of a shard.
    package let end: ShardEnd?
    /// Set now and then: where the batch ends, to go on from there later.
    package let point: ReadPoint?
    /// Why reading stopped after these lines.
    package let failure: Failure?
    /// Memory this batch holds, given back with it.
    package var reservation: (any Sendable)?

    package init(
        shard: Shard, ordinal: Int, firstLine: Int, firstByte: Int, bytes: consuming Buffer<UInt8>,
        lineCount: Int = 0, compression: Compression = .none, end: ShardEnd? = nil, point: ReadPoint? = nil,
        failure: Failure? = nil
    ) {
        self.shard = shard
        self.ordinal = ordinal
        self.compression = compression
        self.firstLine = firstLine
        self.firstByte = firstByte
        self.bytes = bytes
        self.lineCount = lineCount
        self.end = end
        self.point = point
        self.failure = failure
    }
}

/// What is known of a shard once all of it was read.
package struct ShardEnd: Sendable {
    /// XXH3-128 of the file as it lies on the disk.
    package let digest: Hash128
    package let status: File.Status
    /// Bytes of the decoded shard, a byte-order mark included.
    package let decodedBytes: Int
    /// Whether the decoded shard begins with a byte-order mark, which is dropped.
    package let hasByteOrderMark: Bool
}
