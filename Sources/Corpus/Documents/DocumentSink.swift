package import Basics

/// Writes the documents that are kept, in the format of their shard.
///
/// Writing has three steps, because the second one is most of the work:
///
/// 1. `records` chooses the records of a batch that go to a block, one batch after the other, and `copy` copies them, on
///    several threads at once if they are many.
/// 2. `encode` turns full blocks into parts of the shard's file, on several threads at once.
/// 3. The caller writes the parts, in order, to a file with a temporary name, and renames it when the shard is
///    committed. This step is the same for all formats (`Committer` for a run, `FrameWriter` for a filtered corpus).
///
/// If every record of a shard is written unchanged, no sink is needed: the caller copies the shard's file.
///
/// The bytes of a part must depend only on its block, and the end of a block only on the records. Then the output has
/// the same bytes for any batch size, memory and number of threads.
package protocol DocumentSink: Sendable {
    /// Chooses records of a batch that follow each other in a block: those that are written to the output
    /// (`Fate.isWritten`), from the document `first` on, until they fill `room` or the batch ends. The last one may take
    /// more than is left of `room`.
    ///
    /// - Parameter room: a number of bytes, at least 1.
    func records(of batch: Documents, from first: Int, filling room: Int) -> BlockRecords

    /// Copies the records of these documents that are written to a block.
    ///
    /// - Parameter block: has room for the bytes that `records` gave for these documents.
    func copy(_ documents: Range<Int>, of batch: Documents, to block: UnsafeMutablePointer<UInt8>)

    /// Encodes a block and appends the result, a part of the shard's file, to `part`. The block is empty if no record
    /// of the shard is written.
    ///
    /// - Parameter compression: the compression of the shard's file.
    /// - Returns: false if the bytes of the block are to be written as they are; nothing is appended then.
    func encode(_ block: UnsafeRawBufferPointer, _ compression: Compression, into part: inout Buffer<UInt8>)
        throws(Failure) -> Bool
}

/// Records of a batch that go to the same block.
package struct BlockRecords: Sendable {
    /// The documents that were looked at; not all of them need be written.
    package let documents: Range<Int>
    /// The number of bytes that the records take in a block.
    package let bytes: Int

    package init(documents: Range<Int>, bytes: Int) {
        self.documents = documents
        self.bytes = bytes
    }
}

extension DocumentSink {
    /// Appends those records of a batch that are written to the output, until the block has `blockSize` bytes or the
    /// batch ends.
    ///
    /// - Parameter first: the document of the batch to begin with.
    /// - Returns: the document to begin with when this is called for the next block; `batch.count` at the batch's end.
    package func append(_ batch: Documents, from first: Int, to block: inout Buffer<UInt8>) -> Int {
        let records = records(of: batch, from: first, filling: max(1, blockSize - block.count))
        copy(records.documents, of: batch, to: block.reserve(records.bytes))
        block.advance(records.bytes)
        return records.documents.upperBound
    }
}
