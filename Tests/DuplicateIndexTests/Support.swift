import Basics
import Corpus
import Foundation
import TestSupport

@testable import DuplicateIndex

extension SeededGenerator {
    /// Distinct numbers, ascending.
    mutating func set(_ count: Int, below bound: UInt64 = .max) -> [UInt64] {
        var set: Set<UInt64> = []
        while set.count < count { set.insert(UInt64.random(in: 0..<bound, using: &self)) }
        return set.sorted()
    }
}

extension DocumentID? {
    /// Lends the bytes of the id to `work`.
    func withBytes<Result>(_ work: (DocumentIDBytes) throws -> Result) rethrows -> Result {
        let (kind, name): (DocumentIDBytes.Kind, String) =
            switch self {
            case .string(let string): (.string, string)
            case .number(let number): (.number, number)
            case nil: (.none, "")
            }
        return try Array(name.utf8).withUnsafeBufferPointer { try work(DocumentIDBytes(kind: kind, bytes: $0)) }
    }
}

/// A slow reference: the documents of each key in a dictionary.
struct Model {
    private(set) var documents: [UInt64: [UInt64]] = [:]
    private(set) var count = 0

    mutating func insert(_ key: UInt64, _ document: UInt64) {
        documents[key, default: []].append(document)
        count += 1
    }

    subscript(key: UInt64) -> [UInt64] { (documents[key] ?? []).sorted() }
    var keys: [UInt64] { Array(documents.keys) }
}

/// Keys of all kinds: some very frequent, some close together, most alone.
func randomKey(_ random: inout SeededGenerator) -> UInt64 {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: [0, 1, .max, .max - 1, 1 << 63, 0x1000].randomElement(using: &random)!
    case 1...3: UInt64.random(in: 0..<50, using: &random) &* 0x0123_4567_89AB_CDEF
    // Keys that have the same slot in any table of moderate size, or are close together in a segment.
    case 4: UInt64.random(in: 0..<1000, using: &random) << 40
    case 5: 0x7777_0000_0000_0000 | UInt64.random(in: 0..<1000, using: &random)
    default: random.next()
    }
}
