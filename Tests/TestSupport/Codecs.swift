import CZlib
import CZstd
import Foundation

/// Compressed bytes that their library refuses.
package struct CodecError: Error { let what: String }

/// Compresses bytes as a shard of this name is compressed: to one frame or member, or not at all.
package func encoded(_ bytes: [UInt8], for name: String) -> [UInt8] {
    if name.hasSuffix(".zst") { return zstdFrame(bytes) }
    if name.hasSuffix(".gz") { return gzipMember(bytes) }
    return bytes
}

/// Decodes all frames or members of a shard of this name.
package func decoded(_ bytes: [UInt8], for name: String) throws -> [UInt8] {
    if name.hasSuffix(".zst") { return try zstdDecoded(bytes) }
    if name.hasSuffix(".gz") { return try gzipDecoded(bytes) }
    return bytes
}

// MARK: zstd

/// Returns one frame, from the streaming interface of libzstd.
///
/// - Parameters:
///   - windowLog: the base-2 logarithm of the window; 0 stands for the level's own.
///   - isSized: whether the frame's header states the size of the content.
///   - hasChecksum: whether the frame ends with a checksum of the content.
package func zstdFrame(
    _ bytes: [UInt8], level: Int32 = 3, windowLog: Int32 = 0, isSized: Bool = true, hasChecksum: Bool = true,
    dictionary: [UInt8] = []
) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, hasChecksum ? 1 : 0)
    if isSized { ZSTD_CCtx_setPledgedSrcSize(context, UInt64(bytes.count)) }
    if !dictionary.isEmpty { ZSTD_CCtx_loadDictionary(context, dictionary, dictionary.count) }
    var out = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count) + 64)
    let size = bytes.withUnsafeBytes { source in
        out.withUnsafeMutableBytes { target in
            var source = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            var target = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
            if !isSized {
                // A flush first, so that the frame begins before its size is known.
                var none = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
                _ = ZSTD_compressStream2(context, &target, &none, ZSTD_e_flush)
            }
            while ZSTD_compressStream2(context, &target, &source, ZSTD_e_end) > 0 {}
            return target.pos
        }
    }
    return Array(out[..<size])
}

/// Returns a frame of one raw block, whose header asks for a window of this size.
package func zstdRawFrame(_ bytes: [UInt8], windowLog: UInt8) -> [UInt8] {
    let block = UInt32(bytes.count) << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD, 0x00, (windowLog - 10) << 3] + littleEndian(block).prefix(3) + bytes
}

/// Returns a skippable frame with a content of `count` bytes.
package func skippableFrame(_ count: Int, kind: UInt8 = 0) -> [UInt8] {
    [0x50 + kind, 0x2A, 0x4D, 0x18] + littleEndian(UInt32(count)) + (0..<count).map { UInt8(truncatingIfNeeded: $0) }
}

private func zstdDecoded(_ bytes: [UInt8]) throws -> [UInt8] {
    let context = ZSTD_createDCtx()
    defer { ZSTD_freeDCtx(context) }
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 31)
    var out: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 20)
    var position = 0
    var hint = 0
    repeat {
        var produced = 0
        hint = bytes.withUnsafeBytes { source in
            room.withUnsafeMutableBytes { target in
                var source = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: position)
                var target = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                let hint = ZSTD_decompressStream(context, &target, &source)
                position = source.pos
                produced = target.pos
                return hint
            }
        }
        if ZSTD_isError(hint) != 0 { throw CodecError(what: "zstd: \(String(cString: ZSTD_getErrorName(hint)))") }
        out += room[..<produced]
        if position == bytes.count && produced < room.count && hint > 0 { throw CodecError(what: "zstd: truncated") }
    } while position < bytes.count || hint > 0
    return out
}

// MARK: gzip

/// Returns one member.
package func gzipMember(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
        &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var bytes = bytes
    var out = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    let size = bytes.withUnsafeMutableBufferPointer { source in
        out.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            deflate(&stream, Z_FINISH)
            return target.count - Int(stream.avail_out)
        }
    }
    return Array(out[..<size])
}

private func gzipDecoded(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { inflateEnd(&stream) }
    var bytes = bytes
    let count = bytes.count
    var out: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 20)
    var code = Z_OK
    var position = 0
    repeat {
        let produced = bytes.withUnsafeMutableBufferPointer { source in
            room.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress.map { $0 + position }
                stream.avail_in = UInt32(count - position)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                code = inflate(&stream, Z_NO_FLUSH)
                position = count - Int(stream.avail_in)
                return target.count - Int(stream.avail_out)
            }
        }
        out += room[..<produced]
        if code == Z_STREAM_END && position < count {
            inflateReset(&stream)
        } else if code == Z_STREAM_END {
            return out
        }
        if code != Z_OK && code != Z_STREAM_END { throw CodecError(what: "gzip: zlib's code \(code)") }
    } while true
}

/// The bytes of a whole number, the lowest first.
package func littleEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
}
