package import Basics

/// Decodes one shard from its start to its end, in pieces of any size, and vouches for what it read.
///
/// The first bytes of the file decide how it is compressed; its name is a hint.
///
/// - zstd: any number of frames, skippable ones among them, of known or unknown size; checksums are verified; windows
///   up to 2 GiB where the limit allows.
/// - gzip: any number of members; headers, sizes and checksums are verified; zeros at the end are padding.
/// - plain: the bytes as they are.
///
/// Bytes after the last frame that are none, and an empty `.zst` or `.gz` file (as `zstd -dc` and `gzip -dc` have it),
/// are errors; an empty plain file is an empty shard. A file cut exactly between two frames cannot be told from a
/// shorter shard.
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

    /// How the file is compressed.
    package let compression: Compression

    private let codec: Codec
    private let limit: WindowLimit
    private var input: CompressedInput
    private var unit = CompressedUnit()
    /// What stopped the decoding; later reads throw it again.
    private var failure: Failure?
    private var isAtEnd = false

    /// Opens the file at `path`.
    ///
    /// - Parameters:
    ///   - compression: nil to go by the first bytes.
    ///   - name: the shard's name, for messages.
    ///   - windowLimit: the memory that a zstd window may take.
    /// - Throws: when the file cannot be opened, or is no regular file.
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

    /// What the open file was at the start: size, time and inode.
    package var status: File.Status { input.status }

    /// Bytes of the file read so far, for progress: `status.size` at the end.
    package var compressedBytes: Int64 { input.bytesRead }

    /// The memory that zstd windows have taken so far, in bytes: it is used again for the next frame.
    package var windowMemory: Int { unit.windowMemory }

    /// XXH3-128 of the file's bytes as they were read; at the end, of all of them.
    package var digest: Hash128 { input.digest }

    /// The memory of a decoder whose frames have windows up to `window` bytes: the window, libzstd's state and blocks,
    /// and the input buffer.
    package static func memory(window: Int) -> Int {
        window + CompressedInput.bufferSize + (768 << 10)
    }

    /// Decodes the next bytes to `room`, which is not empty; less than it holds only before the end or an error.
    ///
    /// What was decoded before an error is returned first; the next call throws.
    ///
    /// - Returns: the bytes written; 0 at the end of the shard.
    /// - Throws: `<shard>: <what> at byte <offset> of the file: <why>; <what to do>` for anything that is not a whole,
    ///   sound file, or that changed since it was opened.
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
            // A file that changes under the reader looks corrupt or truncated; the cause is what to tell.
            var cause = error
            do throws(Failure) { try input.checkUnchanged() } catch { cause = error }
            failure = cause
            if produced == 0 { throw cause }
        }
        return produced
    }

    private mutating func decode(
        into room: UnsafeMutableRawBufferPointer, produced: inout Int
    ) throws(Failure) {
        switch codec {
        case .plain:
            produced = try input.readOn(into: room)
        case .zstd(let decoder):
            try decoder.read(from: &input, unit: &unit, limit: limit, into: room, produced: &produced)
        case .gzip(let decoder):
            try decoder.read(from: &input, unit: &unit, into: room, produced: &produced)
        }
    }
}

/// Where a decoder stands among the parts of a compressed file: zstd's frames, gzip's members.
struct CompressedUnit {
    /// How many began so far.
    private(set) var count = 0
    /// Whether one has begun and not ended.
    private(set) var isOpen = false
    /// The byte of the file at which the last one began.
    private(set) var start: Int64 = 0

    /// Bytes of a zstd frame's window, and of its content that were decoded so far.
    private(set) var window = 0
    private var decoded = 0
    /// The most that a window has taken so far.
    private(set) var windowMemory = 0

    mutating func open(at position: Int64, window: Int = 0) {
        count += 1
        isOpen = true
        start = position
        self.window = window
        decoded = 0
    }

    /// Counts what was decoded: so far the window is filled.
    mutating func add(decoded bytes: Int) {
        decoded += bytes
        windowMemory = max(windowMemory, min(window, decoded))
    }

    mutating func close() {
        isOpen = false
    }
}
