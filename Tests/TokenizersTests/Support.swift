import Basics
import Foundation
import TestSupport
import Testing

@testable import Tokenizers

/// Tokenizers outside the repository, with the tokens that they should give.
enum SharedFixtures {
    static let folder = Shared.folder + "/encoder/fixtures"
    static let exist = Shared.has("encoder/fixtures")

    /// The folders that hold a tokenizer.
    static let models = ["a_abs", "b_rel_c2p_p2c", "c_rel_c2p", "d_rel_p2c_tt2"]
}

/// Reads a JSON file.
func decoded<Value: Decodable>(_ type: Value.Type, _ file: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytesOfFile(file)))
}

extension Tokenizer {
    /// The ids of a text, without what the post-processor adds.
    func ids(_ text: String, _ special: SpecialTokens = .split) -> [Int32] { ids(Array(text.utf8), special) }

    func ids(_ text: [UInt8], _ special: SpecialTokens = .split) -> [Int32] {
        var ids = Buffer<Int32>()
        text.withUnsafeBufferPointer { Worker(self, special).encode($0, into: &ids) }
        return Array(ids.elements)
    }

    /// The encoding of a text or a pair, as a model reads it.
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

/// Creates a tokenizer from the text of a `tokenizer.json`. Errors call it `test.json`.
func tokenizer(_ json: String) throws -> Tokenizer {
    var json = json
    return try json.withUTF8 { try Tokenizer(json: UnsafeRawBufferPointer($0), name: "test.json") }
}

/// The tokenizers in this package's test fixtures.
enum Fixture {
    static let names = ["roberta", "template"]
    static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    static func tokenizer(_ name: String) throws -> Tokenizer { try Tokenizer(folder: folder + "/" + name) }
}

/// The parts of a `tokenizer.json`: a vocabulary of the 256 bytes and the tokens given, one id after the other.
struct Parts {
    var vocabulary: [(token: String, id: Int)]
    var merges: [[String]]
    var ignoresMerges: Bool
    var special: [String]

    init(tokens: [String] = [], merges: [[String]] = [], ignoresMerges: Bool = false, special: [String] = []) {
        let bytes = (UInt8.min...UInt8.max).map { String(UnicodeScalar(ByteAlphabet.scalar(of: $0))!) }
        vocabulary = (bytes + tokens).enumerated().map { ($1, $0) }
        self.merges = merges
        self.ignoresMerges = ignoresMerges
        self.special = special
    }

    /// The text of the file.
    var json: String {
        let vocabulary = vocabulary.map { "\(quoted($0.token)):\($0.id)" }.joined(separator: ",")
        let merges = merges.map { "[" + $0.map(quoted).joined(separator: ",") + "]" }.joined(separator: ",")
        let added = special.map { content in
            let id = self.vocabulary.first { $0.token == content }?.id ?? 1_000_000
            return "{\"id\":\(id),\"content\":\(quoted(content)),\"special\":true}"
        }.joined(separator: ",")
        return """
            {"added_tokens":[\(added)],"normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
            "post_processor":null,"model":{"type":"BPE","ignore_merges":\(ignoresMerges),"vocab":{\(vocabulary)},
            "merges":[\(merges)]}}
            """
    }

    func tokenizer() throws -> Tokenizer { try TokenizersTests.tokenizer(json) }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }
}
