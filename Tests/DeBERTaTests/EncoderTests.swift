import Basics
import Foundation
import TestSupport
import Testing

@testable import DeBERTa

@Suite struct EncoderTests {
    /// The levels of kernels that this machine has, for f32.
    static let levels = Kernels.Level.allCases.filter { $0.rawValue <= Kernels.Level.best(for: .f32).rawValue }
    static let precisions = Precision.allCases.filter(\.isSupported)

    @Test(arguments: FixtureModel.all, levels)
    func statesAreThoseOfHuggingFace(_ model: FixtureModel, _ level: Kernels.Level) throws {
        let encoder = try Encoder(model.checkpoint(), precision: .f32, level: level)
        // This encoder does not pad sequences, so only sequences whose padding, if any, is at the end can be compared.
        let sequences = try model.sequences().filter { sequence in
            sequence.mask.map { mask in mask.prefix { $0 }.count == mask.count { $0 } } ?? true
        }
        #expect(!sequences.isEmpty)
        let counts = sequences.map { $0.mask?.count { $0 } ?? $0.ids.count }
        let ids = zip(sequences, counts).map { Array($0.ids.prefix($1)) }
        let types = zip(sequences, counts).map { sequence, count in sequence.types.map { Array($0.prefix(count)) } }
        let together = try encoder.states(ids, types: types)
        for (number, sequence) in sequences.enumerated() {
            let expected = Array(sequence.expected.prefix(together[number].count))
            #expect(distance(together[number], expected) <= 2e-5, "\(sequence)")
            let alone = try encoder.states([ids[number]], types: [types[number]])[0]
            #expect(alone == together[number], "\(sequence)")
        }
    }

    /// Shapes that are hard for kernels: odd head and hidden sizes, lengths around tile sizes, positions out of reach.
    static let shapes: [Configuration] = {
        func shape(_ hidden: Int, _ heads: Int, _ feed: Int, _ change: (inout Configuration) -> Void) -> Configuration {
            var shape = Configuration()
            (shape.hiddenSize, shape.heads, shape.intermediateSize) = (hidden, heads, feed)
            (shape.embeddingSize, shape.vocabularySize, shape.layers, shape.maxPositions) = (hidden, 101, 2, 64)
            change(&shape)
            return shape
        }
        return [
            shape(128, 2, 256) { $0.maxPositions = 80 },
            shape(42, 6, 50) { $0.tokenTypes = 3 },
            shape(33, 1, 17) { $0.scoreTerms = 3 },
            shape(64, 1, 64) {
                $0.hasAbsolutePositions = false
                ($0.relativeReach, $0.hasContentToPosition, $0.hasPositionToContent) = (9, true, true)
                $0.scoreTerms = 3
            },
            shape(36, 3, 40) {
                ($0.relativeReach, $0.hasPositionToContent, $0.scoreTerms) = (64, true, 2)
            },
            shape(40, 2, 48) {
                ($0.relativeReach, $0.hasContentToPosition, $0.scoreTerms, $0.embeddingSize) = (1, true, 4, 70)
            },
        ]
    }()

    @Test(arguments: shapes, levels)
    func statesAreThoseOfTheSlowReference(_ shape: Configuration, _ level: Kernels.Level) throws {
        let model = try RandomModel(shape, seed: UInt64(shape.hiddenSize))
        let checkpoint = try model.checkpoint()
        let encoder = try Encoder(checkpoint, precision: .f32, level: level)
        let slow = ReferenceForward(checkpoint)
        var generator = SeededGenerator(seed: 7)
        let sequences = [1, 2, 6, 12, 13, 31, 33, 64].map {
            randomSequence($0, shape.vocabularySize, using: &generator)
        }
        let types: [[Int32]?] = sequences.map { ids in
            shape.tokenTypes == 0
                ? nil : ids.map { _ in Int32.random(in: 0..<Int32(shape.tokenTypes), using: &generator) }
        }
        let states = try encoder.states(sequences, types: types)
        for (number, ids) in sequences.enumerated() {
            let expected = slow.states(ids, types: types[number]).flatMap { $0.map { Float($0) } }
            #expect(distance(states[number], expected) < 5e-5, "\(ids.count) tokens")
        }
    }

