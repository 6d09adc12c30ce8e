/// Computes the statistics of texts. One thread uses it at a time; it keeps its buffers.
package final class TextAnalyzer {
    package init() {}

    /// - Parameters:
    ///   - text: UTF-8; what is none of it counts as U+FFFD.
    ///   - values: room for `TextStatistics.count` values.
    /// - Returns: what kind of text it is.
    package func analyze(
        _ text: UnsafeBufferPointer<UInt8>, into values: UnsafeMutablePointer<Float>
    ) -> TextProfile {
        var words: Int32 = 0
        var isInWord = false
        for byte in text {
            let isLetter = byte >= 0x80 || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte >= 0x30 && byte <= 0x39
            if isLetter && !isInWord { words += 1 }
            isInWord = isLetter
        }
        values[0] = Float(words)
        return TextProfile(words: words, script: .unknown, language: .unknown)
    }
}
