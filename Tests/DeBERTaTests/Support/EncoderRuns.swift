import Basics
import Foundation
import TestSupport

@testable import DeBERTa

extension Encoder {
    /// Vectors of sequences that are encoded together.
    func vectors(_ sequences: [[Int32]], _ pooling: Pooling = .mean) throws -> [[Float]] {
        let width = configuration.hiddenSize
        var ids: [Int32] = []
        var ranges: [Range<Int>] = []
        for sequence in sequences {
            ranges.append(ids.count..<ids.count + sequence.count)
            ids += sequence
        }
        var vectors = [Float](repeating: .nan, count: sequences.count * width)
        try ids.withUnsafeBufferPointer { ids in
            try vectors.withUnsafeMutableBufferPointer { try encode(ids, ranges, pooling, into: $0.baseAddress!) }
        }
        return sequences.indices.map { Array(vectors[$0 * width..<($0 + 1) * width]) }
    }

    /// States of sequences that are encoded together, each as rows one after the other.
    func states(_ sequences: [[Int32]], types: [[Int32]?] = []) throws -> [[Float]] {
        let width = configuration.hiddenSize
        var ids: [Int32] = []
        var allTypes: [Int32] = []
        var ranges: [Range<Int>] = []
        for (number, sequence) in sequences.enumerated() {
            ranges.append(ids.count..<ids.count + sequence.count)
            ids += sequence
            allTypes += (number < types.count ? types[number] : nil) ?? sequence.map { _ in 0 }
        }
        var states = [Float](repeating: .nan, count: ids.count * width)
        try ids.withUnsafeBufferPointer { ids in
            try allTypes.withUnsafeBufferPointer { types in
                try states.withUnsafeMutableBufferPointer {
                    try self.states(ids, ranges, types: types, into: $0.baseAddress!)
                }
            }
        }
        return ranges.map { Array(states[$0.lowerBound * width..<$0.upperBound * width]) }
    }
}

/// Random ids of a model's vocabulary.
func randomSequence(_ length: Int, _ vocabulary: Int, using generator: inout SeededGenerator) -> [Int32] {
    (0..<length).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) }
}

/// The largest difference of two lists of numbers; infinite if one is NaN or the lengths differ.
func distance(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(a.count == b.count ? 0 : .infinity) { most, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(most, difference)
    }
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
    func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}
