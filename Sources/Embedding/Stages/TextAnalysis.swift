package import Basics
package import Corpus
package import QualityScoring

/// The statistics and the profiles of the texts of a batch.
package final class TextAnalysis: @unchecked Sendable {
    private let values: Buffer<Float>
    package let profiles: Buffer<TextProfile>
    /// The XXH3 hashes of the texts. Equal texts belong to one group of a cross-validation.
    package let hashes: Buffer<UInt64>

    package init(_ batch: Documents, _ analyzer: TextAnalyzer) {
        let count = TextStatistics.count
        var values = Buffer<Float>(capacity: batch.count * count)
        var profiles = Buffer<TextProfile>(capacity: batch.count)
        var hashes = Buffer<UInt64>(capacity: batch.count)
        for document in 0..<batch.count {
            profiles.append(analyzer.analyze(batch.text(document), into: values.reserve(count)))
            values.advance(count)
            hashes.append(hash64(UnsafeRawBufferPointer(batch.text(document))))
        }
        self.values = values
        self.profiles = profiles
        self.hashes = hashes
    }

    /// The bytes that an analysis takes for each document.
    package static var bytesOfDocument: Int { TextStatistics.count * 4 + MemoryLayout<TextProfile>.stride + 8 }

    package func values(of document: Int) -> UnsafeBufferPointer<Float> {
        let count = TextStatistics.count
        return values.slice(document * count..<(document + 1) * count)
    }
}
