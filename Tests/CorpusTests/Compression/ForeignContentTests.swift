import Testing

@testable import Basics
@testable import Corpus

@Suite struct ForeignContentTests {
    private func content(_ bytes: [UInt8]) -> String? { bytes.withUnsafeBytes { ForeignContent($0)?.what } }
    private func compression(_ bytes: [UInt8], _ name: String) -> Compression {
        bytes.withUnsafeBytes { Compression(firstBytes: $0, name: name) }
    }

    private static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
        text.utf16.flatMap { isBig ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)] }
    }

    private static func utf32(_ text: String, isBig: Bool) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar in
            let bytes = (0..<4).map { UInt8(scalar.value >> ($0 * 8) & 255) }
            return isBig ? bytes.reversed() : bytes
        }
    }

    static let json = #"{"text":"слова и words"}"# + "\n"
    static let foreign: [(bytes: [UInt8], what: String)] = [
        (Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n".utf8), "Git LFS"),
        (Array("/annex/objects/MD5E-s3--9\n".utf8), "git-annex"), (Array("PAR1".utf8) + [0x15, 0x04], "Parquet"),
        (Array("<!DOCTYPE html><html>".utf8), "HTML"), (Array("\r\n <HTML><head>".utf8), "HTML"),
        // HTML pages without a document type, and one with JSON objects in a script.
        (Array("<!-- x -->\n<html>".utf8), "HTML"), (Array("<title>403 Forbidden</title>".utf8), "HTML"),
        (Array("<html>\n<script>\n{\"@type\":\"WebPage\"}\n</script>\n".utf8), "HTML"),
        (Array("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".utf8), "XML"),
        (utf16("\u{FEFF}" + json, isBig: false), "UTF-16"), (utf16("\u{FEFF}" + json, isBig: true), "UTF-16"),
        (utf16(json, isBig: false), "UTF-16LE"), (utf16(json, isBig: true), "UTF-16BE"),
        (utf32("\u{FEFF}" + json, isBig: false), "UTF-32"), (utf32(json, isBig: false), "UTF-32LE"),
        (utf32(json, isBig: true), "UTF-32BE"),
        ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x00], "bzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00], "xz"), ([0x50, 0x4B, 0x03, 0x04, 0x14, 0x00], "zip"),
        ([0x04, 0x22, 0x4D, 0x18, 0x64], "lz4"), (Array("SQLite format 3\0".utf8) + [0x10, 0], "SQLite"),
        (Array("%PDF-1.7\n%".utf8) + [0xE2, 0xE3], "PDF"), ([0x1F, 0x8B, 0x08, 0x00], "gzip once more"),
        ([0x28, 0xB5, 0x2F, 0xFD, 0x04], "zstd once more"),
        (Array("a.jsonl".utf8) + [UInt8](repeating: 0, count: 250) + Array("ustar\u{0}00".utf8), "tar"),
        // A tar archive whose first file has a name that begins like a JSON object.
        (Array("{a}json".utf8) + [UInt8](repeating: 0, count: 250) + Array("ustar\u{0}00".utf8), "tar"),
        ([UInt8](repeating: 0, count: 4096), "zero bytes"),
    ]

    @Test(arguments: foreign.indices)
    func foreignContentIsNamed(_ number: Int) {
        let (bytes, what) = Self.foreign[number]
        #expect(content(bytes)?.contains(what) == true, "\(what): \(content(bytes) ?? "")")
        // Foreign content is not decompressed, whatever its name is, so that it can be named in the message.
        if !what.contains("once more") { #expect(compression(bytes, "a.jsonl.zst") == .none) }
    }

    @Test(arguments: [
        json, "", "\n", "[", "[1]", "12", "null", "\"a\"", "\n\n" + json, "PAR1 is a name\n" + json, "BZh and more\n",
        "<b>no</b>\n", "<html>\n" + json,
        "<!-- x -->\n{ \"text\": \"\"}\n" + json, "ORC\n", " \t" + json, "404: Not Found", "{\u{0}}", "version 2\n",
        "%PDF-\n",
    ])
    func lookAlikeLinesAreNotForeign(_ text: String) {
        #expect(content(Array(text.utf8)) == nil)
        #expect(compression(Array(text.utf8), "a.jsonl") == .none)
    }

    @Test func theBytesDecideAndTheNameIsAHint() {
        let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x00]
        for name in ["a.jsonl", "a.jsonl.zst", "a.jsonl.gz", "a"] {
            #expect(compression(zstd, name) == .zstd)
            #expect(compression([0x1F, 0x8B, 8, 0], name) == .gzip)
            #expect(compression([0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 9], name) == .zstd)
            #expect(compression(Array(Self.json.utf8), name) == .none)
        }
        // The bytes end within a character.
        let long = Array(repeating: Array("ы".utf8), count: 300).joined().prefix(ForeignContent.bytesNeeded - 1)
        #expect(compression([0x7B] + long, "a.zst") == .none)
        // For an empty or possibly damaged file, the name decides.
        #expect(compression([], "a.jsonl.zst") == .zstd && compression([], "a.jsonl.gz") == .gzip)
        #expect(compression([], "a.jsonl") == .none)
        #expect(compression([0x28, 0xB5], "a.zst") == .zstd && compression([0x28], "a.zst") == .zstd)
        #expect(compression([0x1F], "a.gz") == .gzip && compression([0, 1, 2, 0xFF], "a.zst") == .zstd)
    }
}
