import Basics
import Foundation
import Testing

@testable import DeBERTa

/// The engine against Hugging Face's values.
@Suite struct EncoderTests {
    static let levels = Kernels.Level.allCases.filter { $0.rawValue <= Kernels.Level.best(for: .f32).rawValue }

    /// What Hugging Face computes for tokens that are only padding is of no interest: nothing is padded here.
    private static func sequences(_ model: FixtureModel) throws -> [FixtureSequence] {
        try model.sequences().filter { sequence in
            guard let mask = sequence.mask else { return true }
            return mask.prefix { $0 }.count == mask.count { $0 }
        }
    }

    private static func run(_ encoder: Encoder, _ sequences: [FixtureSequence]) throws -> [[Float]] {
        var ids: [Int32] = []
        var types: [Int32] = []
        var ranges: [Range<Int>] = []
        for sequence in sequences {
            let count = sequence.mask?.count { $0 } ?? sequence.ids.count
            ranges.append(ids.count..<ids.count + count)
            ids += sequence.ids.prefix(count)
            types += (sequence.types ?? sequence.ids.map { _ in 0 }).prefix(count)
        }
        let width = encoder.configuration.hiddenSize
        var states = [Float](repeating: .nan, count: ids.count * width)
        try ids.withUnsafeBufferPointer { ids in
            try types.withUnsafeBufferPointer { types in
                try states.withUnsafeMutableBufferPointer {
                    try encoder.states(ids, ranges, types: types, into: $0.baseAddress!)
                }
            }
        }
        return ranges.map { Array(states[$0.lowerBound * width..<$0.upperBound * width]) }
    }

    private static func distance(_ states: [Float], _ expected: [Float]) -> Float {
        zip(states, expected).reduce(0) { $1.0.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
    }

    @Test(arguments: FixtureModel.all, levels)
    func statesAreThoseOfHuggingFace(_ model: FixtureModel, _ level: Kernels.Level) throws {
        let encoder = try Encoder(Checkpoint(folder: model.folder), precision: .f32, level: level)
        let sequences = try Self.sequences(model)
        #expect(!sequences.isEmpty)
        let together = try Self.run(encoder, sequences)
        for (sequence, states) in zip(sequences, together) {
            #expect(Self.distance(states, sequence.expected) <= 2e-5, "\(sequence) beside others")
            let alone = try Self.run(encoder, [sequence])[0]
            #expect(alone == states, "\(sequence) alone")
        }
    }
}
