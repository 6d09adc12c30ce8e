import Foundation
import TestSupport
import Testing

/// Frames and members of every kind, and damaged files.
@Suite struct CompressionTests {
    static let lines = documents("d", 40, seed: 1)
    static let content = Array(lines.map { $0 + "\n" }.joined().utf8)
    /// The lines that a run keeps.
    static let kept: [UInt8] = Array(
        lines.enumerated().filter { $0.offset % 5 != 4 }.map { $0.element + "\n" }.joined().utf8)

    private static func parts(_ count: Int) -> [[UInt8]] {
        let size = content.count / count + 1
        return stride(from: 0, to: content.count, by: size).map { Array(content[$0..<min(content.count, $0 + size)]) }
    }

    // MARK: Whole files

    static let zstdFiles: [(name: String, bytes: [UInt8])] = [
        ("one frame", zstdFrame(content)), ("of unknown size", zstdFrame(content, isSized: false)),
        ("of the highest level", zstdFrame(content, level: 22)), ("of a negative level", zstdFrame(content, level: -7)),
        ("many frames, lines across them", parts(37).flatMap { zstdFrame($0) }),
        ("a frame of nothing first", zstdFrame([]) + zstdFrame(content)),
        ("a frame of nothing last", zstdFrame(content) + zstdFrame([], isSized: false)),
        (
            "skippable frames",
            skippableFrame(0) + skippableFrame(5, kind: 15)
                + parts(3).flatMap { zstdFrame($0) + skippableFrame(1000, kind: 7) } + skippableFrame(300_000)
        ),
        ("raw blocks", parts(3).flatMap { zstdRawFrame($0, windowLog: 17) }),
        ("a large window for little content", zstdFrame(content, windowLog: 27)),
    ]

