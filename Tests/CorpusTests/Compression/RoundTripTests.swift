import TestSupport
import Testing

@testable import Basics
@testable import Corpus

@Suite struct RoundTripTests {
    @Test(arguments: Compression.allCases, 0..<40)
    func blocksOfAnySizeComeBackInReadsOfAnySize(_ compression: Compression, _ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let blocks = (0..<Int.random(in: 0...6, using: &generator)).map { block in
            let most = [0, 1, 100, 70_000, 400_000].randomElement(using: &generator)!
            return someText(Int.random(in: 0...most, using: &generator), seed: seed &* 100 &+ UInt64(block))
        }
        let encoded = try encode(blocks, compression, level: Int.random(in: -5...9, using: &generator))
        // Without any block the file is empty, which is not a valid compressed file.
        if encoded.isEmpty && compression != .none { return }
        let chunks = (0..<5).map { _ in Int.random(in: 1...200_000, using: &generator) }
        let folder = try TemporaryFolder()
        let decoded = try decode(folder.write(encoded, to: "shard"), compression, chunks: chunks)
        #expect(decoded.failure == nil)
        #expect(decoded.bytes == blocks.flatMap { $0 })
        #expect(decoded.compressedBytes == Int64(encoded.count))
        #expect(decoded.digest == encoded.withUnsafeBytes { Hash128($0) })
    }

    @Test(arguments: Compression.allCases)
    func readsMayBeOfOneByte(_ compression: Compression) throws {
        let text = someText(3000, seed: 1)
        let folder = try TemporaryFolder()
        let file = try folder.write(encode([text, [], text], compression), to: "shard")
        #expect(try decode(file, compression, chunks: [1]).bytes == text + text)
    }

    @Test(arguments: [-7, 1, 3, 5, 6, 9, 12, 15, 19], [Compression.zstd, .gzip])
    func aUsedEncoderWritesTheSameBytes(_ level: Int, _ compression: Compression) throws {
        // Every strategy of libzstd is used, with an encoder whose tables still hold data of other blocks.
        let blocks = (0..<5).map { someText([150_000, 3000, 0, 40, 300_000][$0], seed: UInt64($0)) }
        let fresh = try blocks.map { try encode([$0], compression, level: level) }
        for first in blocks.indices {
            let order = [first] + blocks.indices + blocks.indices.reversed()
            #expect(try encode(order.map { blocks[$0] }, compression, level: level) == order.flatMap { fresh[$0] })
        }
    }

    @Test(arguments: [Compression.zstd, .gzip])
    func anEmptyBlockIsAUnitOfItsOwn(_ compression: Compression) throws {
        let encoded = try encode([[]], compression)
        #expect(!encoded.isEmpty)
        let folder = try TemporaryFolder()
        let decoded = try decode(folder.write(encoded, to: "shard"), compression)
        #expect(decoded.failure == nil)
        #expect(decoded.bytes.isEmpty)
    }

    @Test(
        .enabled(if: hasCommand("zstd") && hasCommand("gzip")),
        arguments: [(Compression.zstd, "zstd"), (.gzip, "gzip")])
    func theSystemsToolsReadEncodedFiles(_ compression: Compression, _ tool: String) throws {
        let blocks = [someText(100_000, seed: 3), [], someText(5, seed: 4)]
        let outcome = try runCommand([tool, "-dc"], input: encode(blocks, compression))
        #expect(outcome.code == 0)
        #expect(outcome.output == blocks.flatMap { $0 })
    }

    @Test(
        .enabled(if: hasCommand("zstd") && hasCommand("gzip")),
        arguments: [(Compression.zstd, "zstd"), (.gzip, "gzip")])
    func filesOfTheSystemsToolsAreRead(_ compression: Compression, _ tool: String) throws {
        let text = someText(1_000_000, seed: 5)
        let folder = try TemporaryFolder()
        for level in ["-1", "-6", "-9"] {
            let file = try folder.write(runCommand([tool, "-c", level], input: text).output, to: "shard\(level)")
            #expect(try decode(file, compression, chunks: [77_777]).bytes == text)
        }
    }

    @Test func aZstdFrameSaysItsSizeAndHasAChecksum() throws {
        let frame = try encode([someText(1000, seed: 6)], .zstd)
        guard case .data(_, let size, let dictionary) = frame.withUnsafeBytes({ ZstdFrameHeader($0) }) else {
            Issue.record("no header")
            return
        }
        #expect(size == 1000)
        #expect(dictionary == 0)
        #expect(frame[4] & 4 != 0)
    }

    @Test func aGzipMemberNamesNoTimeAndNoSystem() throws {
        let member = try encode([someText(1000, seed: 6)], .gzip)
        #expect(member[..<8] == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
        #expect(member[9] == 255)
    }

    @Test func levelsOutOfRangeAreAUsageError() throws {
        #expect(Compression.levels(for: .zstd).contains(-100))
        #expect(Compression.levels(for: .zstd).upperBound == 22)
        let error = #expect(throws: Failure.self) { _ = try encode([], .zstd, level: 23) }
        #expect(error?.kind == .usage)
    }

    @Test func memoryGrowsWithTheLevelAndTheBlock() throws {
        func memory(_ level: Int, _ size: Int) throws -> Int {
            try BlockEncoder.memory(compression: .zstd, level: level, blockSize: size)
        }
        #expect(try memory(3, 1 << 20) < memory(19, 1 << 20))
        #expect(try memory(19, 1 << 16) < memory(19, 1 << 22))
        #expect(try BlockEncoder.memory(compression: .gzip, level: 9, blockSize: 1 << 20) < 1 << 20)
        #expect(try BlockEncoder.memory(compression: .none, level: 3, blockSize: 1 << 20) == 0)
    }
}
