import Basics
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct ConfigurationTests {
    private func read(_ text: String) throws -> Configuration {
        var text = text
        return try text.withUTF8 { try Configuration(UnsafeRawBufferPointer($0), path: "m/config.json") }
    }

    /// The message of the error for a configuration with one added or changed member.
    private func refusal(_ key: String, _ value: String) throws -> String? {
        try failure { _ = try read(RandomModel.text(of: .small, [key: value])) }
    }

    @Test func missingKeysHaveHuggingFacesDefaults() throws {
        let configuration = try read(#"{"model_type": "deberta"}"#)
        #expect(configuration == Configuration())
        #expect(configuration.relativeReach == nil && configuration.scoreTerms == 1)
        // The width of the embeddings is that of the layers, unless the configuration says otherwise.
        #expect(try read(#"{"model_type": "deberta", "hidden_size": 96}"#).embeddingSize == 96)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func everyConfigurationIsReadBack(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let configuration = Configuration.random(using: &generator)
        #expect(try read(RandomModel.text(of: configuration)) == configuration)
    }

    /// Numbers of parameters, counted with PyTorch for models of transformers 5.24. Those of the distilled model are
    /// published.
    @Test(arguments: [
        (#""num_hidden_layers": 6, "pos_att_type": null"#, 81_520_896),
        (#""num_hidden_layers": 6, "vocab_size": 50266"#, 81_521_664),
        // microsoft/deberta-base and -large
        (#""relative_attention": true, "position_biased_input": false, "pos_att_type": "c2p|p2c""#, 138_601_728),
        (
            #""num_hidden_layers": 24, "hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096, "#
                + #""relative_attention": true, "position_biased_input": false, "pos_att_type": "c2p|p2c""#,
            405_163_008
        ),
        (
            #""type_vocab_size": 2, "embedding_size": 128, "relative_attention": true, "#
                + #""max_relative_positions": 64, "pos_att_type": ["p2c"]"#, 98_830_208
        ),
    ])
    func parametersAreCounted(_ members: String, _ count: Int) throws {
        #expect(try read("{\"model_type\": \"deberta\", \(members)}").parameterCount == count)
    }

    @Test(arguments: [
        ("null", false, false, 1), (#""c2p|p2c""#, true, true, 3), (#"" P2C |C2P""#, true, true, 3),
        (#""c2p""#, true, false, 2), (#"["p2c"]"#, false, true, 2), (#"["c2p", "p2c"]"#, true, true, 3),
        ("[]", false, false, 1), (#""c2p|p2p""#, true, false, 3), (#"["p2p", "x"]"#, false, false, 3),
        // An empty string is one empty name. Names in a list are not trimmed or lowercased.
        (#""""#, false, false, 2), (#"["C2P", " p2c"]"#, false, false, 3), (#"["c2p", "c2p"]"#, true, false, 3),
    ])
    func attentionTypesAreReadAsByHuggingFace(_ value: String, _ c2p: Bool, _ p2c: Bool, _ terms: Int) throws {
        for isRelative in [true, false] {
            let configuration = try read(
                "{\"model_type\": \"deberta\", \"relative_attention\": \(isRelative), \"pos_att_type\": \(value)}")
            #expect(configuration.hasContentToPosition == c2p && configuration.hasPositionToContent == p2c)
            #expect(configuration.scoreTerms == terms)
            #expect((configuration.relativeReach != nil) == isRelative)
        }
    }

    @Test(arguments: [("-1", 77), ("0", 77), ("-9223372036854775808", 77), ("1", 1), ("512", 512)])
    func theReachOfRelativeAttentionIsRead(_ value: String, _ reach: Int) throws {
        var members = ["max_relative_positions": value, "relative_attention": "true", "max_position_embeddings": "77"]
        #expect(try read(RandomModel.text(of: .small, members)).relativeReach == reach)
        members["relative_attention"] = "false"
        #expect(try read(RandomModel.text(of: .small, members)).relativeReach == nil)
    }

    @Test(arguments: [
        ("model_type", #""deberta-v2""#, #""deberta-v2""#), ("model_type", "7", "7"),
        ("hidden_act", #""gelu_new""#, #""gelu_new""#), ("hidden_act", "null", "null"),
        ("talking_head", "true", "true"), ("talking_head", "1", "true or false"), ("z_steps", "2", "2"),
        ("z_steps", #""a""#, "a"), ("num_attention_heads", "3", "hidden_size, 16"),
        ("num_attention_heads", "0", "1 at least"), ("num_attention_heads", "17", "hidden_size, 16"),
        ("hidden_size", "-16", "1 at least"), ("hidden_size", "16.0", "whole number"),
        ("hidden_size", "1e3", "whole number"), ("hidden_size", #""16""#, "whole number"),
        ("hidden_size", "null", "null"), ("hidden_size", "[16]", "a list"), ("hidden_size", "{}", "an object"),
        ("hidden_size", "65552", "65536 at most"), ("hidden_size", "18446744073709551615", "whole number"),
        ("vocab_size", "9223372036854775807", "16777216 at most"), ("vocab_size", "0", "1 at least"),
        ("num_hidden_layers", "0", "1 at least"), ("num_hidden_layers", "100000", "1024 at most"),
        ("intermediate_size", "0", "1 at least"), ("embedding_size", "0", "1 at least"),
        ("embedding_size", "null", "null"), ("max_position_embeddings", "0", "1 at least"),
        ("max_position_embeddings", "2000000", "1048576 at most"), ("type_vocab_size", "-1", "0 at least"),
        ("type_vocab_size", "true", "whole number"), ("max_relative_positions", "1048577", "1048576 at most"),
        ("max_relative_positions", "1.5", "1.5"), ("layer_norm_eps", "0", "above 0"),
        ("layer_norm_eps", "-1e-7", "above 0"), ("layer_norm_eps", "1e-60", "above 0"),
        ("layer_norm_eps", "2", "1 at most"), ("layer_norm_eps", #""1e-7""#, "above 0"),
        ("position_biased_input", "0", "true or false"), ("relative_attention", "null", "true or false"),
        ("pos_att_type", "7", "list of strings"), ("pos_att_type", #"["c2p", null]"#, "a list with null"),
        ("pos_att_type", #"{"c2p": true}"#, "an object"),
    ])
    func unsupportedValuesAreRefusedByName(_ key: String, _ value: String, _ fragment: String) throws {
        let message = try #require(try refusal(key, value))
        #expect(message.hasPrefix("m/config.json: \"\(key)\" is "), "\(message)")
        #expect(message.contains(fragment) && !message.contains("\n"), "\(message)")
    }

    @Test func valuesWithoutEffectAreAccepted() throws {
        for (key, value) in [("talking_head", "false"), ("z_steps", "0"), ("hidden_dropout_prob", "0.1"), ("x", "[]")] {
            #expect(try refusal(key, value) == nil, "\(key)")
        }
    }

    @Test(arguments: [
        ("", "not JSON"), ("{", "not JSON"), ("[]", "no JSON object"), ("7", "no JSON object"),
        ("{}", "\"model_type\" is missing"), (#"{"hidden_size": 16}"#, "\"model_type\" is missing"),
        (String(repeating: "[", count: 5000), "not JSON"), ("{\"model_type\": \"\u{1}\"}", "not JSON"),
    ])
    func damagedFilesAreRefused(_ text: String, _ fragment: String) throws {
        let message = try #require(try failure { _ = try read(text) })
        #expect(message.hasPrefix("m/config.json: ") && message.contains(fragment), "\(message)")
    }

    @Test func longStringsAreCutInErrors() throws {
        let long = String(repeating: "я", count: 10_000)
        let message = try #require(try refusal("hidden_act", "\"\(long)\\n\\u2028\""))
        #expect(message.utf8.count < 600 && message.contains("…"))
        let lines = try #require(try refusal("hidden_act", "\"a\\nb\\u2028c\\u202Ed\""))
        #expect(lines.contains("a\\nb\\u{2028}c\\u{202E}d"))
    }
}
