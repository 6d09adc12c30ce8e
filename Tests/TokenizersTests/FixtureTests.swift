import Basics
import Foundation
import TestSupport
import Testing

@testable import Tokenizers

/// Compares the tokenizers in `Fixtures` with the ids that Hugging Face computes.
@Suite struct FixtureTests {
    struct Expected: Decodable {
        struct Text: Decodable {
            let text: String
            let split, plain: [Int32]
            let tokens: [String]
            let decoded, skipped: String
        }
        struct Encoding: Decodable {
            let first: String
            let second: String?
            let limit: Int?
            let adds: Bool
            let ids, types: [Int32]
        }
        let texts: [Text]
        let encodings: [Encoding]

        init(_ name: String) throws {
            self = try decoded(Self.self, Fixture.folder + "/\(name)/expected.json")
        }
    }

    @Test(arguments: Fixture.names)
    func everyTextHasItsIDs(_ name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        for text in try Expected(name).texts {
            let label = Comment(rawValue: text.text.debugDescription)
            #expect(tokenizer.ids(text.text, .split) == text.split, label)
            #expect(tokenizer.ids(text.text, .plain) == text.plain, label)
            #expect(text.split.map { tokenizer.token($0) } == text.tokens, label)
            #expect(text.tokens.map { tokenizer.id(of: $0) } == text.split, label)
            #expect(String(decoding: try tokenizer.decode(text.split), as: UTF8.self) == text.decoded, label)
            let skipped = try tokenizer.decode(text.split, skippingSpecial: true)
            #expect(String(decoding: skipped, as: UTF8.self) == text.skipped, label)
        }
    }

    @Test(arguments: Fixture.names)
    func templatesPairsAndLimitsAreThoseOfHuggingFace(_ name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let expected = try Expected(name).encodings
        #expect(expected.contains { $0.second != nil } && expected.contains { $0.limit == 5 })
        for wanted in expected {
            let found = try tokenizer.encoding(
                wanted.first, wanted.second, limit: wanted.limit, addsSpecial: wanted.adds)
            #expect(found.ids == wanted.ids, "\(wanted)")
            #expect(found.typeIDs == wanted.types, "\(wanted)")
            let whole = try tokenizer.encoding(wanted.first, wanted.second, addsSpecial: wanted.adds)
            #expect(found.isTruncated == (found.ids.count < whole.ids.count))
        }
    }

    @Test func bothFormatsOfFilesGiveTheSame() throws {
        let folder = try TemporaryFolder()
        for name in ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"] {
            try folder.write(bytesOfFile(Fixture.folder + "/roberta/" + name), to: name)
        }
        let old = try Tokenizer(folder: folder.path)
        let new = try Fixture.tokenizer("roberta")
        #expect(old.idLimit == new.idLimit && old.prefix == new.prefix && old.suffix == new.suffix)
        for text in try Expected("roberta").texts {
            #expect(old.ids(text.text) == text.split)
            #expect(old.ids(text.text, .plain) == text.plain)
        }
        #expect(try old.encoding("a", "b", limit: 7).ids == new.encoding("a", "b", limit: 7).ids)
    }

    @Test func mergesMayBeStringsOrPairs() throws {
        let tree = try JSONSerialization.jsonObject(with: Data(bytesOfFile(Fixture.folder + "/roberta/tokenizer.json")))
        var settings = try #require(tree as? [String: Any])
        var model = try #require(settings["model"] as? [String: Any])
        let pairs = try #require(model["merges"] as? [[String]])
        model["merges"] = ["#version: 0.2"] + pairs.map { $0.joined(separator: " ") }
        settings["model"] = model
        let json = try JSONSerialization.data(withJSONObject: settings)
        let tokenizer = try tokenizer(String(decoding: json, as: UTF8.self))
        for text in try Expected("roberta").texts { #expect(tokenizer.ids(text.text) == text.split) }
    }

    /// The first ids of a text do not depend on the rest of it.
    @Test(arguments: Fixture.names, SpecialTokens.allCases)
    func aLimitGivesTheFirstIDs(_ name: String, _ special: SpecialTokens) throws {
        let tokenizer = try Fixture.tokenizer(name)
        for text in try Expected(name).texts {
            let all = tokenizer.ids(text.text, special)
            for limit in [0, 1, 2, 3, 10, all.count, all.count + 1] {
                let first = try tokenizer.encoding(text.text, limit: limit, addsSpecial: false, special)
                #expect(first.ids == Array(all.prefix(limit)))
                #expect(first.isTruncated == (limit < all.count))
            }
        }
    }

    /// With `.plain`, no text becomes a special token.
    @Test(arguments: Fixture.names)
    func plainTextIsNeverSpecial(_ name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        for text in ["<s>", "</s>", "<mask>", "[CLS]", "[SEP]", " [CLS] ", "<s></s>", "é "] {
            #expect(!tokenizer.ids(text, .plain).contains { tokenizer.isSpecial($0) })
        }
        // Once with vocabulary pieces taken whole, and once with merges that produce the special token.
        for ignores in [true, false] {
            let tokenizer = try Parts(tokens: ["ab"], merges: [["a", "b"]], ignoresMerges: ignores, special: ["ab"])
                .tokenizer()
            #expect(tokenizer.ids("ab", .split).count == 1)
            #expect(tokenizer.ids("ab", .plain).map { tokenizer.token($0) } == ["a", "b"])
            #expect(tokenizer.ids("ab ab", .plain).count == 5)
        }
    }

    @Test func decodingInvalidIDsIsAnError() throws {
        let tokenizer = try Fixture.tokenizer("template")
        #expect(tokenizer.token(300) == nil && tokenizer.token(-1) == nil && tokenizer.token(1_000_000) == nil)
        #expect(throws: Failure.self) { try tokenizer.decode([300]) }
        #expect(tokenizer.id(of: "nothing") == nil)
    }

    @Test func aLimitBelowWhatIsAddedIsAnError() throws {
        let tokenizer = try Fixture.tokenizer("roberta")
        #expect(try tokenizer.encoding("a", limit: 2).ids == [0, 2])
        #expect(throws: Failure.self) { try tokenizer.encoding("a", limit: 1) }
        #expect(throws: Failure.self) { try tokenizer.encoding("a", "b", limit: 3) }
        #expect(try tokenizer.encoding("a", limit: 0, addsSpecial: false).ids == [])
    }
}
