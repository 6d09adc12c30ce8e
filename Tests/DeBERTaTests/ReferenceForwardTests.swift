import TestSupport
import Testing

@testable import DeBERTa

/// Checks the slow reference implementation, with which other tests compare the engine, against Hugging Face.
@Suite struct ReferenceForwardTests {
    @Test(arguments: FixtureModel.shipped)
    func statesAreThoseOfHuggingFace(_ model: FixtureModel) throws { try compare(model) }

    @Test(.enabled(if: !FixtureModel.shared.isEmpty, "needs the shared folder"), arguments: FixtureModel.shared)
    func statesOfSharedModelsAreThoseOfHuggingFace(_ model: FixtureModel) throws { try compare(model) }

    private func compare(_ model: FixtureModel) throws {
        let forward = try ReferenceForward(model.checkpoint())
        // Long sequences would take minutes, without testing more than the clamped ones do. The same is true of a whole
        // batch.
        let sequences = try model.sequences().filter { $0.ids.count <= 100 && !$0.name.hasPrefix("batch, row 1") }
        #expect(sequences.count >= 3)
        for sequence in sequences {
            let states = forward.states(sequence.ids, types: sequence.types, mask: sequence.mask).flatMap { $0 }
            #expect(states.count == sequence.expected.count, "\(sequence)")
            let distances = zip(states, sequence.expected).map { abs($0 - Double($1)) }
            #expect(distances.allSatisfy { $0 < 1e-5 }, "\(sequence): \(distances.max() ?? 0)")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func paddingDoesNotChangeStates(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let configuration = Configuration.random(using: &generator)
        let forward = ReferenceForward(try RandomModel(configuration, seed: seed).checkpoint())
        let length = Int.random(in: 1...20, using: &generator)
        func tokens(_ count: Int, below bound: Int) -> [Int32] {
            (0..<count).map { _ in Int32.random(in: 0..<Int32(bound), using: &generator) }
        }
        let ids = tokens(length, below: configuration.vocabularySize)
        let types = tokens(length, below: max(1, configuration.tokenTypes))
        let alone = forward.states(ids, types: types)
        let padded = forward.states(
            ids + [Int32](repeating: 0, count: 7), types: types + [Int32](repeating: 0, count: 7),
            mask: (0..<length + 7).map { $0 < length })
        #expect(alone.count == length && padded.count == length + 7)
        for (row, other) in zip(alone, padded) {
            #expect(row.count == configuration.hiddenSize)
            #expect(zip(row, other).allSatisfy { abs($0 - $1) < 1e-9 })
        }
    }
}
