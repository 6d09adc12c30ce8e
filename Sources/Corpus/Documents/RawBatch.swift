package import Basics

/// Consecutive whole records of one shard, as they are in the shard: not parsed yet. A `DocumentSource` makes it, and a
/// `DocumentParser` of the same format finds the documents in it.
///
/// Records are called lines after the first format, JSON Lines. In a format without lines, a line is one record, and
/// its number is the number of the record.
///
/// Only one stage owns a batch at a time; it hands the batch to the next stage and does not use it afterwards.
package final class RawBatch: @unchecked Sendable {
    /// The shard that the records come from.
    package let shard: Shard
    /// The shard's position in the order of the corpus, from 0; shards of earlier runs count too.
    package let ordinal: Int
    /// The compression of the shard's file.
    package let compression: Compression
    /// The number of the first line in the shard, from 1.
    package let firstLine: Int
    /// The offset of the first line in the decoded shard, from 0, for messages.
    package let firstByte: Int
    /// The records. Only the parser and the sink of the shard's format look inside: for JSON Lines, these are the lines
    /// with their newlines, of which the last one of a shard may have none.
    @exclusivity(unchecked) package var bytes: Buffer<UInt8>
    /// The number of lines. A last line without a newline does not count.
    package let lineCount: Int
    /// The facts known at the end of the shard; only the last batch of a shard has them.
    package let end: ShardEnd?
    /// The end of this batch as a place where a later run can resume. Set every `ReadLimits.pointEvery` bytes;
    /// nil in the other batches, and in all batches of a format that cannot resume inside a shard.
    package let point: ReadPoint?
    /// The error that stopped reading after these lines; nil if there was none.
    package let failure: Failure?
    /// Keeps the batch's bytes reserved in the memory budget until the batch is released; nil if there is no budget.
    package var reservation: (any MemoryReservation)?

    /// Creates a batch; the properties explain the parameters.
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

/// The facts about a shard that are known once all of it has been read.
package struct ShardEnd: Sendable {
    /// XXH3-128 of the file's bytes on the disk (compressed, if the shard is).
    package let digest: Hash128
    /// The file's size and time of modification when it was opened.
    package let status: File.Status
    /// The length of the decoded shard in bytes, including a byte-order mark. For a format whose records have no bytes
    /// of their own in the shard: the length of all batches.
    package let decodedBytes: Int
    /// Whether the decoded shard begins with a byte-order mark, which no batch contains.
    package let hasByteOrderMark: Bool

    /// Creates the facts; the properties explain the parameters.
    package init(digest: Hash128, status: File.Status, decodedBytes: Int, hasByteOrderMark: Bool = false) {
        self.digest = digest
        self.status = status
        self.decodedBytes = decodedBytes
        self.hasByteOrderMark = hasByteOrderMark
    }
}
