package import Basics

/// Writes the documents that are kept, in the format of their shard.
///
/// Writing has three steps, because the second one is most of the work:
///
/// 1. `append` copies the records that are written to a block, one batch after the other.
/// 2. `encode` turns full blocks into parts of the shard's file, on several threads at once.
/// 3. The caller writes the parts, in order, to a file with a temporary name, and gives it its own name when the shard
/// is
///    committed. This step is the same for all formats (`Committer` for a run, `FrameWriter` for a filtered corpus).
///
/// A shard of which every record is written, unchanged, needs no sink: the caller copies its file.
///
/// A part must depend on its block alone, and the end of a block on the records alone. Then the output has the same
/// bytes for any batch size, memory and number of threads.
package protocol DocumentSink: Sendable {
    /// Appends the records of a batch whose fate is to be written, until the block has `blockSize` bytes or the batch
    /// ends.
    ///
    /// - Parameter first: the document of the batch to begin with.
    /// - Returns: the document to begin with when this is called for the next block; `batch.count` at the batch's end.
    func append(_ batch: Documents, from first: Int, to block: inout Buffer<UInt8>) -> Int

    /// Appends the part of the file that a block becomes. For a shard without any written record the block is empty.
    ///
    /// - Parameter compression: the compression of the shard's file.
    /// - Returns: false if the part is the block's own bytes; nothing is appended then.
    func encode(_ block: UnsafeRawBufferPointer, _ compression: Compression, into part: inout Buffer<UInt8>)
        throws(Failure) -> Bool
}
