import Basics
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct ShardTests {
    private static let index = "model.safetensors.index.json"

    private func refusal(_ model: RandomModel) throws -> String {
        let message = try #require(try failure { _ = try model.checkpoint() })
        #expect(!message.contains("\n"))
        return message
    }

    private func map(_ text: String) -> String { "{\"weight_map\":\(text)}" }

    @Test(arguments: [
        ("", "not JSON"), ("[]", "no object \"weight_map\""), ("{}", "no object \"weight_map\""),
        (#"{"weight_map":[]}"#, "no object \"weight_map\""), (#"{"weight_map":{}}"#, "names no file"),
        (#"{"weight_map":{"a":1}}"#, "names 1 as the file of tensor \"a\""),
        (#"{"weight_map":{"a":"gone.safetensors"}}"#, "gone.safetensors, which"),
        (#"{"weight_map":{"a":"model-1-of-2.safetensors"}}"#, "tensor \"a\", which"),
    ])
    func aDamagedIndexIsRefused(_ text: String, _ fragment: String) throws {
        let model = try RandomModel(.small, shards: 2)
        try model.folder.write(text, to: Self.index)
        let message = try refusal(model)
        #expect(message.contains(fragment) && message.contains(Self.index), "\(message)")
    }

    @Test(arguments: ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "..", "", "a\\u0000b", "./x"])
    func namesOutsideTheFolderAreRefused(_ name: String) throws {
        let model = try RandomModel(.small, shards: 2)
        try model.folder.write(map("{\"a\":\"\(name)\"}"), to: Self.index)
        #expect(try refusal(model).contains("has to name a file in the same folder"))
    }

    @Test func aTensorInTwoShardsIsRefused() throws {
        let model = try RandomModel(.small, shards: 2)
        try model.folder.write(bytesOfFile(model.path + "/model-1-of-2.safetensors"), to: "model-2-of-2.safetensors")
        let name = Configuration.small.tensors[0].name
        try model.folder.write(
            map(
                "{\"\(name)\":\"model-1-of-2.safetensors\",\"\(Configuration.small.tensors[2].name)\":\"model-2-of-2.safetensors\"}"
            ),
            to: Self.index)
        let message = try refusal(model)
        #expect(message.contains("tensor \"\(name)\" is in ") && message.contains("model-1-of-2"), "\(message)")
    }

    @Test func aDamagedShardIsNamed() throws {
        let model = try RandomModel(.small, shards: 2)
        try model.folder.write([1, 2, 3], to: "model-2-of-2.safetensors")
        #expect(try refusal(model).hasPrefix(model.path + "/model-2-of-2.safetensors: not a valid safetensors file"))
    }

    @Test func tensorsMissingFromTheIndexAreRead() throws {
        let model = try RandomModel(.small, shards: 2)
        let tensors = Configuration.small.tensors
        try model.folder.write(
            map(
                "{\"\(tensors[0].name)\":\"model-1-of-2.safetensors\",\"\(tensors[1].name)\":\"model-2-of-2.safetensors\"}"
            ),
            to: Self.index)
        #expect(try model.checkpoint().tensor(tensors[5].name).shape == tensors[5].shape)
    }
}