    @Test(arguments: precisions)
    func otherSequencesOfABatchDoNotChangeTheBytes(_ precision: Precision) throws {
        var shape = Self.shapes[0]
        shape.maxPositions = 200
        let model = try RandomModel(shape)
        let encoder = try Encoder(model.checkpoint(), precision: precision)
        var generator = SeededGenerator(seed: 3)
        let documents = (0..<200).map { _ in
            randomSequence(Int.random(in: 2...90, using: &generator), shape.vocabularySize, using: &generator)
        }
        let alone = try documents.map { try encoder.vectors([$0])[0] }
        #expect(try encoder.vectors(documents) == alone)
        let order = documents.indices.shuffled(using: &generator)
        let shuffled = try encoder.vectors(order.map { documents[$0] })
        for (place, document) in order.enumerated() { #expect(shuffled[place] == alone[document]) }
        // Four parts are encoded concurrently, by an encoder whose weights were packed by two threads.
        let second = try Encoder(model.checkpoint(), precision: precision, threads: 2)
        let results = Locked<[Int: [[Float]]]>([:])
        DispatchQueue.concurrentPerform(iterations: 4) { part in
            let mine = stride(from: part, to: documents.count, by: 4).map { documents[$0] }
            let vectors = try? second.vectors(mine)
            results.withLock { $0[part] = vectors }
        }
        for (part, vectors) in results.withLock({ $0 }) {
            #expect(vectors == stride(from: part, to: documents.count, by: 4).map { alone[$0] })
        }
    }

    @Test(arguments: precisions)
    func everyPrecisionIsNearF32(_ precision: Precision) throws {
        let shape = Self.shapes[0]
        let model = try RandomModel(shape)
        let checkpoint = try model.checkpoint()
        var generator = SeededGenerator(seed: 5)
        let documents = (0..<20).map { _ in randomSequence(50, shape.vocabularySize, using: &generator) }
        let exact = try Encoder(checkpoint, precision: .f32).vectors(documents)
        let vectors = try Encoder(checkpoint, precision: precision).vectors(documents)
        let least = precision == .f32 ? 0.999999 : precision == .bf16 ? 0.9995 : 0.995
        for (a, b) in zip(exact, vectors) { #expect(cosine(a, b) > least) }
    }

    @Test(arguments: precisions)
    func overflowGivesNaNAndNeverAWrongNumber(_ precision: Precision) throws {
        let model = try RandomModel(Self.shapes[0]) { text in
            for number in text.entries.indices
            where text.entries[number].name.hasSuffix("0.attention.self.in_proj.weight") {
                let large = Float(1e30).bitPattern
                text.entries[number].bytes = text.entries[number].bytes.indices.map {
                    UInt8(large >> (8 * ($0 % 4)) & 255)
                }
            }
        }
        let vectors = try Encoder(model.checkpoint(), precision: precision).vectors([[1, 2, 3, 4, 5]])
        #expect(vectors[0].allSatisfy { !$0.isFinite })
    }

    @Test func poolingTakesTheMeanOrTheFirstToken() throws {
        let shape = Self.shapes[1]
        let encoder = try Encoder(RandomModel(shape).checkpoint(), precision: .f32)
        let ids: [[Int32]] = [[1, 2, 3], [4]]
        let states = try encoder.states(ids)
        let width = shape.hiddenSize
        #expect(try encoder.vectors(ids, .cls) == states.map { Array($0.prefix(width)) })
        let mean = try encoder.vectors(ids, .mean)[0]
        let expected = (0..<width).map { (states[0][$0] + states[0][width + $0] + states[0][2 * width + $0]) / 3 }
        #expect(distance(mean, expected) < 1e-6)
    }

    @Test func tokensTypesAndLengthsOutOfRangeAreRefused() throws {
        let shape = Self.shapes[1]
        let encoder = try Encoder(RandomModel(shape).checkpoint(), precision: .f32)
        for ids in [[Int32(shape.vocabularySize)], [-1], [Int32](repeating: 1, count: shape.maxPositions + 1)] {
            #expect(throws: Failure.self) { try encoder.vectors([ids]) }
        }
        #expect(throws: Failure.self) { try encoder.states([[1]], types: [[3]]) }
    }

    @Test(arguments: Precision.allCases)
    func anUnsupportedPrecisionIsRefused(_ precision: Precision) throws {
        let instructions = Precision.instructionSet
        let has = [
            Precision.f32: true, .bf16: instructions.hasSuffix("BF16") || instructions.hasSuffix("AMX"),
            .int8: ["VNNI", "BF16", "AMX"].contains { instructions.hasPrefix("AVX512") && instructions.hasSuffix($0) },
        ]
        #expect(precision.isSupported == has[precision])
        if precision.isSupported { return }
        do {
            try precision.check()
            Issue.record("not refused")
        } catch {
            #expect(error.kind == .usage)
            #expect(error.message.contains(instructions) && error.message.contains("the parameter precision = f32"))
        }
    }
}
