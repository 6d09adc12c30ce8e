import CZstd
import TestSupport
import Testing

@testable import Basics
@testable import Corpus

@Suite struct ZstdDecoderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func decoded(_ bytes: [UInt8], limit: WindowLimit = .none, chunks: [Int] = [1 << 16]) throws -> Decoded {
        try decode(folder.write(bytes, to: "shard"), .zstd, chunks: chunks, limit: limit)
    }

    @Test func manySmallFramesAreDecoded() throws {
        let lines = (0..<5000).map { someText(Int($0 % 90), seed: $0) }
        #expect(try decoded(encode(lines, .zstd), chunks: [4096, 1, 50_000]).bytes == lines.flatMap { $0 })
    }

    @Test func framesOfUnknownSizeAndWithoutAChecksumAreDecoded() throws {
        let text = someText(700_000, seed: 1)
        let file =
            zstdFrame(text, isSized: false) + zstdFrame(text, isSized: false, hasChecksum: false)
            + zstdFrame([], isSized: false) + zstdFrame(text)
        #expect(file.withUnsafeBytes { ZstdFrameHeader($0) } == .data(window: 2 << 20, contentSize: nil, dictionary: 0))
        #expect(try decoded(file).bytes == text + text + text)
    }

    @Test func skippableFramesAreSkipped() throws {
        let text = someText(1000, seed: 2)
        let frame = try encode([text], .zstd)
        let file = skippableFrame(0) + frame + skippableFrame(600_000, kind: 15) + frame + skippableFrame(3)
        #expect(try decoded(file).bytes == text + text)
        let none = try decoded(skippableFrame(10))
        #expect(none.failure == nil && none.bytes.isEmpty)
    }

    @Test(arguments: [10, 17, 20, 23, 27, 30, 31])
    func windowsUpTo2GiBAreDecoded(_ log: Int32) throws {
        let text = someText(300_000, seed: 3)
        let file = zstdFrame(text, level: 1, windowLog: log, isSized: false)
        #expect(
            file.withUnsafeBytes { ZstdFrameHeader($0) } == .data(window: 1 << log, contentSize: nil, dictionary: 0))
        let whole = try decoded(file)
        #expect(whole.failure == nil)
        #expect(whole.bytes == text)

        // A window needs memory only for the part that is filled, so a window of 2 GiB needs no more than its content.
        let enough = WindowLimit(bytes: min(1 << log, text.count)) { _ in "" }
        #expect(try decoded(file, limit: enough).bytes == text)
        let before = try encode([Array(text[..<90_000])], .zstd)
        for chunk in [1000, 1 << 16] {
            let limit = WindowLimit(bytes: 100_000) { "it needs --memory at least \($0 * 2)" }
            let refused = try decoded(before + file, limit: limit, chunks: [chunk])
            if log < 17 {
                #expect(refused.failure == nil)
                continue
            }
            // The content before the refused frame is decoded.
            #expect(refused.bytes.count > before.count && (text[..<90_000] + text).starts(with: refused.bytes))
            #expect(
                refused.failure?.message
                    == "the/shard: a zstd frame with too large a window at byte \(before.count) of the file: "
                    + "its window takes \(sizeText(1 << log)) of memory, the limit is 100000 bytes; "
                    + "it needs --memory at least \(2 << log)")
            #expect(refused.failure?.kind == .data)
        }
    }

    @Test func aFrameIsNoLargerThanItsContent() throws {
        // The frame states the size of its content, 1000 bytes. Its window may be 128 MiB (`--ultra -22`), but 1000
        // bytes suffice.
        let text = someText(1000, seed: 4)
        let file = zstdFrame(text, level: 22, windowLog: 31)
        let limit = WindowLimit(bytes: 1000) { _ in "" }
        #expect(try decoded(file, limit: limit).bytes == text)
    }

    @Test func windowsBeyondLibzstdAreRefused() throws {
        // Window descriptors for 2^31 bytes and an eighth, and for the largest window of the format.
        for (descriptor, size) in [(UInt8(21 << 3 | 1), "2304 MiB"), (31 << 3 | 7, "3840 GiB")] {
            let file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, descriptor, 1, 0, 0]
            let failure = try #require(try decoded(file).failure)
            #expect(failure.message.contains("its window is \(size), libzstd decodes up to 2 GiB"))
        }
    }

    @Test func aNamedDictionaryIsAskedFor() throws {
        let file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 0, 1, 0, 0]
        let failure = try #require(try decoded(file).failure)
        #expect(
            failure.message.contains("needs a dictionary at byte 0 of the file: it was compressed with dictionary 7"))
    }

    @Test func anEmptyFileIsAnError() throws {
        let failure = try #require(try decoded([]).failure)
        #expect(failure.message.hasPrefix("the/shard: no zstd frame at byte 0 of the file: the file is empty"))
    }

    @Test func otherFormatsAreNamed() throws {
        let text = someText(1000, seed: 5)
        #expect(try decoded(text).failure?.message.contains("the bytes are not zstd") == true)
        #expect(try decoded([0x25, 0xB5, 0x2F, 0xFD, 0, 0]).failure?.message.contains("before 0.8") == true)
    }

    @Test(arguments: [
        [0], [0, 0, 0, 0, 0], [0x28, 0xB5], [0x28, 0xB5, 0x2F, 0xFC], [0x51], Array("trailing\n".utf8),
    ])
    func trailingBytesAreAnError(_ trailing: [UInt8]) throws {
        let text = someText(1000, seed: 6)
        let frame = try encode([text], .zstd)
        let decoded = try decoded(frame + trailing)
        #expect(decoded.bytes == text)
        #expect(decoded.failure?.message.contains("at byte \(frame.count) of the file") == true)
    }

    @Test(arguments: [false, true])
    func aCutAnywhereIsAnErrorUnlessBetweenFrames(_ isStreamed: Bool) throws {
        let texts = [someText(300, seed: 7), [], someText(40, seed: 8)]
        let frames =
            try texts.map { isStreamed ? zstdFrame($0, isSized: false) : try encode([$0], .zstd) } + [skippableFrame(9)]
        var borders: [Int: [UInt8]] = [:]
        var file: [UInt8] = []
        var content: [UInt8] = []
        for (index, frame) in frames.enumerated() {
            file += frame
            if index < texts.count { content += texts[index] }
            borders[file.count] = content
        }
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

    @Test(arguments: [false, true])
    func aFlippedBitAnywhereIsAnErrorOrHarmless(_ isStreamed: Bool) throws {
        let text = someText(300, seed: 9)
        let file = isStreamed ? zstdFrame(text, isSized: false) : try encode([text], .zstd)
        var harmless = 0
        for bit in 0..<file.count * 8 {
            var flipped = file
            flipped[bit / 8] ^= 1 << (bit % 8)
            let decoded = try decoded(flipped, limit: WindowLimit(bytes: 8 << 20) { _ in "" })
            if decoded.failure == nil { harmless += 1 }
            #expect(decoded.failure != nil || decoded.bytes == text, "bit \(bit)")
        }
        // Harmless flips change, for example, the window, an unused bit, or whether the size of the content is stated.
        #expect(harmless < 24)
    }

    @Test func aWrongChecksumIsNamed() throws {
        var file = try encode([someText(300, seed: 10)], .zstd)
        let start = file.count
        file += file
        file[file.count - 1] ^= 1
        let message = try #require(try decoded(file).failure).message
        #expect(
            message.hasPrefix("the/shard: a zstd frame with a wrong checksum at byte \(start) of the file: decoding "))
        #expect(message.contains(String(cString: ZSTD_getErrorString(ZSTD_error_checksum_wrong))))
    }

    @Test func theEstimatedMemoryOfADecoderIsEnough() throws {
        let context = ZSTD_createDCtx()
        defer { ZSTD_freeDCtx(context) }
        let file = zstdFrame(someText(1_000_000, seed: 11), windowLog: 23, isSized: false)
        var room = [UInt8](repeating: 0, count: 1000)
        file.withUnsafeBytes { source in
            room.withUnsafeMutableBytes { target in
                var source = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var target = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                _ = ZSTD_decompressStream(context, &target, &source)
            }
        }
        let taken = ZSTD_sizeof_DCtx(context) + CompressedInput.bufferSize
        #expect(taken > 8 << 20)
        #expect(taken <= ShardDecoder.memory(window: 8 << 20))
    }

    /// Compares the header reader with libzstd on the same bytes.
    @Test(arguments: 0..<300)
    func headersOfRealFramesAreRead(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sizes = [0, 1, 200, 255, 256, 257, 65_791, 65_792, 100_000, 400_000]
        let text = [UInt8](repeating: 65, count: sizes.randomElement(using: &generator)!)
        let log = Int32.random(in: 10...27, using: &generator)
        let frame = zstdFrame(text, windowLog: log)
        let size = frame.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        guard case .data(let window, let contentSize, 0) = frame.withUnsafeBytes({ ZstdFrameHeader($0) }) else {
            Issue.record("no header")
            return
        }
        #expect(contentSize == size)
        #expect(window == (1 << log >= text.count ? UInt64(text.count) : 1 << log))
        for cut in 0..<ZstdFrameHeader.longest where cut < 5 {
            #expect(frame[..<cut].withUnsafeBytes { ZstdFrameHeader($0) } == .incomplete)
        }
    }

    @Test func headersOfAnyBytesAreReadAsByLibzstd() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<20_000 {
            let noise = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let bytes = [0x28, 0xB5, 0x2F, 0xFD] + noise
            let size = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
            // Libzstd has two special values: the size is unknown (2^64 - 1), or there is an error (2^64 - 2).
            guard size < UInt64.max - 1 else { continue }
            let header = bytes.withUnsafeBytes { ZstdFrameHeader($0) }
            guard case .data(_, let contentSize, _) = header else {
                Issue.record("\(bytes) is \(header)")
                continue
            }
            #expect(contentSize == size)
        }
    }
}
