package import Basics
package import Corpus

/// A file that is written in frames of whole lines: where one ends depends on the lines alone.
package final class FrameWriter {
    private let file: TemporaryFile
    private var encoder: BlockEncoder
    private var frame = Buffer<UInt8>()
    /// Lines that wait for their frame.
    package var block = Buffer<UInt8>()

    private let compressionOfNothing: Compression

    /// - Parameter empty: the compression of a file without lines whose own would be none: it has no bytes that could tell,
    ///   and a reader goes by the name.
    package init<Record>(
        _ folder: RecordedFolder<Record>, _ compression: Compression, emptyAs empty: Compression
    ) throws(Failure) {
        compressionOfNothing = compression == .none ? empty : compression
        encoder = try BlockEncoder(compression: compression)
        file = try folder.temporaryFile()
    }

    /// Writes the lines, where they fill a frame.
    package func writeFullFrame() throws(Failure) {
        if block.count >= blockSize { try writeFrame() }
    }

    private func writeFrame() throws(Failure) {
        frame.removeAll()
        try encoder.encode(block.bytes, into: &frame)
        try file.write(frame.bytes)
        block.removeAll()
    }

    /// Writes what is left; without any line an empty frame.
    package func finish() throws(Failure) -> TemporaryFile {
        if block.isEmpty && file.size == 0 { encoder = try BlockEncoder(compression: compressionOfNothing) }
        if !block.isEmpty || file.size == 0 { try writeFrame() }
        return file
    }

    /// Deletes what was written.
    package func discard() throws(Failure) { try Disk.remove(file.path) }
}
