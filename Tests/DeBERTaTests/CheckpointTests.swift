import Basics
import Foundation
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct CheckpointTests {
    private static let configuration = Configuration.small

    /// The message of the error for the model in a folder.
    private func refusal(_ folder: String) throws -> String {
        let message = try #require(try failure { _ = try Checkpoint(folder: folder) })
        #expect(!message.contains("\n"))
        return message
    }

    private func refusal(_ model: RandomModel) throws -> String {
        try withExtendedLifetime(model) { try refusal(model.path) }
    }

    private func floats(_ model: RandomModel) throws -> [[Float]] {
        let checkpoint = try model.checkpoint()
        return checkpoint.configuration.tensors.map { tensor in
            let found = checkpoint.tensor(tensor.name)
            #expect(found.shape == tensor.shape && found.count == tensor.count)
            return found.floats()
        }
    }

    @Test(arguments: FixtureModel.all)
    func modelsOfHuggingFaceAreRead(_ model: FixtureModel) throws {
        let checkpoint = try model.checkpoint()
        let numbers = checkpoint.configuration.tensors.map { checkpoint.tensor($0.name).floats() }
        #expect(numbers.reduce(0) { $0 + $1.count } == checkpoint.configuration.parameterCount)
        #expect(numbers.allSatisfy { $0.allSatisfy(\.isFinite) })
        #expect(try checkpoint.checksum() == checkpoint.checksum())
    }

    @Test func theStorageOfWeightsDoesNotChangeTheNumbers() throws {
        let plain = try floats(RandomModel(Self.configuration))
        #expect(plain.flatMap { $0 }.contains { $0 != 0 })
        #expect(try floats(RandomModel(Self.configuration, prefix: "deberta.")) == plain)
        #expect(try floats(RandomModel(Self.configuration, shards: 3)) == plain)
        #expect(try floats(RandomModel(Self.configuration, prefix: "deberta.", shards: 2, padding: 3)) == plain)
        for padding in 1...7 {
            #expect(try floats(RandomModel(Self.configuration, padding: padding)) == plain)
        }
        let reversed = try RandomModel(Self.configuration) { $0.entries.reverse() }
        #expect(try floats(reversed) == plain)
    }

    @Test func foreignTensorsAreIgnored() throws {
        let model = try RandomModel(Self.configuration, prefix: "deberta.") { text in
            text.add("deberta.embeddings.position_ids", "I64", [1, 2], [UInt8](repeating: 0xFF, count: 16))
            text.add("cls.predictions.bias", "F32", [1], [UInt8](repeating: 0xFF, count: 4))
            text.add("odd", "F8_E5M2", [3], [1, 2, 3])
            text.entries.swapAt(0, text.entries.count - 1)
        }
        #expect(try floats(model) == floats(RandomModel(Self.configuration)))
        _ = try model.checkpoint().checksum()
    }

    @Test(arguments: ElementType.floats, [0, 1, 5])
    func partsOfATensorAreRead(_ type: ElementType, _ padding: Int) throws {
        let model = try RandomModel(Self.configuration, type: type, padding: padding)
        let checkpoint = try model.checkpoint()
        let tensor = checkpoint.tensor("embeddings.word_embeddings.weight")
        let all = tensor.floats()
        #expect(tensor.type == type && tensor.bytes.count == all.count * type.size)
        for range in [0..<0, 0..<1, 7..<16, 16..<48, 799..<800, 800..<800] {
            var room = [Float](repeating: -1, count: range.count + 1)
            tensor.read(range, into: &room)
            #expect(room.dropLast().elementsEqual(all[range]) && room.last == -1)
            #expect(tensor.withFloats(range) { Array($0) } == Array(all[range]))
        }
        tensor.letGo()
        #expect(tensor.floats() == all)
    }

    @Test func anUnknownTensorIsAProgrammingError() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try FixtureModel.shipped[0].checkpoint().tensor("pooler.dense.weight")
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("no tensor of the encoder: pooler.dense.weight"))
    }

    @Test(arguments: [1, 2])
    func aMissingTensorIsNamed(_ shards: Int) throws {
        for (name, shape) in [
            ("embeddings.LayerNorm.bias", "[16]"), ("encoder.layer.1.output.dense.weight", "[16, 24]"),
        ] {
            let model = try RandomModel(Self.configuration, shards: shards) { text in
                text.entries.removeAll { $0.name == name }
            }
            let message = try refusal(model)
            #expect(message.contains("tensor \(name) \(shape)") && message.contains("is missing"), "\(message)")
            #expect(message.contains(model.path))
        }
    }

    @Test func aTensorOfAnotherShapeIsNamed() throws {
        let name = "encoder.layer.0.intermediate.dense.weight"
        for shape in [[16, 24], [24 * 16], [24, 16, 1]] {
            let model = try RandomModel(Self.configuration) { text in
                text.entries[text.entries.firstIndex { $0.name == name }!].shape = shape
            }
            let message = try refusal(model)
            #expect(message.contains(name) && message.contains("\(shape)") && message.contains("[24, 16]"))
        }
    }

    @Test(arguments: ["I32", "U32"])
    func aTensorOfAnotherTypeIsNamed(_ type: String) throws {
        let model = try RandomModel(Self.configuration) { text in text.entries[3].type = type }
        let message = try refusal(model)
        #expect(message.contains(Self.configuration.tensors[3].name) && message.contains("\"\(type)\""))
        #expect(message.contains("F32, F16, BF16"))
    }

    @Test func aTensorWithAndWithoutThePrefixIsRefused() throws {
        let model = try RandomModel(Self.configuration) { text in
            var copy = text.entries[0]
            copy.name = "deberta." + copy.name
            text.entries.append(copy)
        }
        #expect(try refusal(model).contains("there are two tensors embeddings.word_embeddings.weight"))
    }

    @Test func missingAndSpecialFilesAreNamed() throws {
        #expect(try refusal("/nowhere/model").contains("there is no such folder"))
        let model = try RandomModel(Self.configuration)
        #expect(try refusal(model.path + "/config.json").contains("has to be the folder"))

        try model.folder.write([], to: "model.safetensors")
        #expect(try refusal(model).contains("model.safetensors: the file is empty"))
        try model.folder.remove("model.safetensors")
        #expect(try refusal(model).contains("has no model.safetensors and no model.safetensors.index.json"))
        try model.folder.write([1], to: "pytorch_model.bin")
        #expect(try refusal(model).contains("has pytorch_model.bin only"))
        try FileManager.default.createDirectory(
            atPath: model.path + "/model.safetensors", withIntermediateDirectories: true)
        #expect(try refusal(model).contains("model.safetensors: it is a folder"))

        try model.folder.remove("config.json")
        #expect(try refusal(model).contains("config.json: there is no such file"))
        try FileManager.default.createDirectory(atPath: model.path + "/config.json", withIntermediateDirectories: true)
        #expect(try refusal(model).contains("config.json: it is a folder"))
        try model.folder.remove("config.json")
        // The file is sparse and claims to be huge. It must be refused without allocating that much memory.
        try File(model.path + "/config.json", .update).truncate(to: 1 << 40)
        #expect(try refusal(model).contains("config.json: 1099511627776 bytes"))
    }

    @Test func faultsOfTheHeaderAreNamedWithThePath() throws {
        let model = try RandomModel(Self.configuration)
        let path = model.path + "/model.safetensors"
        try File(path, .update).truncate(to: Int64(bytesOfFile(path).count - 1))
        let message = try refusal(model)
        #expect(message.hasPrefix(path) && message.contains("was it cut short?") && message.contains("fetch"))
    }
}
