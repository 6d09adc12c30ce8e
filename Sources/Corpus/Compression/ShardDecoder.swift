package import Basics

/// Decodes one shard from start to end, in pieces of any size, and verifies that the file is complete and unchanged.
///
/// The first bytes of the file decide how it is compressed; see `Compression.init(firstBytes:name:)`.
///
/// - zstd: any number of frames, also skippable ones and frames of unknown size. Checksums are verified. Windows may be
///   up to 2 GiB, if the limit allows it.
/// - gzip: any number of members. Headers, sizes and checksums are verified. Zeros at the end are padding.
/// - plain: the bytes as they are.
///
/// Other bytes after the last frame are an error. So is an empty `.zst` or `.gz` file, as it is for the tools zstd and
/// gzip; an empty plain file is an empty shard. A file that was cut exactly between two frames is not detected: it
/// looks like a shorter shard.
package struct ShardDecoder: ~Copyable, Sendable {
    enum Codec: ~Copyable, Sendable {
        case plain
        case zstd(ZstdDecoder)
        case gzip(GzipDecoder)

        init(_ compression: Compression) throws(Failure) {
            switch compression {
            case .none: self = .plain
            case .zstd: self = .zstd(try ZstdDecoder())
            case .gzip: self = .gzip(try GzipDecoder())
            }
        }
    }

    /// The compression of the file.
    package let compression: Compression

    private let codec: Codec
    private let limit: WindowLimit
    private var input: CompressedInput
    private var unit = CompressedUnit()
    private var ahead = FramesAhead()
    /// The error that ended decoding; later calls of `read` throw it again.
    private var failure: Failure?
    private var isAtEnd = false

    /// Opens the file at `path`.
    ///
    /// - Parameters:
    ///   - compression: nil to detect it from the first bytes.
    ///   - name: the shard's name, for messages.
    ///   - windowLimit: the memory that a zstd window may take.
    /// - Throws: if the file cannot be opened, or is not a regular file.
    package init(
        path: String, compression: Compression? = nil, name: String, windowLimit: WindowLimit = .none
    ) throws(Failure) {
        let input = try CompressedInput(path: path, name: name, compression: compression)
        let codec = try Codec(input.compression)
        self.compression = input.compression
        self.codec = codec
        self.input = input
        limit = windowLimit
    }

    /// The file's status when it was opened.
    package var status: File.Status { input.status }

    /// The number of bytes read from the file so far, for progress; equal to `status.size` at the end.
    package var compressedBytes: Int64 { input.bytesRead }

    /// The memory in bytes that zstd windows take at present. It does not shrink: the next frame reuses it.
    package var windowMemory: Int { unit.windowMemory }

    /// The size in bytes of the current zstd frame's window; 0 for other compressions.
    var window: Int { unit.window }

    /// XXH3-128 of the file's bytes read so far (as they are on the disk); at the end, of the whole file.
    package var digest: Hash128 { input.digest }

    /// The memory in bytes of a decoder for frames with windows of up to `window` bytes: the window, libzstd's state
    /// and blocks, and the input buffer.
    package static func memory(window: Int) -> Int {
        window + CompressedInput.bufferSize + (768 << 10)
    }

    /// Decodes the next bytes into `room`, which must not be empty. Fills it, except before the end or an error.
    ///
    /// If an error occurs after some bytes were decoded, these bytes are returned, and the next call throws.
    ///
    /// - Returns: the number of bytes written; 0 at the end of the shard.
    /// - Throws: `<shard>: <what> at byte <offset> of the file: <why>; <what to do>` if the file is truncated, damaged,
    ///   or changed since it was opened.
    package mutating func read(into room: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        precondition(!room.isEmpty)
        if let failure { throw failure }
        if isAtEnd { return 0 }
        var produced = 0
        do throws(Failure) {
            try decode(into: room, produced: &produced)
            if produced == 0 {
                try input.checkUnchanged()
                isAtEnd = true
            }
        } catch {
            // A file that changes while it is read looks corrupt or truncated; report the change, which is the cause.
            var cause = error
            do throws(Failure) { try input.checkUnchanged() } catch { cause = error }
            failure = cause
            if produced == 0 { throw cause }
        }
        return produced
    }

    /// Finds the next zstd frames that another thread can decode before `read` needs them; see
    /// `DocumentSource.findFrames`.
    package mutating func findFrames(_ reservation: any MemoryReservation, of bytes: Int) -> FrameRun? {
        guard compression == .zstd, failure == nil else { return nil }
        return ahead.find(in: input, unit, limit: limit, reservation, of: bytes)
    }

    /// The found frames that hold the next `bytes` decoded bytes.
    package func foundFrames(_ bytes: Int) -> [FrameRun] { ahead.first(bytes) }

    private mutating func decode(
        into room: UnsafeMutableRawBufferPointer, produced: inout Int
    ) throws(Failure) {
        switch codec {
        case .plain:
            produced = try input.readOn(into: room)
        case .zstd(let decoder):
            try decoder.read(
                from: &input, unit: &unit, ahead: &ahead, limit: limit, into: room, produced: &produced)
        case .gzip(let decoder):
            try decoder.read(from: &input, unit: &unit, into: room, produced: &produced)
        }
    }
}

/// A decoder's position among the units of a compressed file: the frames of zstd, the members of gzip.
struct CompressedUnit {
    /// The number of units that have begun.
    private(set) var count = 0
    /// Whether a unit has begun and has not ended.
    private(set) var isOpen = false
    /// The offset in the file of the last unit that began.
    private(set) var start: Int64 = 0

    /// The window size of the current zstd frame, and the number of bytes of its content decoded so far.
    private(set) var window = 0
    private var decoded = 0
    /// The most memory in bytes that a window has taken so far.
    private(set) var windowMemory = 0

    mutating func open(at position: Int64, window: Int = 0) {
        count += 1
        isOpen = true
        start = position
        self.window = window
        decoded = 0
    }

    /// Counts decoded bytes; a window takes memory as it is filled with them.
    mutating func add(decoded bytes: Int) {
        decoded += bytes
        windowMemory = max(windowMemory, min(window, decoded))
    }

    mutating func close() {
        isOpen = false
    }

    /// Counts units that were decoded by another thread.
    mutating func add(decodedElsewhere units: Int) {
        count += units
    }
}
