import Basics
import Foundation
import JSON
import Testing

@testable import Tokenizers

@Suite struct AddedTokenTests {
    /// A tokenizer that has only bytes, a special token, and an added token that is not special.
    private static func tokenizer() throws -> Tokenizer {
        let letters = (0..<256).map { byte in
            String(format: "\"\\u%04x\":%d", ByteAlphabet.scalar(of: UInt8(byte)), byte)
        }
        let file = """
            {"added_tokens":[
                {"id":256,"content":"</s>","special":true,"lstrip":false,"rstrip":false,"single_word":false,"normalized":false},
                {"id":257,"content":"<code>","special":false,"lstrip":false,"rstrip":false,"single_word":false,"normalized":false}],
             "normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
             "truncation":{"max_length":1000000000000000019884624838656,"text":"1000000000000000019884624838656 \\" 1e5"},
             "model":{"type":"BPE","vocab":{\(letters.joined(separator: ","))},"merges":[]}}
            """
        return try Array(file.utf8).withUnsafeBytes { try Tokenizer(json: $0, name: "test") }
    }

    @Test(arguments: SpecialTokens.allCases)
    func plainTextHasTheTokensThatAreNotSpecial(_ special: SpecialTokens) throws {
        let worker = Tokenizer.Worker(try Self.tokenizer(), special)
        var ids = Buffer<Int32>()
        Array("a<code></s>".utf8).withUnsafeBufferPointer { worker.encode($0, into: &ids) }
        let end: [Int32] = special == .split ? [256] : Array("</s>".utf8).map { Int32($0) }
        #expect(Array(ids.elements) == [97, 257] + end)
    }

    @Test func largeNumbersInJSONAreRead() throws {
        let text =
            #"{"a":1000000000000000019884624838656,"b":"12345678901234567890 \" 12345678901234567890","c":-3,"d":[9007199254740993]}"#
        let root = try Array(text.utf8).withUnsafeBytes { try JSONTree($0, name: "test") }.root
        #expect(root["a"]?.double == 1_000_000_000_000_000_019_884_624_838_656)
        #expect(root["a"]?.int == nil)
        #expect(root["b"]?.string == "12345678901234567890 \" 12345678901234567890")
        #expect(root["c"]?.int == -3)
        #expect(root["d"]?.elements.first { _ in true }?.value.int == 9_007_199_254_740_993)
        for text in ["{\"a\":1000000000000000019884624838656x}", "[00000000000000000001]"] {
            #expect(throws: Failure.self) {
                try Array(text.utf8).withUnsafeBytes { _ = try JSONTree($0, name: "test") }
            }
        }
    }
}
