import Foundation
import TestSupport
import Testing

@testable import Tokenizers

/// Compares tokenizers with Hugging Face on the shared fixtures.
@Suite(.enabled(if: SharedFixtures.exist, "no shared fixtures beside the checkout")) struct SharedFixtureTests {
    struct Expected: Decodable {
        struct Text: Decodable {
            let name: String
            let text: String
            let ids: [Int32]
            /// The tokens of shorter texts; nil for longer ones.
            let tokens: [String]?
            let untruncated: Int
            enum CodingKeys: String, CodingKey {
                case name, text, ids, tokens
                case untruncated = "n_tokens_untruncated"
            }
        }
        let texts: [Text]
    }

    struct Settings: Decodable {
        let limit: Int
        enum CodingKeys: String, CodingKey { case limit = "model_max_length" }
    }

    struct Line: Decodable {
        let t: String
        let ids: [Int32]
    }

    static func lines() throws -> [Line] {
        try bytesOfFile(SharedFixtures.folder + "/tok8000/lines.jsonl").split(separator: 0x0A)
            .map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    }

    @Test(arguments: SharedFixtures.models)
    func everyTextHasItsIDsAndTokens(_ model: String) throws {
        let folder = SharedFixtures.folder + "/" + model
        let tokenizer = try Tokenizer(folder: folder)
        let expected = try decoded(Expected.self, folder + "/expected.json")
        let limit = try decoded(Settings.self, folder + "/tokenizer_config.json").limit
        #expect(expected.texts.count == 17)
        for text in expected.texts {
            let encoding = try tokenizer.encoding(text.text, limit: limit)
            #expect(encoding.ids == text.ids, "\(text.name)")
            if let tokens = text.tokens {
                // In these tokens, swallowed whitespace is shown.
                let shown = zip(tokens, encoding.ids).map { tokenizer.isSpecial($1) ? $0.trimmingSpaces : $0 }
                #expect(encoding.ids.map { tokenizer.token($0) } == shown, "\(text.name)")
            }
            #expect(encoding.typeIDs == text.ids.map { _ in 0 })
            #expect(encoding.isTruncated == (text.untruncated > limit))
            let whole = try tokenizer.encoding(text.text)
            #expect(whole.ids.count == text.untruncated)
            #expect(whole.ids == tokenizer.prefix + tokenizer.ids(text.text) + tokenizer.suffix)
        }
    }

    @Test func twoThousandLinesHaveTheirIDs() throws {
        let tokenizer = try Tokenizer(folder: SharedFixtures.folder + "/tok8000")
        let worker = Tokenizer.Worker(tokenizer, .split)
        let lines = try Self.lines()
        #expect(lines.count == 2000)
        for line in lines {
            // Once with an empty cache, and once with a cache that has seen all earlier lines.
            let ids = tokenizer.ids(line.t)
            #expect(ids == line.ids, "\(line.t.debugDescription)")
            #expect(
                try Array(line.t.utf8).withUnsafeBufferPointer { try worker.encoding(of: $0, addsSpecial: false) }.ids
                    == ids)
            // Decoding restores everything except whitespace that the mask token has swallowed.
            if !line.t.contains("<mask>") {
                #expect(try tokenizer.decode(ids) == Array(line.t.utf8))
            }
            #expect(try tokenizer.decode(tokenizer.ids(line.t, .plain)) == Array(line.t.utf8))
        }
    }

    @Test(arguments: SharedFixtures.models + ["tok8000"])
    func theOlderFilesGiveTheSame(_ model: String) throws {
        let folder = try TemporaryFolder()
        for name in ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"] {
            try folder.write(bytesOfFile(SharedFixtures.folder + "/\(model)/\(name)"), to: name)
        }
        let old = try Tokenizer(folder: folder.path)
        let new = try Tokenizer(folder: SharedFixtures.folder + "/" + model)
        #expect(old.prefix == new.prefix && old.suffix == new.suffix && old.idLimit == new.idLimit)
        for line in try Self.lines() {
            #expect(old.ids(line.t) == new.ids(line.t))
            #expect(old.ids(line.t, .plain) == new.ids(line.t, .plain))
        }
        let pair = try new.encoding("a", "b")
        #expect(try old.encoding("a", "b").ids == pair.ids)
    }

    @Test func classesOfCharactersAreThoseOfHuggingFace() throws {
        let classes = try JSONSerialization.jsonObject(
            with: Data(bytesOfFile(SharedFixtures.folder + "/unicode_classes.json")))
        let expected = try #require(classes as? [String: Any])
        for (key, ranges) in [
            ("L", CharacterRanges.letters), ("N", CharacterRanges.numbers), ("S", CharacterRanges.whitespace),
        ] {
            #expect((expected[key] as? [[UInt32]])?.flatMap { $0 } == ranges)
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String { trimmingCharacters(in: .whitespaces) }
}
