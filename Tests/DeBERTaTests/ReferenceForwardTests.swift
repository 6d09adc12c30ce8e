import Testing

@testable import DeBERTa

/// The engine is held against the reference: here the reference is held against Hugging Face.
@Suite("Reference forward pass")
struct ReferenceForwardTests {
    @Test("computes what Hugging Face computes", arguments: FixtureModel.shipped)
    func shipped(_ model: FixtureModel) throws { try compare(model) }

    @Test(
        "computes what Hugging Face computes: models beside the checkout",
        .enabled(if: !FixtureModel.shared.isEmpty, "needs the shared folder"), arguments: FixtureModel.shared)
    func shared(_ model: FixtureModel) throws { try compare(model) }

    private func compare(_ model: FixtureModel) throws {
        let forward = try ReferenceForward(model.checkpoint())
        // Long sequences would take minutes, and show nothing that the clamped ones do not; nor would a whole batch.
        let sequences = try model.sequences().filter { $0.ids.count <= 100 && !$0.name.hasPrefix("batch, row 1") }
        #expect(sequences.count >= 3)
        for sequence in sequences {
            let states = forward.states(sequence.ids, types: sequence.types, mask: sequence.mask).flatMap { $0 }
            #expect(states.count == sequence.expected.count, "\(sequence)")
            let distances = zip(states, sequence.expected).map { abs($0 - Double($1)) }
            #expect(distances.allSatisfy { $0 < 1e-5 }, "\(sequence): \(distances.max() ?? 0)")
        }
    }
}
