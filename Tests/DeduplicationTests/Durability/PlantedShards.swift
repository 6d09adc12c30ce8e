import Basics
import Corpus
import Foundation
import TestSupport

/// Shards with planted duplicates: copies and edited copies of any earlier text, and copies of the text just before.
struct PlantedShards: Sendable {
    /// The description of a shard.
    struct Plan: Sendable {
        /// Its path in the input folder.
        let path: String
        let documents: Int
        /// The number of bytes that every line has in a field that is not read.
        var padding = 0
        /// Whether all its documents are kept.
        var isClean = false
    }

    private struct Shard: Sendable {
        let path: String
        let bytes: [UInt8]
    }

    private var shards: [Shard] = []

    var count: Int { shards.count }
    var paths: [String] { shards.map(\.path) }

    /// - Parameter seed: chooses the texts.
    init(_ plans: [Plan], seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var writer = TextWriter(earlier: [])
        var recent: [Text] = []
        var next = 0
        for plan in plans {
            var bytes: [UInt8] = []
            let padding = Array("{\"padding\":\"\(String(repeating: "-", count: plan.padding))\",".utf8)
            for _ in 0..<plan.documents {
                // A copy of a document in the same batch is not yet in the index.
                let copy = random.chance(0.1) ? recent.randomElement(using: &random) : nil
                let text = plan.isClean ? Self.unlikeOthers(&random) : copy ?? writer.text(&random)
                let document = Line.Document(text: text, id: .number(next))
                next += 1
                recent = recent.suffix(7) + [document.text]
                let line = JSONWriter.line(document, &random)
                bytes += plan.padding == 0 ? line : padding + line.dropFirst()
                bytes.append(0x0A)
                if !plan.isClean && random.chance(0.03) { bytes += Array("\n{\"text\": 5}\n".utf8) }
            }
            shards.append(Shard(path: plan.path, bytes: bytes))
        }
    }

    private static func unlikeOthers(_ random: inout SeededGenerator) -> Text {
        let words = (0..<20).map { _ in String(UInt32.random(in: 0 ... .max, using: &random), radix: 36) }
        return Text(words.joined(separator: " ").unicodeScalars)
    }

    /// Writes shards below a folder. Their frames end anywhere, also within a line.
    func write(_ range: Range<Int>? = nil, to folder: String) throws {
        for shard in shards[range ?? shards.indices] {
            let url = URL(fileURLWithPath: folder + "/" + shard.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            var encoder = try BlockEncoder(compression: Compression(ofFileNamed: shard.path))
            var out = Buffer<UInt8>()
            for start in stride(from: 0, to: shard.bytes.count, by: 20_001) {
                try shard.bytes[start..<min(shard.bytes.count, start + 20_001)].withUnsafeBytes {
                    try encoder.encode($0, into: &out)
                }
            }
            try Data(out.elements).write(to: url)
        }
    }
}
