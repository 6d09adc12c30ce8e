import Basics
import DeBERTa
import Testing

@testable import Training

/// Loss, gradients and steps against those that PyTorch computed: `Fixtures/make_fixture.py`.
@Suite struct PyTorchTests {
    private let folder = TestModels.fixtures + "/masked-lm"
    private let expected: TensorFile
    private let model: MaskedLM

    init() throws {
        expected = try TensorFile(folder + "/training.safetensors")
        model = try MaskedLM(Checkpoint(folder: folder).configuration, precision: .f32, dropout: .none)
        try model.parameters.load(folder + "/model.safetensors")
    }

    private func batch() throws -> MicroBatch {
        func numbers(_ name: String) -> [Int64] {
            expected.bytes(name)!.withMemoryRebound(to: Int64.self) { Array($0) }
        }
        let ids = numbers("ids")
        let labels = numbers("labels")
        let length = ids.count / 3
        var batch = MicroBatch()
        for row in 0..<3 {
            let range = row * length..<(row + 1) * length
            batch.append(
                ids[range].map { Int32($0) },
                masked: labels[range].enumerated().filter { $1 >= 0 }.map { (place: $0, label: Int32($1)) }, key: 0)
        }
        return batch
    }

    @Test func lossAndGradientsAreThoseOfPyTorch() throws {
        let batch = try batch()
        let pass = Pass(model)
        let score = try pass.train(batch, scale: 1 / Float(batch.labels.count))
        #expect(abs(Float(score.meanLoss) - (try expected.tensor("loss", shape: []).floats()[0])) < 2e-6)
        for entry in model.parameters.layout.entries {
            let gradient = try expected.tensor("gradient." + entry.name, shape: entry.shape).floats()
            let largest = gradient.reduce(0) { max($0, abs($1)) }
            for (i, value) in gradient.enumerated() {
                #expect(abs(pass.gradient[entry.offset + i] - value) < 1e-5 * largest + 1e-7, "\(entry.name) at \(i)")
            }
        }
    }

    @Test(arguments: [1, 3])
    func stepsAreThoseOfPyTorch(threads: Int) throws {
        let batch = try batch()
        let optimizer = Optimizer(model, AdamW())
        let passes = (0..<threads).map { _ in Pass(model) }
        let untrained = (0..<model.parameters.layout.count).map { model.parameters.weights[$0] }
        let losses = try expected.tensor("losses", shape: [20]).floats()
        for loss in losses {
            // All in one, or a share of the sequences' loss from each.
            var score = MaskedScore()
            for pass in passes {
                score = try pass.train(batch, scale: 1 / Float(batch.labels.count * threads))
            }
            #expect(abs(Float(score.meanLoss) - loss) < 2e-5 * loss + 1e-5)
            _ = try optimizer.step(passes, rate: 1e-2)
        }
        // AdamW makes whole steps of gradients that are nothing but rounding: single numbers may differ.
        var difference = 0.0
        var movement = 0.0
        for entry in model.parameters.layout.entries {
            let trained = try expected.tensor("trained." + entry.name, shape: entry.shape).floats()
            for (i, value) in trained.enumerated() {
                let at = entry.offset + i
                difference += Double((model.parameters.weights[at] - value) * (model.parameters.weights[at] - value))
                movement += Double((value - untrained[at]) * (value - untrained[at]))
            }
        }
        #expect(movement > 1)
        #expect(difference.squareRoot() < 2e-3 * movement.squareRoot())
    }
}
