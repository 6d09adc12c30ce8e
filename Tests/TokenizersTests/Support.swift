import Basics
import Foundation
import Testing

@testable import Tokenizers

/// Data from outside, where a checkout has it: below the folder that DEDUP_SHARED names, or `shared` beside the
/// package.
enum Shared {
    private static let folder =
        ProcessInfo.processInfo.environment["DEDUP_SHARED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/../shared"

    static let fixtures = folder + "/encoder/fixtures"
    static let hasFixtures = FileManager.default.fileExists(atPath: fixtures)

    /// Folders with a tokenizer.
    static let models = ["a_abs", "b_rel_c2p_p2c", "c_rel_c2p", "d_rel_p2c_tt2"]
}

func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

extension Tokenizer {
    /// The ids of a text, without what the post-processor adds.
    func ids(_ text: String, _ special: SpecialTokens = .split) -> [Int32] { ids(Array(text.utf8), special) }

    func ids(_ text: [UInt8], _ special: SpecialTokens = .split) -> [Int32] {
        var ids = Buffer<Int32>()
        text.withUnsafeBufferPointer { Worker(self, special).encode($0, into: &ids) }
        return Array(ids.elements)
    }

    /// What a model reads of a text, or of a pair.
    func encoding(
        _ text: String, _ second: String? = nil, limit: Int? = nil, addsSpecial: Bool = true,
        _ special: SpecialTokens = .split
    ) throws -> Worker.Encoding {
        let worker = Worker(self, special)
        let first = Array(text.utf8)
        return try first.withUnsafeBufferPointer { first in
            guard let second else { return try worker.encoding(of: first, limit: limit, addsSpecial: addsSpecial) }
            return try Array(second.utf8).withUnsafeBufferPointer {
                try worker.encoding(of: first, and: $0, limit: limit, addsSpecial: addsSpecial)
            }
        }
    }
}

/// A tokenizer of the text of a `tokenizer.json`, which errors call `test.json`.
func tokenizer(_ json: String) throws -> Tokenizer {
    var json = json
    return try json.withUTF8 { try Tokenizer(json: UnsafeRawBufferPointer($0), name: "test.json") }
}

/// A folder that is gone with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/tokenizer-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }
}
