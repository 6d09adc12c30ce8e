package import Basics
package import Corpus

/// Writes a file in blocks of whole records. Where a block ends depends on the records alone, so the bytes are
/// reproducible.
package final class FrameWriter {
    private let file: TemporaryFile
    private let sink: any DocumentSink
    private var compression: Compression
    private var part = Buffer<UInt8>()
    /// The records that are not written yet. The caller appends records here.
    package var block = Buffer<UInt8>()

    private let compressionOfNothing: Compression

    /// - Parameters:
    ///   - empty: the compression of a file without records, if `compression` is `.none`. Readers recognize compressed
    ///     files by their content, but an empty file only by its name, so it has to be compressed as its name says.
    ///   - sink: turns the blocks into parts of the file.
    package init<Record>(
        _ folder: RecordedFolder<Record>, _ compression: Compression, emptyAs empty: Compression,
        sink: any DocumentSink = JSONLinesSink()
    ) throws(Failure) {
        compressionOfNothing = compression == .none ? empty : compression
        self.sink = sink
        self.compression = compression
        file = try folder.temporaryFile()
    }

    /// Writes the block if it is full.
    package func writeFullBlock() throws(Failure) {
        if block.count >= blockSize { try writeBlock() }
    }

    private func writeBlock() throws(Failure) {
        part.removeAll()
        if try sink.encode(block.bytes, compression, into: &part) {
            try file.write(part.bytes)
        } else {
            try file.write(block.bytes)
        }
        block.removeAll()
    }

    /// Writes the remaining records. A file without records gets one empty block.
    package func finish() throws(Failure) -> TemporaryFile {
        if block.isEmpty && file.size == 0 { compression = compressionOfNothing }
        if !block.isEmpty || file.size == 0 { try writeBlock() }
        return file
    }

    /// Deletes the file.
    package func discard() throws(Failure) { try Disk.remove(file.path) }
}
