import Basics
import Foundation
import TestSupport
import Testing

@testable import Tokenizers

/// Files that are not valid tokenizers: each gives one clear error.
@Suite struct BadInputTests {
    private func expectFailure(
        _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation, _ make: () throws -> Tokenizer
    ) {
        do {
            _ = try make()
            Issue.record("no error", sourceLocation: sourceLocation)
        } catch let failure as Failure {
            for part in parts {
                #expect(failure.message.contains(part), "\(failure.message)", sourceLocation: sourceLocation)
            }
            #expect(!failure.message.contains("\n") && failure.message.utf8.count < 600, sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    static let texts: [(text: String, error: String)] = [
        ("", "test.json: not JSON"), ("{", "not JSON"), ("[]", "no JSON object"), ("{}", "no object \"model\""),
        (#"{"model":7}"#, "no object \"model\""),
        (#"{"model":{}}"#, "without a pre-tokenizer is not supported"),
    ]

    @Test(arguments: texts)
    func filesThatAreNoTokenizerAreRefused(_ text: String, _ error: String) {
        expectFailure(error) { try tokenizer(text) }
    }

    /// A string in a valid file, its replacement, and a part of the resulting error.
    static let changes: [(from: String, to: String, error: String)] = [
        (#""normalizer":null"#, #""normalizer":{"type":"NFC"}"#, "the normalizer NFC is not supported"),
        (
            #""normalizer":null"#, #""normalizer":{"type":"Sequence","normalizers":[{"type":"Lowercase"}]}"#,
            "the normalizer Lowercase"
        ),
        (#""type":"ByteLevel""#, #""type":"Whitespace""#, "the pre-tokenizer Whitespace is not supported"),
        (#""add_prefix_space":false"#, #""add_prefix_space":false,"use_regex":false"#, "\"use_regex\" false"),
        (#""add_prefix_space":false"#, #""add_prefix_space":1"#, "neither true nor false"),
        (#","add_prefix_space":false"#, "", "no \"pre_tokenizer.add_prefix_space\""),
        (#""type":"BPE""#, #""type":"WordPiece""#, "the model WordPiece is not supported"),
        (#""ignore_merges":false"#, #""dropout":0.1"#, "\"dropout\""),
        (#""ignore_merges":false"#, #""end_of_word_suffix":"</w>""#, "\"end_of_word_suffix\" is not supported"),
        (#""ignore_merges":false"#, #""continuing_subword_prefix":"@@""#, "\"continuing_subword_prefix\""),
        (#""ignore_merges":false"#, #""ignore_merges":"no""#, "\"model.ignore_merges\" is neither"),
        (#""post_processor":null"#, #""post_processor":{"type":"Odd"}"#, "the post-processor Odd is not supported"),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"RobertaProcessing","cls":["<s>",0],"sep":["</s>",9999]}"#,
            "post_processor.sep names the id 9999"
        ),
        (#""post_processor":null"#, #""post_processor":{"type":"BertProcessing","cls":["<s>"]}"#, "post_processor.cls"),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":{}}"#,
            "post_processor.single is not a template with the text A once"
        ),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}]}"#,
            "tokens that special_tokens has (x)"
        ),
        (#""added_tokens":[]"#, #""added_tokens":[{"id":-1,"content":"x"}]"#, "added_tokens[0]"),
        (#""added_tokens":[]"#, #""added_tokens":[{"id":9,"content":"new"}]"#, "have the same id, 9"),
        (#""added_tokens":[]"#, #""added_tokens":[{"id":9,"content":"ab"}]"#, "\"ab\" has the id 9 as an added token"),
        (
            #""added_tokens":[]"#, #""added_tokens":[{"id":900,"content":"x y","lstrip":3}]"#,
            "\"lstrip\" of the token \"x y\""
        ),
        (#""ab":256"#, #""ab":5"#, "have the same id, 5"),
        (#""ab":256"#, #""ab":-1"#, "model.vocab: the id of \"ab\""), (#""ab":256"#, #""ab":"1""#, "the id of \"ab\""),
        (#""ab":256"#, #""ab":2147483647"#, "the id of \"ab\" is not a whole number from 0 to 2147483646"),
        (#""ab":256"#, #""ab":1e3"#, "the id of \"ab\""), (#""ab":256"#, #""ab":4294967298"#, "the id of \"ab\""),
        (#""ab":256"#, #""ab":256,"ab":257"#, "the token \"ab\" is in the vocabulary twice"),
        (#""ab":256"#, #""other":256"#, "model.merges[0]: the merge of \"a\" and \"b\" needs the token \"ab\""),
        (#""a":97,"#, "", "no token for the byte 97 (\"a\")"), (#""Ġ":32,"#, "", "no token for the byte 32 (\"Ġ\")"),
        (#"["a","b"]"#, #"["a","xyz"]"#, "model.merges[0]: the merge of \"a\" and \"xyz\" needs the token \"xyz\""),
        (#"["a","b"]"#, #""a b","a bb""#, "model.merges[1]"),
        (#"["a","b"]"#, #"["a"]"#, "model.merges[0]: a merge has to be two tokens"),
        (#"["a","b"]"#, #""ab""#, "\"ab\" is not two tokens with a space between them"),
        (#"["a","b"]"#, #""a b c""#, "is not two tokens"), (#"["a","b"]"#, "7", "model.merges[0]"),
        (#""merges":[["a","b"]]"#, #""merges":7"#, "\"model.merges\" is no array"),
        (#","merges":"#, #","merge":"#, "no \"model.merges\""), (#""merges":"#, #""#, "not JSON"),
        (#""vocab":{"#, #""vocab":[],"more":{"#, "model.vocab has to be an object"),
        (#""vocab":{"#, #""vocabulary":{"#, "no \"model.vocab\""),
    ]

    @Test(arguments: changes)
    func impossibleTokenizersAreRefused(_ from: String, _ to: String, _ error: String) throws {
        var json = Parts(tokens: ["ab"], merges: [["a", "b"]]).json.replacingOccurrences(of: "\n", with: "")
        #expect(try tokenizer(json).ids("ab") == [256])
        let place = try #require(json.range(of: from), "\(from)")
        json.replaceSubrange(place, with: to)
        expectFailure("test.json", error) { try tokenizer(json) }
    }

    /// Settings that do not affect ids are accepted.
    @Test(arguments: [
        (#""normalizer":null"#, #""normalizer":{"type":"Sequence","normalizers":[]},"version":"9""#),
        (#""normalizer":null"#, #""truncation":{"max_length":3},"padding":{"strategy":"BatchLongest"}"#),
        (#""type":"BPE","#, ""), (#""ignore_merges":false"#, #""dropout":0.0,"unk_token":"x","byte_fallback":true"#),
        (#""ignore_merges":false"#, #""dropout":null,"end_of_word_suffix":"","fuse_unk":true"#),
        (
            #""post_processor":null"#,
            #""post_processor":{"type":"ByteLevel","trim_offsets":true},"decoder":{"type":"Fuse"}"#
        ),
        (#""ab":256"#, #""ab":256,"hole":2000000000"#),
    ])
    func unusualTokenizersAreAccepted(_ from: String, _ to: String) throws {
        let json = Parts(tokens: ["ab"], merges: [["a", "b"]]).json
        let place = try #require(json.range(of: from))
        let tokenizer = try tokenizer(json.replacingCharacters(in: place, with: to))
        #expect(tokenizer.ids("abab a") == [256, 256, 32, 97] as [Int32])
        #expect(tokenizer.prefix == [] && tokenizer.suffix == [])
    }

    @Test func aMergeThatIsListedTwiceHasItsLastRank() throws {
        // As in Hugging Face, where the list is converted to a map.
        let once = Parts(tokens: ["ab", "bc"], merges: [["a", "b"], ["b", "c"]])
        let twice = Parts(tokens: ["ab", "bc"], merges: [["a", "b"], ["b", "c"], ["a", "b"]])
        let found = try [once, twice].map { parts in
            let tokenizer = try parts.tokenizer()
            return tokenizer.ids("abc").map { tokenizer.token($0) }
        }
        #expect(found == [["ab", "c"], ["a", "bc"]])
    }

    @Test func foldersWithoutATokenizerAreRefused() throws {
        let folder = try TemporaryFolder()
        expectFailure(folder.path, "no tokenizer in it") { try Tokenizer(folder: folder.path) }
        expectFailure("no tokenizer in it") { try Tokenizer(folder: folder.path + "/nothing") }
        try FileManager.default.createDirectory(
            atPath: folder.path + "/tokenizer.json", withIntermediateDirectories: true)
        expectFailure("tokenizer.json") { try Tokenizer(folder: folder.path) }
    }

    /// The older files, each with a fault.
    @Test(arguments: [
        ("merges.txt", "#version: 0.2\nĠ t\nnot there\n", "merges.txt, line 3: the merge of \"not\" and \"there\""),
        ("merges.txt", "#version: 0.2\n\nĠ  t\n", "merges.txt, line 3"),
        ("vocab.json", "[]", "vocab.json has to be an object"), ("vocab.json", "{\"a\":0}", "no token for the byte 0"),
        ("tokenizer_config.json", "{\"tokenizer_class\":\"BertTokenizer\"}", "the tokenizer_class BertTokenizer"),
        ("tokenizer_config.json", "{}", "no tokenizer_class in tokenizer_config.json"),
        ("tokenizer_config.json", "x", "tokenizer_config.json: not JSON"),
        ("special_tokens_map.json", "{\"sep_token\":\"[SEP]\"}", "the sep_token \"[SEP]\" is not in vocab.json"),
        ("added_tokens.json", "{\"x\":1000}", "added_tokens.json is not supported"),
    ])
    func faultsOfOlderFilesAreNamed(_ name: String, _ content: String, _ error: String) throws {
        let folder = try TemporaryFolder()
        for name in ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"] {
            try folder.write(bytesOfFile(Fixture.folder + "/roberta/" + name), to: name)
        }
        _ = try Tokenizer(folder: folder.path)
        try folder.write(content, to: name)
        expectFailure(folder.path, error) { try Tokenizer(folder: folder.path) }
    }
}
