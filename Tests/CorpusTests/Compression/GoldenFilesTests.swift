import CZstd
import Foundation
import Testing

@testable import Basics
@testable import Corpus

/// zstd's own files of odd but valid frames, and of invalid ones, where a checkout of them is at hand: below
/// `data/zstd/tests` of the folder that DEDUP_SHARED names, or of `shared` beside the package.
private enum GoldenFiles {
    static let folder: String =
        (ProcessInfo.processInfo.environment["DEDUP_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()  // Compression
            .deletingLastPathComponent()  // CorpusTests
            .deletingLastPathComponent()  // Tests
            .deletingLastPathComponent()  // the package
            .deletingLastPathComponent().appendingPathComponent("shared").path) + "/data/zstd/tests/"

    static func paths(_ kind: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + kind)) ?? []
        return names.filter { $0.hasSuffix(".zst") }.sorted().map { folder + kind + "/" + $0 }
    }
}

@Suite(.enabled(if: !GoldenFiles.paths("golden-decompression").isEmpty, "no golden files"))
struct GoldenFilesTests {
    /// Older versions of libzstd err here themselves: 1.5.4 takes the invalid files, and refuses a valid one.
    private static let isLibraryOld = ZSTD_versionNumber() < 10507

    @Test(arguments: GoldenFiles.paths("golden-decompression"))
    func validFilesDecode(_ path: String) throws {
        let decoded = try decode(path, .zstd)
        withKnownIssue("an old libzstd", isIntermittent: true) {
            #expect(decoded.failure == nil)
        } when: {
            Self.isLibraryOld
        }
    }

    @Test(arguments: GoldenFiles.paths("golden-decompression-errors"))
    func invalidFilesAreRefused(_ path: String) throws {
        let decoded = try decode(path, .zstd)
        withKnownIssue("an old libzstd", isIntermittent: true) {
            #expect(decoded.failure != nil)
        } when: {
            Self.isLibraryOld
        }
    }

    @Test(
        .enabled(if: has("zstd")),
        arguments: GoldenFiles.paths("golden-decompression") + GoldenFiles.paths("golden-decompression-errors"))
    func filesDecodeAsZstdHasThem(_ path: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let (expected, status) = try run("zstd", ["-dc"], input: bytes)
        for chunk in [1, 1000, 1 << 20] {
            let decoded = try decode(path, .zstd, chunks: [chunk])
            #expect((decoded.failure == nil) == (status == 0))
            if status == 0 { #expect(decoded.bytes == expected) }
        }
    }

    @Test(arguments: [Compression.zstd, .gzip], [-5, 1, 3, 9, 19])
    func filesOfNoteRoundTrip(_ compression: Compression, _ level: Int) throws {
        let folder = try TemporaryFolder()
        let golden = GoldenFiles.folder + "golden-compression/"
        for name in try FileManager.default.contentsOfDirectory(atPath: golden) {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: golden + name)))
            let file = try folder.write(encode([bytes, bytes], compression, level: level), to: name)
            #expect(try decode(file, compression, chunks: [33_333]).bytes == bytes + bytes)
        }
    }
}
