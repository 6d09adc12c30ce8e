import TestSupport
import Testing

@testable import Basics
@testable import Corpus

@Suite struct GzipDecoderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func decoded(_ bytes: [UInt8], chunks: [Int] = [1 << 16]) throws -> Decoded {
        try decode(folder.write(bytes, to: "shard"), .gzip, chunks: chunks)
    }

    @Test func manyMembersAreDecoded() throws {
        let lines = (0..<3000).map { someText(Int($0 % 90), seed: $0) }
        #expect(try decoded(encode(lines, .gzip), chunks: [4096, 1, 50_000]).bytes == lines.flatMap { $0 })
    }

    @Test func headersMayHaveEveryField() throws {
        let text = someText(500, seed: 1)
        let member = try encode([text], .gzip)
        // The header has an extra field, a name and a comment.
        let header: [UInt8] = [0x1F, 0x8B, 8, 4 | 8 | 16, 1, 2, 3, 4, 0, 3, 2, 0, 9, 9] + Array("name\0comment\0".utf8)
        #expect(try decoded(header + member[10...]).bytes == text)
        // The header has a checksum, which is wrong.
        let checked: [UInt8] = [0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF]
        #expect(try decoded(checked + member[10...]).failure?.message.contains("header crc mismatch") == true)
    }

    @Test func zerosAtTheEndArePadding() throws {
        let text = someText(500, seed: 2)
        let member = try encode([text], .gzip)
        for count in [1, 2, 511, 600_000] {
            let decoded = try decoded(member + [UInt8](repeating: 0, count: count))
            #expect(decoded.failure == nil && decoded.bytes == text)
            #expect(decoded.compressedBytes == Int64(member.count + count))
        }
    }

    @Test(arguments: [[1], [0, 0, 1], [0x1F, 0x8C], Array("trailing\n".utf8)])
    func otherTrailingBytesAreAnError(_ trailing: [UInt8]) throws {
        let text = someText(500, seed: 3)
        let member = try encode([text], .gzip)
        let decoded = try decoded(member + trailing)
        #expect(decoded.bytes == text)
        #expect(decoded.failure?.message.hasPrefix("the/shard: trailing bytes at byte \(member.count) of the") == true)
        // As in gzip, a member after padding is an error.
        #expect(try self.decoded(member + [0, 0] + member).failure != nil)
    }

    @Test func anEmptyFileIsAnError() throws {
        let failure = try #require(try decoded([]).failure)
        #expect(failure.message.hasPrefix("the/shard: no gzip member at byte 0 of the file: the file is empty"))
    }

    @Test func otherFormatsAreNamed() throws {
        let text = someText(1000, seed: 4)
        #expect(try decoded(text).failure?.message.contains("the bytes are not gzip") == true)
        #expect(try decoded(encode([text], .zstd)).failure?.message.contains("not gzip") == true)
    }

    @Test func aCutAnywhereIsAnErrorUnlessBetweenMembers() throws {
        let texts = [someText(300, seed: 5), [], someText(40, seed: 6)]
        let members = try texts.map { try encode([$0], .gzip) }
        let file = members.flatMap { $0 }
        var borders: [Int: [UInt8]] = [:]
        for count in 1...3 { borders[members[..<count].joined().count] = Array(texts[..<count].joined()) }
        for cut in 0...file.count {
            let decoded = try decoded(Array(file[..<cut]), chunks: [64])
            if let content = borders[cut] {
                #expect(decoded.failure == nil && decoded.bytes == content, "cut at \(cut)")
            } else {
                #expect(decoded.failure?.message.contains("of the file: the file") == true, "cut at \(cut)")
                #expect(texts.flatMap { $0 }.starts(with: decoded.bytes))
            }
        }
    }

    @Test func aFlippedBitAnywhereIsAnErrorOrHarmless() throws {
        let text = someText(300, seed: 7)
        let file = try encode([text], .gzip)
        for bit in 0..<file.count * 8 {
            var flipped = file
            flipped[bit / 8] ^= 1 << (bit % 8)
            let decoded = try decoded(flipped)
            // The flags, the time, the hints and the system in the header have no checksum. Neither have the unused
            // bits of the last byte.
            let isUnchecked = 3..<10 ~= bit / 8 || bit / 8 == file.count - 9
            #expect(isUnchecked || decoded.failure != nil, "bit \(bit)")
            #expect(decoded.failure != nil || decoded.bytes == text, "bit \(bit)")
        }
    }

    @Test func aWrongChecksumIsNamed() throws {
        var file = try encode([someText(300, seed: 8)], .gzip)
        let start = file.count
        file += file
        file[file.count - 5] ^= 1
        let message = try #require(try decoded(file).failure).message
        #expect(message.hasPrefix("the/shard: a corrupt gzip member at byte \(start) of the file: decoding stopped at"))
        #expect(message.contains("incorrect data check"))
    }
}
