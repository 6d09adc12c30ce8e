internal import Basics
internal import CZstd

/// Consecutive zstd frames of a shard that one thread decodes at once, before the shard is read up to them.
///
/// The shard's reader finds the frames (`DocumentSource.findFrames`), any thread decodes them, and the reader takes
/// their content when it has come to them. If they cannot be decoded, the reader decodes them itself, so that every
/// error comes from one place.
package final class FrameRun: Sendable {
    /// A run ends with the frame with which it reaches this size in bytes, compressed and decoded together.
    static let leastSize = 1 << 20
    /// The memory in bytes of a decoder, apart from the frames.
    private static let memoryOfDecoder = 256 << 10

    /// The decoded frames.
    final class Content: Sendable {
        /// The frames as they are in the file.
        let compressed: Buffer<UInt8>
        let decoded: Buffer<UInt8>

        init(compressed: consuming Buffer<UInt8>, decoded: consuming Buffer<UInt8>) {
            self.compressed = compressed
            self.decoded = decoded
        }
    }

    private enum State {
        case found
        case decoded(Content)
        case failed
    }

    /// The offset of the first frame in the file.
    let start: Int64
    /// The number of frames.
    let frames: Int
    /// The sizes of all frames together.
    let compressedSize: Int
    let contentSize: Int

    private let file: SharedFile
    private let reservation: any MemoryReservation
    /// Locked while a thread decodes the frames.
    private let state = Locked(State.found)
    private let decoding = WorkCount()

    /// - Parameter reservation: keeps memory reserved until the content is released.
    init(
        _ file: SharedFile, start: Int64, frames: Int, compressed: Int, content: Int,
        _ reservation: any MemoryReservation
    ) {
        self.file = file
        self.start = start
        self.frames = frames
        compressedSize = compressed
        contentSize = content
        self.reservation = reservation
        decoding.begin()
    }

    /// The memory in bytes that decoding the frames takes.
    package var memory: Int { Self.memory(of: compressedSize + contentSize) }

    /// The memory in bytes that frames of these sizes take, compressed and decoded together.
    static func memory(of bytes: Int) -> Int { bytes + memoryOfDecoder }

    /// The number of bytes, compressed and decoded together, of frames that fit into `memory`.
    static func bytes(in memory: Int) -> Int { memory - memoryOfDecoder }

    /// Decodes the frames, on a thread of the caller's choice.
    package func decode() {
        _ = content()
        decoding.end()
    }

    /// Waits until `decode` has returned, which another thread has to call. Only one task at a time may wait.
    package func waitUntilDecoded() async { await decoding.waitUntilDone() }

    /// Returns the content; nil if the frames cannot be decoded. If no thread has begun to decode the frames, the
    /// calling one does.
    func content() -> Content? {
        state.withLock { state in
            if case .found = state { state = decoded().map { .decoded($0) } ?? .failed }
            if case .decoded(let content) = state { return content }
            return nil
        }
    }

    private func decoded() -> Content? {
        var compressed = Buffer<UInt8>(capacity: compressedSize)
        let room = UnsafeMutableRawBufferPointer(start: compressed.reserve(compressedSize), count: compressedSize)
        // The reader meets the same errors, and reports them.
        guard (try? file.read(at: start, into: room)) == compressedSize else { return nil }
        compressed.advance(compressedSize)
        guard let context = ZSTD_createDCtx() else { return nil }
        defer { ZSTD_freeDCtx(context) }
        var decoded = Buffer<UInt8>(capacity: contentSize)
        let size = ZSTD_decompressDCtx(
            context, decoded.reserve(contentSize), contentSize, compressed.base, compressedSize)
        guard ZSTD_isError(size) == 0 else { return nil }
        decoded.advance(size)
        return Content(compressed: compressed, decoded: decoded)
    }
}

/// An open file that several threads read at once, each at offsets of its own.
final class SharedFile: Sendable {
    private let file: File

    init(_ file: consuming File) {
        self.file = file
    }

    func read(at offset: Int64, into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        try file.read(at: offset, into: room)
    }

    func status() throws(Failure) -> File.Status { try file.status() }
}
