import DeBERTa
import TestSupport
import Testing

@testable import Training

/// Trainings that begin with a model in int8.
@Suite struct Int8ModelTests {
    @Test func aTrainingBeginsWithTheNumbersOfAnInt8Model() throws {
        let folder = try TemporaryFolder()
        let source = try Checkpoint(folder: TestModels.fixtures + "/masked-lm")
        let shape = source.configuration
        try folder.write(bytesOfFile(TestModels.fixtures + "/masked-lm/config.json"), to: "config.json")
        try source.writeWeights(to: folder.path + "/model.safetensors", as: .int8, encoderOnly: false)
        let model = try MaskedLM(shape, precision: .f32, dropout: .none)
        try model.parameters.load(folder.path + "/model.safetensors")
        let file = try TensorFile(folder.path + "/model.safetensors")
        for entry in model.parameters.layout.entries {
            let numbers = Array(UnsafeBufferPointer(start: model.parameters.weights + entry.offset, count: entry.count))
            #expect(try numbers == file.tensor(entry.name, shape: entry.shape).floats())
            let isInt8 = entry.shape.count == 2 && !entry.name.contains("position_embeddings")
            #expect((file.bytes(entry.name + "_scale") != nil) == isInt8, "\(entry.name)")
        }
    }
}
