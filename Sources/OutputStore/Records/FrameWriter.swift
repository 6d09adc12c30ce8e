package import Basics
package import Corpus

/// A file that is written in parts, each made of a block of whole records: where a block ends depends on the records
/// alone.
package final class FrameWriter {
    private let file: TemporaryFile
    private let sink: any DocumentSink
    private var compression: Compression
    private var part = Buffer<UInt8>()
    /// Records that wait until they fill a block.
    package var block = Buffer<UInt8>()

    private let compressionOfNothing: Compression

    /// - Parameters:
    ///   - empty: the compression of a file without records whose own would be none: it has no bytes that could tell,
    ///     and a reader goes by the name.
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

    /// Writes the last block; if there is no record at all, an empty one.
    package func finish() throws(Failure) -> TemporaryFile {
        if block.isEmpty && file.size == 0 { compression = compressionOfNothing }
        if !block.isEmpty || file.size == 0 { try writeBlock() }
        return file
    }

    /// Deletes the file.
    package func discard() throws(Failure) { try Disk.remove(file.path) }
}
