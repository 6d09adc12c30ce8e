import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Corpus

@Suite struct ShardDecoderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func anEmptyPlainFileIsAnEmptyShard() throws {
        let decoded = try decode(folder.write([], to: "shard"), .none)
        #expect(decoded.failure == nil && decoded.bytes.isEmpty)
    }

    @Test(arguments: Compression.allCases)
    func aFileThatGrowsWhileItIsReadIsAnError(_ compression: Compression) throws {
        let text = (0..<5).flatMap { _ in (0..<400_000).map { _ in UInt8.random(in: 0...255) } }
        let file = try folder.write(encode([text], compression), to: "shard")
        let more = try encode([someText(100, seed: 2)], compression)
        let decoded = try decode(file, compression, chunks: [100_000]) { read in
            guard read == 1 else { return }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(more))
            try handle.close()
        }
        let message = try #require(decoded.failure).message
        #expect(message.hasPrefix("the/shard: the file changed while it was read at byte "))
        #expect(message.contains(" bytes when it was opened and has "))
    }

    @Test(arguments: Compression.allCases)
    func aFileThatShrinksWhileItIsReadIsAnError(_ compression: Compression) throws {
        let text = (0..<2_000_000).map { _ in UInt8.random(in: 0...255) }
        let file = try folder.write(encode([text], compression), to: "shard")
        let decoded = try decode(file, compression, chunks: [100_000]) { read in
            guard read == 1 else { return }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.truncate(atOffset: 1_000_000)
            try handle.close()
        }
        #expect(decoded.failure?.message.contains("changed while it was read") == true)
    }

    @Test(arguments: Compression.allCases)
    func aFileThatIsWrittenToWhileItIsReadIsAnError(_ compression: Compression) throws {
        let file = try folder.write(encode([someText(100_000, seed: 3)], compression), to: "shard")
        let decoded = try decode(file, compression, chunks: [1000]) { read in
            guard read == 1 else { return }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: file)
        }
        #expect(decoded.failure?.message.contains("it was written to; run again") == true)
    }

    @Test(arguments: [Compression.zstd, .gzip])
    func anErrorComesAfterTheBytesBeforeItAndStays(_ compression: Compression) throws {
        let text = someText(1000, seed: 4)
        let file = try folder.write(encode([text], compression) + [1, 2, 3], to: "shard")
        var decoder = try ShardDecoder(path: file, compression: compression, name: "s")
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2000, alignment: 1)
        defer { room.deallocate() }
        #expect(try decoder.read(into: room) == 1000)
        for _ in 0..<2 {
            do {
                _ = try decoder.read(into: room)
                Issue.record("no error")
            } catch {
                #expect(error.message.contains("trailing bytes"))
            }
        }
    }

    @Test func theEndStaysTheEnd() throws {
        let file = try folder.write(encode([[1, 2, 3]], .zstd), to: "shard")
        var decoder = try ShardDecoder(path: file, compression: .zstd, name: "s")
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
        defer { room.deallocate() }
        #expect(try decoder.read(into: room) == 3)
        #expect(try decoder.read(into: room) == 0)
        #expect(try decoder.read(into: room) == 0)
        #expect(decoder.compressedBytes == decoder.status.size)
    }

    @Test func aPathThatIsNoFileIsAnError() throws {
        #expect(try decode(folder.path + "/none", .none).failure?.message.hasPrefix("cannot open") == true)
        #expect(try decode(folder.path, .zstd).failure?.message.contains("it is a folder") == true)
    }
}
