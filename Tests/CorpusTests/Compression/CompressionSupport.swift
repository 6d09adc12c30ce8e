import CZstd
import Foundation

@testable import Basics
@testable import Corpus

/// A folder that is gone with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/corpus-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, and the folders above it; returns its path.
    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Bytes that compress as text does: words of a small vocabulary and some noise.
func someText(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(state: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 16)
    while bytes.count < count {
        let word = generator.next()
        let length = 1 + Int(word % 9)
        var letters = SeededGenerator(state: word % 500)
        for _ in 0..<length { bytes.append(UInt8(ascii: "a") + UInt8(letters.next() % 26)) }
        bytes.append(word % 31 == 0 ? UInt8(truncatingIfNeeded: word >> 32) : UInt8(ascii: " "))
    }
    return Array(bytes.prefix(count))
}

/// What a decoder gave of a file: its bytes, and the error it ended with.
struct Decoded {
    var bytes: [UInt8] = []
    var failure: Failure?
    var digest: Hash128?
    var compressedBytes: Int64 = 0
}

/// Decodes a file in reads of the given sizes, over and over.
func decode(
    _ path: String, _ compression: Compression, chunks: [Int] = [1 << 16], limit: WindowLimit = .none,
    beforeRead: (Int) throws -> Void = { _ in }
) throws -> Decoded {
    var decoded = Decoded()
    do throws(Failure) {
        var decoder = try ShardDecoder(path: path, compression: compression, name: "the/shard", windowLimit: limit)
        for read in 0... {
            do { try beforeRead(read) } catch { fatalError("\(error)") }
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: chunks[read % chunks.count], alignment: 1)
            defer { room.deallocate() }
            let count = try decoder.read(into: room)
            if count == 0 { break }
            decoded.bytes += room[..<count]
        }
        decoded.digest = decoder.digest
        decoded.compressedBytes = decoder.compressedBytes
    } catch {
        decoded.failure = error
    }
    return decoded
}

/// Encodes blocks with one encoder, one after the other.
func encode(_ blocks: [[UInt8]], _ compression: Compression, level: Int = 3) throws -> [UInt8] {
    var encoder = try BlockEncoder(compression: compression, level: level)
    var out = Buffer<UInt8>()
    for block in blocks {
        // Not inside the closure: the compiler (6.3) crashes on an error type between the two calls.
        var failure: Failure?
        block.withUnsafeBytes { bytes in
            do throws(Failure) { try encoder.encode(bytes, into: &out) } catch { failure = error }
        }
        if let failure { throw failure }
    }
    return Array(out.elements)
}

/// One frame from libzstd's streaming interface, which knows no content size.
func zstdStream(
    _ bytes: [UInt8], level: Int32 = 3, windowLog: Int32 = 0, checksum: Bool = true, pledge: Bool = false
) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0)
    if pledge { ZSTD_CCtx_setPledgedSrcSize(context, UInt64(bytes.count)) }
    var out = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count) + 64)
    let size = bytes.withUnsafeBytes { source in
        out.withUnsafeMutableBytes { target in
            var source = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            var target = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
            // A flush first, so that the frame begins before its size is known.
            if !pledge {
                var none = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
                _ = ZSTD_compressStream2(context, &target, &none, ZSTD_e_flush)
            }
            while ZSTD_compressStream2(context, &target, &source, ZSTD_e_end) > 0 {}
            return target.pos
        }
    }
    return Array(out[..<size])
}

/// A skippable frame with this many bytes in it.
func skippableFrame(_ count: Int, kind: UInt8 = 0) -> [UInt8] {
    let size = (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    return [0x50 + kind, 0x2A, 0x4D, 0x18] + size + (0..<count).map { UInt8(truncatingIfNeeded: $0) }
}

/// Runs a command of the system over some input; returns its output and exit code.
func run(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws -> (output: [UInt8], status: Int32) {
    let folder = try TemporaryFolder()
    let source = try folder.write(input, to: "in")
    let target = try folder.write([], to: "out")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: source))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (Array(try Data(contentsOf: URL(fileURLWithPath: target))), process.terminationStatus)
}

/// Whether the system has a command.
func has(_ tool: String) -> Bool {
    (try? run(tool, ["--version"]))?.status == 0
}
