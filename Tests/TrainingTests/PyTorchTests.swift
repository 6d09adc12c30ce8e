import Basics
import DeBERTa
import Testing

@testable import Training

/// Compares loss, gradients and steps with those of PyTorch (`Fixtures/make_fixture.py`).
@Suite struct PyTorchTests {
    private let folder = TestModels.fixtures + "/masked-lm"
    private let expected: TensorFile
    private let model: MaskedLM

    init() throws {
        expected = try TensorFile(folder + "/training.safetensors")
        model = try MaskedLM(Checkpoint(folder: folder).configuration, precision: .f32, dropout: .none)
        try model.parameters.load(folder + "/model.safetensors")
    }

    private func batch() throws -> MicroBatch { Self.batch(expected, sequences: 3) }

    private static func batch(_ file: TensorFile, sequences: Int) -> MicroBatch {
        func numbers(_ name: String) -> [Int64] {
            file.bytes(name)!.withMemoryRebound(to: Int64.self) { Array($0) }
        }
        let ids = numbers("ids")
        let labels = numbers("labels")
        let length = ids.count / sequences
        var batch = MicroBatch()
        for row in 0..<sequences {
            let range = row * length..<(row + 1) * length
            batch.append(
                ids[range].map { Int32($0) },
                masked: labels[range].enumerated().filter { $1 >= 0 }.map { (place: $0, label: Int32($1)) }, key: 0,
                number: row)
        }
        return batch
    }

    private func expectGradients(_ pass: Pass, _ file: TensorFile, _ prefix: String) throws {
        for entry in model.parameters.layout.entries {
            let gradient = try file.tensor(prefix + entry.name, shape: entry.shape).floats()
            let largest = gradient.reduce(0) { max($0, abs($1)) }
            for (i, value) in gradient.enumerated() {
                #expect(abs(pass.gradient[entry.offset + i] - value) < 1e-5 * largest + 1e-7, "\(entry.name) at \(i)")
            }
        }
    }

    @Test func aTeachersDistributionsAreLearnedAsByPyTorch() throws {
        let file = try TensorFile(folder + "/objectives.safetensors")
        let teacher = try MaskedLM(model.configuration, precision: .f32, dropout: .none)
        try teacher.parameters.load(folder + "/teacher.safetensors")
        let batch = Self.batch(file, sequences: 6)
        let pass = Pass(model, teacher: (teacher, 0.7))
        let score = try pass.train(batch, scale: 1 / Float(batch.labels.count))
        #expect(abs(Float(score.meanTeacherLoss) - (try file.tensor("taught.loss", shape: []).floats()[0])) < 2e-6)
        try expectGradients(pass, file, "taught.gradient.")
        // `score` gives the same losses without computing gradients.
        let told = try pass.score(batch)
        #expect(abs(told.teacherLoss - score.teacherLoss) < 1e-4)
        #expect(abs(told.loss - score.loss) < 1e-4)
    }

    @Test func pairsAreToldAsByPyTorch() throws {
        let file = try TensorFile(folder + "/objectives.safetensors")
        let batch = Self.batch(file, sequences: 6)
        let pass = Pass(model)
        let width = model.configuration.hiddenSize
        let vectors = Room<Float>(6 * width)
        let gradients = Room<Float>(6 * width)
        try pass.pool(batch, appliesDropout: true, into: vectors.start)
        let pairs = try InfoNCE(temperature: 0.1)
            .score(vectors.start, firsts: [0, 2, 4], width: width, gradient: gradients.start)
        #expect(abs(Float(pairs.meanLoss) - (try file.tensor("contrastive.loss", shape: []).floats()[0])) < 2e-5)
        _ = try pass.train(batch, vectorGradients: gradients.start, scale: 0.3 / Float(batch.labels.count))
        try expectGradients(pass, file, "contrastive.gradient.")
    }

    @Test func aTeachersVectorsAreLearnedAsByPyTorch() throws {
        let batch = Self.batch(try TensorFile(folder + "/objectives.safetensors"), sequences: 6)
        let file = try TensorFile(folder + "/vectors.safetensors")
        let width = model.configuration.hiddenSize
        let teacher = try file.tensor("teacher", shape: [6, width]).floats()
        let vectors = Room<Float>(6 * width)
        let gradients = Room<Float>(6 * width)
        let pass = Pass(model)
        try pass.pool(batch, appliesDropout: true, into: vectors.start)
        let loss = VectorLoss(
            cosineWeight: 0.7, similarityWeight: 0.5, contrastWeight: 0.8, pairWeight: 0.6, temperature: 0.1)
        let score = try loss.score(
            vectors.start, teacher: teacher, documents: 6, firsts: [0, 4], width: width, gradient: gradients.start)
        for (name, value) in [
            ("cosine", 1 - score.meanCosine), ("similarity", score.meanSimilarityLoss),
            ("contrast", score.contrast.meanLoss), ("pair", score.pairs.meanLoss),
        ] {
            #expect(abs(Float(value) - (try file.tensor(name, shape: []).floats()[0])) < 2e-5, "\(name)")
        }
        _ = try pass.train(batch, vectorGradients: gradients.start, scale: 0.3 / Float(batch.labels.count))
        try expectGradients(pass, file, "gradient.")
    }

    @Test func lossAndGradientsAreThoseOfPyTorch() throws {
        let batch = try batch()
        let pass = Pass(model)
        let score = try pass.train(batch, scale: 1 / Float(batch.labels.count))
        #expect(abs(Float(score.meanLoss) - (try expected.tensor("loss", shape: []).floats()[0])) < 2e-6)
        try expectGradients(pass, expected, "gradient.")
    }

    @Test(arguments: [1, 3])
    func stepsAreThoseOfPyTorch(threads: Int) throws {
        let batch = try batch()
        let optimizer = Optimizer(model, AdamW())
        let passes = (0..<threads).map { _ in Pass(model) }
        let untrained = (0..<model.parameters.layout.count).map { model.parameters.weights[$0] }
        let losses = try expected.tensor("losses", shape: [20]).floats()
        for loss in losses {
            // One pass computes the whole loss, or several passes each compute a share of it.
            var score = MaskedScore()
            for pass in passes {
                score = try pass.train(batch, scale: 1 / Float(batch.labels.count * threads))
            }
            #expect(abs(Float(score.meanLoss) - loss) < 2e-5 * loss + 1e-5)
            _ = try optimizer.step(passes, rate: 1e-2)
        }
        // AdamW makes full steps even for gradients that are only rounding errors, so single numbers may differ.
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
