import CZstd
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Corpus

/// Zstd's test files: odd but valid frames, and invalid ones. They are used if they exist below `data/zstd/tests` of
/// the folder in DEDUP_SHARED, or of `shared` next to the package.
private enum GoldenFiles {
    static func paths(_ kind: String) -> [String] {
        Shared.items("data/zstd/tests/" + kind).filter { $0.hasSuffix(".zst") }
    }
}

@Suite(.enabled(if: !GoldenFiles.paths("golden-decompression").isEmpty, "no golden files")) struct GoldenFilesTests {
    /// Older versions of libzstd have bugs here: 1.5.4 accepts the invalid files and refuses a valid one.
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
        .enabled(if: hasCommand("zstd")),
        arguments: GoldenFiles.paths("golden-decompression") + GoldenFiles.paths("golden-decompression-errors"))
    func filesDecodeAsWithZstd(_ path: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let expected = try runCommand(["zstd", "-dc"], input: bytes)
        for chunk in [1, 1000, 1 << 20] {
            let decoded = try decode(path, .zstd, chunks: [chunk])
            #expect((decoded.failure == nil) == (expected.code == 0))
            if expected.code == 0 { #expect(decoded.bytes == expected.output) }
        }
    }

    @Test(arguments: [Compression.zstd, .gzip], [-5, 1, 3, 9, 19])
    func goldenContentsRoundTrip(_ compression: Compression, _ level: Int) throws {
        let folder = try TemporaryFolder()
        for path in Shared.items("data/zstd/tests/golden-compression") {
            let name = (path as NSString).lastPathComponent
            let bytes = try bytesOfFile(path)
            let file = try folder.write(encode([bytes, bytes], compression, level: level), to: name)
            #expect(try decode(file, compression, chunks: [33_333]).bytes == bytes + bytes)
        }
    }
}
