import Basics
import Foundation
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct ChecksumTests {
    private func checksum(_ model: RandomModel) throws -> Hash128 { try model.checkpoint().checksum() }

    @Test func theChecksumCoversEveryByte() throws {
        var tiny = Configuration.small
        (tiny.layers, tiny.hiddenSize, tiny.embeddingSize, tiny.heads) = (1, 1, 1, 1)
        (tiny.vocabularySize, tiny.maxPositions, tiny.intermediateSize) = (2, 2, 1)
        let model = try RandomModel(tiny, shards: 2) { text in text.add("stray", "U8", [3], [1, 2, 3]) }
        let plain = try checksum(model)
        #expect(try checksum(RandomModel(tiny, shards: 2) { $0.add("stray", "U8", [3], [1, 2, 3]) }) == plain)
        for name in ["model-1-of-2.safetensors", "model-2-of-2.safetensors"] {
            let bytes = try bytesOfFile(model.path + "/" + name)
            let start = 8 + Int(bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
            for place in start..<bytes.count {
                var changed = bytes
                changed[place] ^= 1
                try model.folder.write(changed, to: name)
                #expect(try checksum(model) != plain)
            }
            try model.folder.write(bytes, to: name)
        }
        #expect(try checksum(model) == plain)
        try model.folder.write(RandomModel.text(of: tiny) + " ", to: "config.json")
        #expect(try checksum(model) != plain)
    }

    @Test func theChecksumIsThatOfEarlierVersions() throws {
        let model = try #require(FixtureModel.shipped.first { $0.name == "disentangled" })
        #expect(try model.checkpoint().checksum().description == "77ce2549a95ede98b995ed9fe0eb67e4")
    }

    @Test(arguments: ElementType.floats, [0, 1])
    func aNonFiniteNumberIsNamed(_ type: ElementType, _ padding: Int) throws {
        for (value, word) in [(Float.infinity, "inf"), (-.infinity, "-inf")] {
            for (name, row, column) in [
                ("embeddings.word_embeddings.weight", 0, 0), ("embeddings.word_embeddings.weight", 49, 15),
                ("encoder.layer.1.intermediate.dense.weight", 23, 3),
            ] {
                let model = try RandomModel(.small, type: type, prefix: "deberta.", padding: padding) { text in
                    let entry = text.entries.firstIndex { $0.name == "deberta." + name }!
                    let start = (row * 16 + column) * type.size
                    text.entries[entry].bytes.replaceSubrange(start..<start + type.size, with: type.bytes(value))
                }
                let message = try #require(try failure { _ = try checksum(model) })
                #expect(
                    message.contains("tensor \"deberta.\(name)\" holds \(word) at [\(row), \(column)]"), "\(message)")
            }
        }
    }

    @Test func nanIsNamedInTensorsOfSeveralChunks() throws {
        var wide = Configuration.small
        wide.vocabularySize = 9000
        let place = 8999 * 16 + 14
        let model = try RandomModel(wide) { text in
            text.entries[0].bytes.replaceSubrange(place * 4..<place * 4 + 4, with: littleEndian(Float.nan.bitPattern))
        }
        let message = try #require(try failure { _ = try checksum(model) })
        #expect(message.contains("holds NaN at [8999, 14]"), "\(message)")
    }

    @Test(.enabled(if: residentFilePages() != nil, "needs /proc"))
    func releasedPagesTakeNoMemory() throws {
        let folder = try TemporaryFolder()
        let size = 256 << 20
        let file = try File(folder.path + "/holes", .update)
        try file.truncate(to: Int64(size))
        let mapping = try Mapping(file, at: 0, count: size)
        let before = try #require(residentFilePages())
        let isRead = stride(from: 0, to: size, by: 4096).allSatisfy { mapping.bytes[$0] == 0 }
        #expect(isRead)
        let read = try #require(residentFilePages())
        mapping.letGo(1..<size)
        let after = try #require(residentFilePages())
        // The limits are loose, because other tests run at the same time.
        #expect(read - before > size / 2 && read - after > size / 2)
    }
}

/// The number of bytes of file pages that the process has in memory.
private func residentFilePages() -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssFile:") })
    else { return nil }
    return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
        $0 << 10
    }
}
