import Basics
import DeBERTa
import Testing

@testable import Training

/// Compares gradients with finite differences, with every instruction set of this machine.
@Suite struct GradientTests {
    /// Odd sizes: no width is a multiple of the vector width.
    static func model(_ dropout: Dropout, _ level: Kernels.Level) throws -> MaskedLM {
        let configuration = TestModels.tiny
        let model = try MaskedLM(configuration, precision: .f32, dropout: dropout, level: level)
        model.parameters.initialize(seed: 3, deviation: 0.4)
        var random = RandomNumbers(key: 8)
        for entry in model.parameters.layout.entries where !entry.decays {
            for i in entry.range { model.parameters.weights[i] += random.nextNormal() * 0.2 }
        }
        return model
    }

    static let levels = Kernels.Level.allCases.filter { (try? TrainingKernels(.f32, level: $0)) != nil }

    @Test(arguments: levels, [Dropout.none, Dropout(hidden: 0.2, attention: 0.3)])
    func everyTensorFollowsFiniteDifferences(_ level: Kernels.Level, _ dropout: Dropout) throws {
        let model = try Self.model(dropout, level)
        let pass = Pass(model)
        let batch = TestModels.batch(lengths: [7, 13, 1], vocabulary: model.configuration.vocabularySize, seed: 4)
        let scale: Float = 0.25
        _ = try pass.train(batch, scale: scale)
        let weights = model.parameters.weights
        // Another pass is used, so that the gradient in the first one does not change.
        let other = Pass(model)
        func loss() throws -> Double { try other.train(batch, scale: scale).loss * Double(scale) }
        var random = RandomNumbers(key: 1)
        for entry in model.parameters.layout.entries {
            // Random signs make all numbers of a tensor contribute.
            let signs = (0..<entry.count).map { _ in random.next() & 1 == 0 ? Float(1) : -1 }
            let kept = (0..<entry.count).map { weights[entry.offset + $0] }
            let step: Float = 2e-3 / Float(entry.count).squareRoot() * 2
            var losses: [Double] = []
            for direction: Float in [1, -1] {
                for i in 0..<entry.count { weights[entry.offset + i] = kept[i] + direction * step * signs[i] }
                losses.append(try loss())
            }
            for i in 0..<entry.count { weights[entry.offset + i] = kept[i] }
            let numeric = (losses[0] - losses[1]) / Double(2 * step)
            let exact = (0..<entry.count).reduce(0.0) {
                $0 + Double(pass.gradient[entry.offset + $1] * signs[$1])
            }
            let length = (0..<entry.count).reduce(0.0) {
                $0 + Double(pass.gradient[entry.offset + $1] * pass.gradient[entry.offset + $1])
            }.squareRoot()
            #expect(length > 1e-4, "\(entry.name) has no gradient")
            #expect(
                abs(numeric - exact) < 0.01 * max(length, abs(exact)) + 2e-3,
                "\(entry.name): \(exact) against \(numeric), of length \(length)")
        }
    }

    @Test func dropoutIsAFunctionOfTheSequenceAlone() throws {
        let model = try Self.model(Dropout(hidden: 0.3, attention: 0.3), Self.levels.last!)
        let vocabulary = model.configuration.vocabularySize
        let both = TestModels.batch(lengths: [9, 12], vocabulary: vocabulary, seed: 4)
        let together = Pass(model)
        let apart = Pass(model)
        let whole = try together.train(both, scale: 1)
        var parts = MaskedScore()
        for number in 0..<2 {
            parts += try apart.train(
                TestModels.batch(lengths: [9, 12], vocabulary: vocabulary, seed: 4, only: number), scale: 1)
        }
        #expect(abs(whole.loss - parts.loss) < 1e-4)
        for i in 0..<model.parameters.layout.count {
            #expect(abs(together.gradient[i] - apart.gradient[i]) < 1e-3 + 1e-3 * abs(together.gradient[i]))
        }
        let undropped = try Pass(Self.model(.none, Self.levels.last!)).train(both, scale: 1)
        #expect(abs(undropped.loss - whole.loss) > 1e-3)
    }

    @Test(.enabled(if: Precision.bf16.isSupported))
    func roundedProductsHaveAboutTheSameGradient() throws {
        let configuration = TestModels.tiny
        let batch = TestModels.batch(lengths: [14, 11], vocabulary: configuration.vocabularySize, seed: 4)
        var gradients: [[Double]] = []
        for precision in [Precision.f32, .bf16] {
            let model = try MaskedLM(configuration, precision: precision, dropout: .none)
            model.parameters.initialize(seed: 3, deviation: 0.2)
            let pass = Pass(model)
            _ = try pass.train(batch, scale: 0.1)
            gradients.append((0..<model.parameters.layout.count).map { Double(pass.gradient[$0]) })
        }
        let product = zip(gradients[0], gradients[1]).reduce(0) { $0 + $1.0 * $1.1 }
        let lengths = gradients.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        #expect(product / (lengths[0] * lengths[1]) > 0.999)
        #expect(gradients[0] != gradients[1])
    }
}
