import CZstd
import Foundation
import TestSupport

@testable import Basics
@testable import Corpus

/// Returns text-like bytes that compress well: words from a small vocabulary, with some noise.
func someText(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 16)
    while bytes.count < count {
        let word = generator.next()
        let length = 1 + Int(word % 9)
        var letters = SeededGenerator(seed: word % 500)
        for _ in 0..<length { bytes.append(UInt8(ascii: "a") + UInt8(letters.next() % 26)) }
        bytes.append(word % 31 == 0 ? UInt8(truncatingIfNeeded: word >> 32) : UInt8(ascii: " "))
    }
    return Array(bytes.prefix(count))
}

/// The result of decoding a file: its bytes, and the error at its end.
struct Decoded {
    var bytes: [UInt8] = []
    var failure: Failure?
    var digest: Hash128?
    var compressedBytes: Int64 = 0
}

/// Decodes a file in reads of the given sizes, in turn.
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
        // The error is passed outside the closure, because the compiler (6.3) crashes on a typed error here.
        var failure: Failure?
        block.withUnsafeBytes { bytes in
            do throws(Failure) { try encoder.encode(bytes, into: &out) } catch { failure = error }
        }
        if let failure { throw failure }
    }
    return Array(out.elements)
}
