internal import Basics

/// Splits texts into words.
///
/// The text is normalized, format characters and variation selectors are removed, and each scalar is replaced by its
/// full lowercase mapping, without regard to its context. A word is a longest possible run of letters, marks and
/// numbers (general categories L, M, N) with at least one letter or number. In scripts written without spaces, each
/// letter or number is a word by itself, together with the marks after it.
package struct WordSplitter: ~Copyable {
    private let normalization: Normalization
    private var normalizer: Normalizer
    private var normalized = Buffer<UInt8>()
    private let tables = ScalarTables()
    /// For original and for normalized text; nil if the CPU does not support the kernel.
    private let kernel: WordKernel?
    private let kernelOfNormalized: WordKernel?

    /// Creates a splitter that normalizes to `normalization`.
    ///
    /// - Parameter usesKernel: whether to use the C kernel if the CPU supports it; the words are the same either way.
    package init(normalization: Normalization, usesKernel: Bool = true) {
        self.normalization = normalization
        normalizer = Normalizer(normalization)
        kernel = usesKernel ? WordKernel(normalization, tables) : nil
        kernelOfNormalized = usesKernel ? WordKernel(.none, tables) : nil
    }

    /// Appends the words of one more document. `text` must be valid UTF-8; the list must stay below 4 GiB.
    package mutating func append(_ text: UnsafeBufferPointer<UInt8>, to list: inout WordList) {
        // Nearly all text is in NFC already, which the pass detects; only other text is normalized and split again.
        if !split(text, as: normalization, kernel, to: &list) {
            normalized.removeAll()
            normalizer.append(text, to: &normalized)
            _ = split(normalized.elements, as: .none, kernelOfNormalized, to: &list)
        }
        if list.documents[list.documents.count - 1].wordCount == 0 { appendRemainder(text, to: &list) }
        precondition(list.bytes.count <= UInt32.max && list.starts.count <= UInt32.max, "a batch is below 4 GiB")
    }

    /// Appends a document and its words. If the text is not in the form, does nothing and returns false.
    private func split(
        _ text: UnsafeBufferPointer<UInt8>, as form: Normalization, _ kernel: WordKernel?, to list: inout WordList
    ) -> Bool {
        let firstStart = list.starts.count
        // A scalar's lowercase mapping is at most half longer than the scalar, and at most one space follows it: at
        // most 2 bytes for 1, 4 for 2, 5 for 3, 7 for 4. A word takes at least two bytes of the text: a letter and a
        // separator.
        list.bytes.reserve(2 * text.count + WordKernel.bytesPastEnd)
        list.starts.reserve(text.count / 2 + 2 + WordKernel.startsPastEnd)
        var pass = WordPass(text, form, tables, kernel, list)
        guard pass.run() else { return false }
        list.bytes.advance(pass.end - list.bytes.count)
        list.starts.advance(pass.startCount - firstStart)
        let wordCount = pass.startCount - firstStart - 1
        list.documents.append(
            .init(firstStart: UInt32(truncatingIfNeeded: firstStart), wordCount: UInt32(truncatingIfNeeded: wordCount))
        )
        return true
    }

    /// Appends the remainder of `text`, for the last document, which has no words.
    private func appendRemainder(_ text: UnsafeBufferPointer<UInt8>, to list: inout WordList) {
        let room = list.bytes.reserve(text.count + 1)
        var length = 0
        var index = 0
        while index < text.count {
            let (scalar, scalarLength) = UTF8Code.decode(text.baseAddress! + index)
            if tables[scalar].wordClass != WordClass.whiteSpace {
                (room + length).update(from: text.baseAddress! + index, count: scalarLength)
                length += scalarLength
            }
            index += scalarLength
        }
        room[length] = UInt8(ascii: " ")
        list.bytes.advance(length + 1)
        list.starts.append(UInt32(truncatingIfNeeded: list.bytes.count))
    }
}
