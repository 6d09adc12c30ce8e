import Basics
import DeBERTa
import Testing

@testable import Training

/// The classifier on top of the encoder.
@Suite struct ClassificationTests {
    /// A kind of classification: the parts that the classifier reads, its outputs, and the sequences of an example.
    struct Kind: Sendable, CustomTestStringConvertible {
        let parts, outputs, sequences: Int
        var testDescription: String { "\(parts) parts, \(outputs) outputs, \(sequences) sequences" }
        var classes: Int { outputs * sequences }
    }

    static let kinds = [
        Kind(parts: 1, outputs: 3, sequences: 1), Kind(parts: 3, outputs: 2, sequences: 1),
        Kind(parts: 1, outputs: 1, sequences: 2),
    ]

    private func model(_ kind: Kind, _ dropout: Dropout, _ level: Kernels.Level? = nil) throws -> MaskedLM {
        let model = try MaskedLM(
            TestModels.tiny, precision: .f32, dropout: dropout,
            head: .classifier(parts: kind.parts, outputs: kind.outputs), level: level)
        model.parameters.initialize(seed: 3, deviation: 0.4)
        return model
    }

    private func examples(_ kind: Kind, count: Int = 4) -> [ClassifiedExample] {
        var random = RandomNumbers(key: 5)
        return (0..<count).map { number in
            let sequences = (0..<kind.sequences).map { _ in
                let length = 4 + random.next(below: 10)
                let ids = (0..<length).map { _ in Int32(random.next(below: TestModels.tiny.vocabularySize)) }
                let spans = [2..<3, 1..<4].prefix(kind.parts - 1)
                return ClassifiedExample.Sequence(ids: ids, parts: [0..<length] + spans)
            }
            return ClassifiedExample(sequences: sequences, label: number % kind.classes)
        }
    }

    @Test(arguments: GradientTests.levels, kinds)
    func everyTensorFollowsFiniteDifferences(_ level: Kernels.Level, _ kind: Kind) throws {
        let model = try model(kind, Dropout(hidden: 0.2, attention: 0.3), level)
        let examples = examples(kind)
        let keys: [UInt64] = [8, 9, 10, 11]
        let pass = Pass(model)
        let scale: Float = 0.25
        _ = try pass.train(examples[...], keys: keys[...], scale: scale)
        let weights = model.parameters.weights
        let other = Pass(model)
        func loss() throws -> Double {
            try other.train(examples[...], keys: keys[...], scale: scale).loss * Double(scale)
        }
        var random = RandomNumbers(key: 1)
        for entry in model.parameters.layout.entries {
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
            let exact = (0..<entry.count).reduce(0.0) { $0 + Double(pass.gradient[entry.offset + $1] * signs[$1]) }
            let length = (0..<entry.count).reduce(0.0) {
                $0 + Double(pass.gradient[entry.offset + $1] * pass.gradient[entry.offset + $1])
            }.squareRoot()
            // A bias that is added to the logits of all candidates does not change which of them is chosen.
            let isShared = ["classifier.bias", "deberta.encoder.layer.1.output.LayerNorm.bias"].contains(entry.name)
            #expect(length > 1e-4 || kind.outputs == 1 && isShared, "\(entry.name)")
            #expect(
                abs(numeric - exact) < 0.01 * max(length, abs(exact)) + 2e-3,
                "\(entry.name): \(exact) against \(numeric), of length \(length)")
        }
    }

    @Test(arguments: kinds) func logitsAreTheClassifierOfTheMeansOfTheParts(_ kind: Kind) throws {
        let model = try model(kind, .none)
        let examples = examples(kind)
        let pass = Pass(model)
        let together = try pass.logits(examples[...])
        #expect(together.allSatisfy { $0.count == kind.classes })
        // The examples of a micro-batch do not influence each other.
        for (number, logits) in together.enumerated() {
            let alone = try pass.logits(examples[number...number])[0]
            #expect(zip(alone, logits).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        // The states of the model's encoder give the same logits.
        let layout = model.parameters.layout
        let weight = model.parameters.weights + layout.offset("classifier.weight")
        let bias = model.parameters.weights + layout.offset("classifier.bias")
        let width = kind.parts * model.configuration.hiddenSize
        for (example, logits) in zip(examples, together) {
            var slow: [Float] = []
            for sequence in example.sequences {
                var batch = MicroBatch()
                batch.append(sequence.ids, masked: [], key: 0)
                try pass.forward(batch, appliesDropout: false)
                var features: [Float] = []
                for part in sequence.parts {
                    for i in 0..<model.configuration.hiddenSize {
                        let sum = part.reduce(Float(0)) {
                            $0 + pass.space.states[$1 * model.configuration.hiddenSize + i]
                        }
                        features.append(sum / Float(part.count))
                    }
                }
                for output in 0..<kind.outputs {
                    slow.append(
                        features.indices.reduce(bias[output]) { $0 + weight[output * width + $1] * features[$1] })
                }
            }
            #expect(zip(slow, logits).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test func theScoreIsTheCrossEntropy() {
        var score = ClassificationScore()
        let slope = score.add([0, 0], label: 1)
        #expect(slope == [0.5, -0.5] && abs(score.loss - 0.6931471805599453) < 1e-12)
        // The first of equal logits counts as the prediction.
        #expect(score.correct == 0)
        _ = score.add([1000, -1000], label: 0)
        #expect(score.correct == 1 && score.examples == 2 && score.accuracy == 0.5)
        _ = score.add([1000, -1000], label: 1)
        #expect(abs(score.loss - 2000.6931471805599453) < 1e-9)
    }

    @Test func sharesHaveAboutAsManyTokens() {
        #expect(threadShares(of: [], among: 2) == [0..<0, 0..<0])
        #expect(threadShares(of: [5], among: 3) == [0..<1, 1..<1, 1..<1])
        #expect(threadShares(of: [4, 1, 1, 1, 1], among: 2) == [0..<1, 1..<5])
        #expect(threadShares(of: [1, 1, 1, 1], among: 4) == [0..<1, 1..<2, 2..<3, 3..<4])
        #expect(threadShares(of: [9, 1], among: 4) == [0..<1, 1..<1, 1..<1, 1..<2])
    }
}
