internal import Basics

/// The sizes of a zstd frame, found from its header and the headers of its blocks (RFC 8878, section 3.1.1.2), without
/// decoding it.
struct ZstdFrameExtent {
    /// The size of the frame in the file in bytes.
    private(set) var compressed: Int
    /// The size of its content in bytes if the header states it; otherwise the largest size that its blocks can have.
    private(set) var content = 0

    /// The largest size of a block's content.
    private static let largestBlock: UInt64 = 128 << 10

    /// Reads the headers of the frame that begins at `start`.
    ///
    /// Nil if the frame must be decoded in order: if it is larger than `limit` bytes, compressed and decoded together,
    /// if its window is larger than `window`, or if it cannot be decoded. The decoder then says why.
    init?(_ headers: inout FrameHeaders, at start: Int64, window largestWindow: Int, limit: Int) {
        guard let head = headers.bytes(ZstdFrameHeader.longest, at: start) else { return nil }
        switch ZstdFrameHeader(head) {
        case .skippable:
            compressed = 8 + Int(UInt32(littleEndian: head.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        case .data(let window, let contentSize, dictionary: 0):
            guard min(window, contentSize ?? .max) <= largestWindow, window <= ZstdDecoder.largestWindow,
                contentSize ?? 0 <= limit
            else { return nil }
            let descriptor = head[4]
            compressed = ZstdFrameHeader.length(descriptor)
            let largestBlock = Int(min(window, Self.largestBlock))
            var blocks = 0
            var isLast = false
            while !isLast {
                guard blocks + compressed <= limit, let block = headers.bytes(3, at: start + Int64(compressed)),
                    block.count == 3
                else { return nil }
                let header = Int(block[0]) | Int(block[1]) << 8 | Int(block[2]) << 16
                isLast = header & 1 != 0
                let size = header >> 3
                // The decoder in order refuses such a block; the one that decodes whole frames may not.
                guard size <= largestBlock else { return nil }
                switch header >> 1 & 3 {
                case 0:  // The block holds the content as it is.
                    compressed += 3 + size
                    blocks += size
                case 1:  // The block holds one byte, which is repeated.
                    compressed += 3 + 1
                    blocks += size
                case 2:
                    compressed += 3 + size
                    blocks += largestBlock
                default: return nil
                }
            }
            let hasChecksum = descriptor & 4 != 0
            compressed += hasChecksum ? 4 : 0
            content = contentSize.map { Int($0) } ?? blocks
        default: return nil
        }
        guard content + compressed <= limit, start + Int64(compressed) <= headers.end else { return nil }
    }
}

/// Reads headers at increasing offsets of a file. Small frames share a read.
struct FrameHeaders: ~Copyable, Sendable {
    /// The offset of the end of the file.
    let end: Int64
    private let file: SharedFile
    private var buffer = Buffer<UInt8>(capacity: 4 << 10)
    /// The offset in the file of the bytes in the buffer.
    private var start: Int64 = 0

    init(_ file: SharedFile, end: Int64) {
        self.file = file
        self.end = end
    }

    /// Returns `count` bytes from `offset` on, fewer at the end of the file; nil if they cannot be read. They are valid
    /// until the next call.
    mutating func bytes(_ count: Int, at offset: Int64) -> UnsafeRawBufferPointer? {
        if offset < start || offset + Int64(count) > start + Int64(buffer.count) {
            start = offset
            buffer.removeAll()
            let room = UnsafeMutableRawBufferPointer(start: buffer.reserve(buffer.capacity), count: buffer.capacity)
            guard let read = try? file.read(at: offset, into: room) else { return nil }
            buffer.advance(read)
        }
        let first = Int(offset - start)
        return UnsafeRawBufferPointer(buffer.slice(first..<min(first + count, buffer.count)))
    }
}
