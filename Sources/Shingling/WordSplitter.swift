internal import Basics

/// Cuts texts into words.
///
/// The text is normalized; format characters and variation selectors are left out; each scalar is replaced by its
/// own full lowercase mapping. A word is a maximal run of letters, marks and numbers (general categories L, M, N)
/// with at least one letter or number. A letter or number of a script written without spaces is a word by itself,
/// together with the marks after it.
package struct WordSplitter: ~Copyable {
    private let normalization: Normalization
    private var normalizer: Normalizer
    private var normalized = Buffer<UInt8>()
    private let tables = ScalarTables()
    /// For text as it comes, and for text that was normalized; nil where the CPU has no such kernel.
    private let kernel: WordKernel?
    private let kernelOfNormalized: WordKernel?

    /// A splitter that brings text to `normalization` first.
    ///
    /// - Parameter usesKernel: whether common scripts are taken by blocks, where the CPU can: the words are the same.
    package init(normalization: Normalization, usesKernel: Bool = true) {
        self.normalization = normalization
        normalizer = Normalizer(normalization)
        kernel = usesKernel ? WordKernel(normalization, tables) : nil
        kernelOfNormalized = usesKernel ? WordKernel(.none, tables) : nil
    }

    /// Appends the words of one more document. `text` must be valid UTF-8, and the list may grow to 4 GiB.
    package mutating func append(_ text: UnsafeBufferPointer<UInt8>, to list: inout WordList) {
        // Nearly all text is in NFC already, which the pass over it can see; only what is not is passed over twice.
        if !split(text, as: normalization, kernel, to: &list) {
            normalized.removeAll()
            normalizer.append(text, to: &normalized)
            _ = split(normalized.elements, as: .none, kernelOfNormalized, to: &list)
        }
        if list.documents[list.documents.count - 1].wordCount == 0 { appendRemainder(text, to: &list) }
        precondition(list.bytes.count <= UInt32.max && list.starts.count <= UInt32.max, "a batch is below 4 GiB")
    }

    /// Appends a document and its words; does nothing and returns false when the text is not in the normal form.
    private func split(
        _ text: UnsafeBufferPointer<UInt8>, as form: Normalization, _ kernel: WordKernel?, to list: inout WordList
    ) -> Bool {
        let firstStart = list.starts.count
        // No scalar's mapping is longer than itself by more than half, and no more than a space follows it: that is
        // at most 2 bytes for 1, 4 for 2, 5 for 3, 7 for 4. A word of one byte is followed by what separates it.
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

    /// Puts the scalars of `text` that are not white space in place of the words that the last document lacks.
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