    @Test(arguments: zstdFiles.indices, ["256M", "2G"])
    func zstdFilesOfAllKindsAreRead(_ file: Int, _ memory: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.zstdFiles[file].bytes, to: "in/a.jsonl.zst")
        expectSuccess(try dedup("run", "in", "--out", "out", "--memory", memory, in: folder.path))
        #expect(try folder.decoded("out/a.jsonl.zst") == Self.kept, "\(Self.zstdFiles[file].name)")
    }

    static let gzipFiles: [(name: String, bytes: [UInt8])] = [
        ("one member", gzipMember(content)), ("many members", parts(37).flatMap { gzipMember($0) }),
        ("members of nothing", gzipMember([]) + gzipMember(content) + gzipMember([])),
        ("zeros at the end", gzipMember(content) + [UInt8](repeating: 0, count: 700)),
    ]

    @Test(arguments: gzipFiles.indices)
    func gzipFilesOfAllKindsAreRead(_ file: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.gzipFiles[file].bytes, to: "in/a.jsonl.gz")
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(try folder.decoded("out/a.jsonl.gz") == Self.kept, "\(Self.gzipFiles[file].name)")
    }

    @Test func aFileOfSkippableFramesIsAnEmptyShard() throws {
        let folder = try TemporaryFolder()
        try folder.write(skippableFrame(9), to: "in/a.jsonl.zst")
        expectSuccess(try dedup("run", "in", "--out", "out", in: folder.path))
        #expect(folder.shards() == ["a.jsonl.zst"])
    }

    @Test(arguments: ["-5", "1", "19", "22"], ["a.jsonl.zst", "a.jsonl.gz", "a.jsonl"])
    func everyLevelIsWritten(_ level: String, _ name: String) throws {
        #expect(try written(name, Self.content, "--level", level) == Self.kept)
    }

    // MARK: Windows

    @Test(.enabled(if: Sanitizer.active == nil), arguments: [UInt8(27), 28, 31])
    func aLargeWindowForLittleContentTakesLittleMemory(_ log: UInt8) throws {
        // The window in the header is large, but the decoder needs no more memory than the content.
        let bytes =
            log == 27
            ? zstdFrame(Self.content, windowLog: 27, isSized: false) : zstdRawFrame(Self.content, windowLog: log)
        let folder = try TemporaryFolder()
        try folder.write(bytes + zstdFrame(Self.content), to: "in/a.jsonl.zst")
        expectSuccess(try dedup("run", "in", "--out", "out", "--memory", "256M", in: folder.path))
        #expect(try folder.decoded("out/a.jsonl.zst") == Self.kept)
        #expect(try folder.report().run.peakMemory < 1 << 30)
    }

    @Test(.enabled(if: Sanitizer.active == nil)) func aLargeWindowThatIsFilledNeedsMoreMemory() throws {
        // The content has 96 MB, more than an eighth of the memory setting, and the window holds all of it.
        let more = String(repeating: "x", count: 1 << 20)
        let lines = (0..<96).map { "{\"id\":\($0),\"text\":\"\(text($0 * 100))\",\"more\":\"\(more)\"}\n" }
        let frame = zstdFrame(Array(lines.joined().utf8), level: 1, windowLog: 27, isSized: false)
        try expectStopped(
            at: "m.jsonl.zst", frame, "--memory", "256M", "--quiet", naming: "too large a window at byte 0",
            "its window takes 128 MiB of memory", "it needs --memory 384M")
        let folder = try TemporaryFolder()
        try folder.write(frame, to: "in/a.jsonl.zst")
        expectSuccess(try dedup("run", "in", "--out", "out", "--memory", "512M", in: folder.path))
        #expect(try folder.report().corpus.documents == 96)
    }

    @Test func aWindowBeyondAnyDecoderIsRefused() throws {
        try expectStopped(
            at: "m.jsonl.zst", zstdRawFrame(Self.content, windowLog: 40), naming: "too large a window at byte 0",
            "--long=31")
    }

    // MARK: Damaged files

    @Test(arguments: ["m.jsonl.zst", "m.jsonl.gz"])
    func aTruncatedFileStopsTheRun(_ name: String) throws {
        let first = encoded(Self.parts(2)[0], for: name)
        let whole = first + encoded(Self.parts(2)[1], for: name)
        let second = whole.count - first.count
        // The cuts are in the header, the blocks and the checksum of the first and of the last frame or member.
        for cut in [1, 3, 5, 7, first.count / 2, first.count - 3, first.count - 1] {
            try expectStopped(at: name, Array(whole[..<cut]), naming: "truncated", "at byte 0 of the file")
        }
        for cut in [1, 4, second / 2, second - 1] {
            try expectStopped(
                at: name, Array(whole[..<(first.count + cut)]), naming: "truncated",
                "at byte \(first.count) of the file")
        }
    }

    @Test func aTruncatedSkippableFrameStopsTheRun() throws {
        let frame = zstdFrame(Self.content)
        for cut in [2, 6, 8, 500] {
            try expectStopped(
                at: "m.jsonl.zst", frame + skippableFrame(1000)[..<cut], naming: "truncated", "at byte \(frame.count)")
        }
    }

    @Test(arguments: ["m.jsonl.zst", "m.jsonl.gz"])
    func aFlippedBitStopsTheRun(_ name: String) throws {
        let first = encoded(Self.parts(2)[0], for: name)
        let second = encoded(Self.parts(2)[1], for: name)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<6 {
            // Flips a bit of the data or of the checksum. Some bits of a header have no effect, so the header is left
            // out.
            var damaged = second
            damaged[Int.random(in: 12..<second.count, using: &generator)] ^=
                1 << UInt8.random(in: 0..<8, using: &generator)
            // The damaged frame may decode to text that is not JSON. Then that is the first error; in any case the run
            // stops.
            try expectStopped(at: name, first + damaged)
            try expectStopped(
                at: name, first + damaged, "--on-bad-line", "drop", naming: "at byte \(first.count) of the file",
                "again")
        }
    }

    @Test func aWrongChecksumStopsTheRun() throws {
        var frame = zstdFrame(Self.content)
        frame[frame.count - 1] ^= 1
        try expectStopped(at: "m.jsonl.zst", frame, naming: "wrong checksum at byte 0")
        for place in [1, 5] {
            // The checksum of the content, and its size.
            var member = gzipMember(Self.content)
            member[member.count - place] ^= 1
            try expectStopped(at: "m.jsonl.gz", member, naming: "corrupt gzip member at byte 0", "incorrect")
        }
    }

    @Test func aReservedBlockTypeStopsTheRun() throws {
        var frame = zstdRawFrame(Self.content, windowLog: 20)
        frame[6] |= 6
        try expectStopped(at: "m.jsonl.zst", frame, naming: "corrupt zstd frame at byte 0")
    }

    @Test(arguments: ["m.jsonl.zst", "m.jsonl.gz"])
    func trailingGarbageStopsTheRun(_ name: String) throws {
        let whole = encoded(Self.content, for: name)
        for garbage in ["garbage", "\n", "{\"text\":\"ab\"}\n"] {
            try expectStopped(at: name, whole + garbage, naming: "trailing bytes at byte \(whole.count) of the file")
        }
    }

    @Test(arguments: ["m.jsonl.zst", "m.jsonl.gz"])
    func anEmptyCompressedFileStopsTheRun(_ name: String) throws {
        try expectStopped(at: name, [], naming: "empty")
    }

    @Test func otherFormatsStopTheRun() throws {
        try expectStopped(at: "m.jsonl.zst", [0, 1, 2, 3, 4, 5], naming: "not zstd")
        try expectStopped(at: "m.jsonl.gz", [0, 1, 2, 3, 4, 5], naming: "not gzip")
    }

    @Test func aFrameThatNeedsADictionaryStopsTheRun() throws {
        let named: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x50, 42, 0x01, 0x00, 0x00]
        try expectStopped(
            at: "m.jsonl.zst", named, naming: "needs a dictionary at byte 0", "dictionary 42", "without one")
        // The dictionary has no id, so the frame does not say that it needs one, but it cannot be decoded without it.
        let frame = zstdFrame(Self.content, dictionary: Self.content)
        try expectStopped(at: "m.jsonl.zst", frame, naming: "corrupt zstd frame at byte 0")
    }

    // MARK: zstd's golden files

    private static let hasZstd = (try? shell("zstd --version"))?.code == 0
    private static let validFiles =
        Shared.items("data/zstd/tests/golden-decompression").filter { $0.hasSuffix(".zst") }
    private static let invalidFiles =
        Shared.items("data/zstd/tests/golden-decompression-errors").filter { $0.hasSuffix(".zst") }

    @Test(.enabled(if: hasZstd && !validFiles.isEmpty, "no golden files, or no zstd"), arguments: validFiles)
    func goldenFilesAreReadAsZstdReadsThem(_ path: String) throws {
        let frame = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let expected = try shell("zstd -dc '\(path)'")
        let folder = try TemporaryFolder()
        // A blank line follows, so that the output is not a plain copy.
        try folder.write(frame + zstdFrame(Array("\n\n\(Self.lines[0])\n".utf8)), to: "in/a.jsonl.zst")
        let outcome = try dedup("run", "in", "--out", "out", "--on-bad-line", "keep", in: folder.path)
        if expected.code == 0 {
            expectSuccess(outcome)
            let lines = expected.output.split(separator: UInt8(ascii: "\n")).map { Array($0) + "\n" }
            #expect(try folder.decoded("out/a.jsonl.zst") == lines.flatMap { $0 } + "\(Self.lines[0])\n")
        } else {
            expectFailure(outcome, 1, naming: "a.jsonl.zst", "corrupt zstd frame at byte 0")
        }
    }

    @Test(.enabled(if: !invalidFiles.isEmpty, "no golden files"), arguments: invalidFiles)
    func goldenErrorsStopTheRun(_ path: String) throws {
        // Some versions of libzstd decode these files; the result is not JSON, so the run stops too.
        try expectStopped(at: "m.jsonl.zst", Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    @Test(arguments: Shared.items("data/zstd/tests/golden-compression"), ["a.jsonl.zst", "a.jsonl.gz"])
    func goldenContentsPassThrough(_ path: String, _ name: String) throws {
        // The lines are arbitrary bytes; they are kept as bad lines.
        let content = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let lines = content.split(separator: UInt8(ascii: "\n"))
            .filter { !$0.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } }.map { Array($0) + "\n" }
        #expect(
            try written(name, Array("\n".utf8) + content, "--on-bad-line", "keep") == lines.flatMap { $0 })
    }
}
