package import Basics
package import Corpus

/// Writes a file in frames of whole lines. Where a frame ends depends on the lines alone, so the bytes are
/// reproducible.
package final class FrameWriter {
    private let file: TemporaryFile
    private var encoder: BlockEncoder
    private var frame = Buffer<UInt8>()
    /// The lines that are not written yet. The caller appends to it.
    package var block = Buffer<UInt8>()

    private let compressionOfNothing: Compression

    /// - Parameter empty: the compression of a file without lines, used instead of `.none`. A reader cannot tell from
    ///   the content of an empty file that it is uncompressed, and goes by the name.
    package init<Record>(
        _ folder: RecordedFolder<Record>, _ compression: Compression, emptyAs empty: Compression
    ) throws(Failure) {
        compressionOfNothing = compression == .none ? empty : compression
        encoder = try BlockEncoder(compression: compression)
        file = try folder.temporaryFile()
    }

    /// Writes the waiting lines as a frame if they fill one.
    package func writeFullFrame() throws(Failure) {
        if block.count >= blockSize { try writeFrame() }
    }

    private func writeFrame() throws(Failure) {
        frame.removeAll()
        try encoder.encode(block.bytes, into: &frame)
        try file.write(frame.bytes)
        block.removeAll()
    }

    /// Writes the remaining lines. A file without lines gets one empty frame.
    package func finish() throws(Failure) -> TemporaryFile {
        if block.isEmpty && file.size == 0 { encoder = try BlockEncoder(compression: compressionOfNothing) }
        if !block.isEmpty || file.size == 0 { try writeFrame() }
        return file
    }

    /// Deletes the file.
    package func discard() throws(Failure) { try Disk.remove(file.path) }
}
