import Basics
import Foundation

@testable import DuplicateIndex

/// SplitMix64: the same numbers in each run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    /// Ascending, distinct.
    mutating func set(_ count: Int, below bound: UInt64 = .max) -> [UInt64] {
        var set: Set<UInt64> = []
        while set.count < count { set.insert(UInt64.random(in: 0..<bound, using: &self)) }
        return set.sorted()
    }
}

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("dedup-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Which documents have a key, as a dictionary says.
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
    // The same slot in any table of moderate size, or the same bucket of a run.
    case 4: UInt64.random(in: 0..<1000, using: &random) << 40
    case 5: 0x7777_0000_0000_0000 | UInt64.random(in: 0..<1000, using: &random)
    default: random.next()
    }
}
