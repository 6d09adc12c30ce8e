import Basics
import Corpus
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

    /// The names of what is in it, ascending.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    /// What is in each file, by its name.
    func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in try names() { contents[name] = try bytesOfFile(path + "/" + name) }
        return contents
    }
}

func bytesOfFile(_ path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }

func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

/// Writes bytes into a file that is there.
func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
    let file = try File(path, .update)
    try bytes.withUnsafeBytes { try file.write($0, at: Int64(offset)) }
}

/// The message of the failure that `work` ends with; nil when it does not fail.
func failure(_ work: () throws -> Void) throws -> String? {
    do {
        try work()
        return nil
    } catch let failure as Failure {
        return failure.message
    }
}

extension DocumentID? {
    /// Lends the id as it lies in memory to `work`.
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
    // The same slot in any table of moderate size, or neighbours in a segment.
    case 4: UInt64.random(in: 0..<1000, using: &random) << 40
    case 5: 0x7777_0000_0000_0000 | UInt64.random(in: 0..<1000, using: &random)
    default: random.next()
    }
}
