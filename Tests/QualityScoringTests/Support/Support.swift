import Basics
import Foundation
import QualityScoring

/// Statistics by name, and the profile, of a text.
struct Analysis {
    let values: [Float]
    let profile: TextProfile

    init(_ bytes: [UInt8], by analyzer: TextAnalyzer = TextAnalyzer()) {
        var values = [Float](repeating: .nan, count: TextStatistics.count)
        profile = bytes.withUnsafeBufferPointer { bytes in
            values.withUnsafeMutableBufferPointer { analyzer.analyze(bytes, into: $0.baseAddress!) }
        }
        self.values = values
    }

    init(_ text: String) {
        self.init(Array(text.utf8))
    }

    subscript(name: String) -> Float {
        guard let index = TextStatistics.all.firstIndex(where: { $0.name == name }) else { return .nan }
        return values[index]
    }
}

/// The message of the failure that `work` throws; nil when it throws none.
func failure(_ work: () throws -> Void) throws -> String? {
    do {
        try work()
        return nil
    } catch let failure as Failure {
        return failure.message
    }
}

/// A folder that is gone with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/quality-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}

/// Of the same numbers on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
