package import Basics
internal import CZlib
internal import CZstd

/// Compresses the blocks of an output shard. Each block becomes an independent unit: a zstd frame with content size and
/// checksum, a gzip member, or the bytes themselves. The units concatenated are a valid file.
///
/// The result depends only on the block, the level and the version of the library, not on earlier blocks or the thread.
/// An empty block becomes a frame or member without content.
package struct BlockEncoder: ~Copyable, Sendable {
    enum Codec: ~Copyable, Sendable {
        case plain
        case zstd(ZstdEncoder)
        case gzip(GzipEncoder)
    }

    private let codec: Codec

    /// - Parameter level: a level in `Compression.levels(for:)`; for gzip it is clamped to 1...9.
    /// - Throws: a usage error for any other level; an error if memory runs out.
    package init(compression: Compression, level: Int = Compression.defaultLevel) throws(Failure) {
        let levels = Compression.levels(for: compression)
        guard levels.contains(level) else {
            throw .usage("no level \(level): the levels are \(levels.lowerBound) to \(levels.upperBound)")
        }
        codec =
            switch compression {
            case .none: .plain
            case .zstd: .zstd(try ZstdEncoder(level: level))
            case .gzip: .gzip(try GzipEncoder(level: min(max(level, 1), 9)))
            }
    }

    /// Appends `bytes` to `out` as one unit.
    package mutating func encode(_ bytes: UnsafeRawBufferPointer, into out: inout Buffer<UInt8>) throws(Failure) {
        switch codec {
        case .plain:
            bytes.withMemoryRebound(to: UInt8.self) { out.append(contentsOf: $0) }
        case .zstd(let encoder):
            try encoder.encode(bytes, into: &out)
        case .gzip(let encoder):
            try encoder.encode(bytes, into: &out)
        }
    }

    /// The memory in bytes that an encoder for blocks of up to `blockSize` bytes holds, without the blocks themselves.
    ///
    /// Measured by compressing a block of zeros: libzstd sizes its tables by the level and the size of the block.
    package static func memory(compression: Compression, level: Int, blockSize: Int) throws(Failure) -> Int {
        switch compression {
        case .none: return 0
        case .gzip: return 272 << 10  // zconf.h, for a window of 2^15 and memory level 8
        case .zstd:
            let encoder = try ZstdEncoder(level: level)
            let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
            defer { block.deallocate() }
            block.initializeMemory(as: UInt8.self, repeating: 0)
            var out = Buffer<UInt8>()
            try encoder.encode(UnsafeRawBufferPointer(block), into: &out)
            return encoder.memory
        }
    }
}

/// A zstd compression context that is reused for every block.
struct ZstdEncoder: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    init(level: Int) throws(Failure) {
        guard let context = ZSTD_createCCtx() else { throw Failure("out of memory for a zstd encoder") }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(clamping: level))
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    var memory: Int { ZSTD_sizeof_CCtx(context) }

    func encode(_ bytes: UnsafeRawBufferPointer, into out: inout Buffer<UInt8>) throws(Failure) {
        let bound = ZSTD_compressBound(bytes.count)
        let size = ZSTD_compress2(context, out.reserve(bound), bound, bytes.baseAddress, bytes.count)
        guard ZSTD_isError(size) == 0 else {
            throw Failure("cannot compress \(bytes.count) bytes: \(String(cString: ZSTD_getErrorName(size)))")
        }
        out.advance(size)
    }
}

/// A deflate stream that is reused for every block.
struct GzipEncoder: ~Copyable, @unchecked Sendable {
    /// Both are allocated on the heap because zlib's state holds pointers to them.
    private let stream: UnsafeMutablePointer<z_stream>
    private let header: UnsafeMutablePointer<gz_header>

    init(level: Int) throws(Failure) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        header = .allocate(capacity: 1)
        header.initialize(to: gz_header())
        header.pointee.os = 255  // unknown: the same bytes on every system
        let code = deflateInit2_(
            stream, Int32(level), Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw Failure("cannot start a gzip encoder: zlib's code \(code)") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        header.deallocate()
    }

    func encode(_ bytes: UnsafeRawBufferPointer, into out: inout Buffer<UInt8>) throws(Failure) {
        deflateReset(stream)
        deflateSetHeader(stream, header)
        // zlib counts in 32 bits, so a large block is passed in pieces.
        let most = 1 << 30
        var done = 0
        var code = Z_OK
        while code == Z_OK {
            let piece = min(bytes.count - done, most)
            let isLast = done + piece == bytes.count
            // zlib declares the pointer without const, but does not write through it.
            stream.pointee.next_in = bytes.baseAddress.map {
                UnsafeMutableRawPointer(mutating: $0 + done).assumingMemoryBound(to: UInt8.self)
            }
            stream.pointee.avail_in = UInt32(piece)
            let room = Int(deflateBound(stream, UInt(piece)))
            stream.pointee.next_out = out.reserve(room)
            stream.pointee.avail_out = UInt32(room)
            code = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            done += piece - Int(stream.pointee.avail_in)
            out.advance(room - Int(stream.pointee.avail_out))
        }
        guard code == Z_STREAM_END else { throw Failure("cannot compress \(bytes.count) bytes: zlib's code \(code)") }
    }
}
