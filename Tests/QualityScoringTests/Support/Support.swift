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
