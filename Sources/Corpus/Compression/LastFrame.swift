package import Basics
internal import CZlib
internal import CZstd

/// The last frame of a file that a `BlockEncoder` wrote, and its content. When lines are appended to the file, this
/// frame is replaced by one that holds the old content and the new lines.
package struct LastFrame: ~Copyable {
    /// The offset of the frame in the file.
    package let start: Int64
    /// The decoded content of the frame.
    package let content: Buffer<UInt8>

    /// - Parameters:
    ///   - path: a file that consists of zstd frames with a known content size, or of gzip members.
    ///   - compression: the compression of the file; not `none`, which has no frames.
    /// - Throws: if the file cannot be read, or does not consist of such frames.
    package static func read(from path: String, _ compression: Compression) throws(Failure) -> LastFrame {
        let file = try File(path, .read)
        let size = Int(clamping: try file.status().size)
        guard size > 0, compression != .none else { throw damaged(path) }
        let mapping = try Mapping(file, at: 0, count: size)
        switch compression {
        case .zstd: if let frame = lastZstdFrame(mapping.bytes) { return frame }
        case .gzip: if let member = lastGzipMember(mapping.bytes) { return member }
        case .none: break
        }
        throw damaged(path)
    }

    private static func damaged(_ path: String) -> Failure {
        Failure(
            "\(path): damaged: it does not end with a complete frame; restore it, or rewrite the output with "
                + Parameter.replace.description)
    }

    private static func lastZstdFrame(_ bytes: UnsafeRawBufferPointer) -> LastFrame? {
        var start = 0
        var next = 0
        while next < bytes.count {
            let length = ZSTD_findFrameCompressedSize(bytes.baseAddress! + next, bytes.count - next)
            if ZSTD_isError(length) != 0 || length == 0 { return nil }
            start = next
            next += length
        }
        let size = ZSTD_getFrameContentSize(bytes.baseAddress! + start, bytes.count - start)
        // The values that libzstd returns for "unknown" and "error" are far larger than a block.
        guard size <= UInt64(UInt32.max) else { return nil }
        var content = Buffer<UInt8>()
        let read = ZSTD_decompress(
            content.reserve(max(1, Int(size))), Int(size), bytes.baseAddress! + start, bytes.count - start)
        guard ZSTD_isError(read) == 0, read == Int(size) else { return nil }
        content.advance(read)
        return LastFrame(start: Int64(start), content: content)
    }

    private static func lastGzipMember(_ bytes: UnsafeRawBufferPointer) -> LastFrame? {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer {
            inflateEnd(stream)
            stream.deallocate()
        }
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        let room = 1 << 20
        var start = 0
        var next = 0
        var content = Buffer<UInt8>()
        while next < bytes.count {
            start = next
            content.removeAll()
            inflateReset(stream)
            var code = Z_OK
            while code == Z_OK {
                let input = min(bytes.count - next, 1 << 30)
                // zlib declares the pointer without const, but does not write through it.
                stream.pointee.next_in = UnsafeMutableRawPointer(mutating: bytes.baseAddress! + next)
                    .assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_in = UInt32(input)
                stream.pointee.next_out = content.reserve(room)
                stream.pointee.avail_out = UInt32(room)
                code = inflate(stream, Z_NO_FLUSH)
                next += input - Int(stream.pointee.avail_in)
                content.advance(room - Int(stream.pointee.avail_out))
            }
            guard code == Z_STREAM_END else { return nil }
        }
        return LastFrame(start: Int64(start), content: content)
    }
}
