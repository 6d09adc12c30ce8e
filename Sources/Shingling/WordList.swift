package import Basics

/// The words of a batch of documents, in one buffer.
///
/// For a text without words, the buffer holds its remainder instead: its scalars that are not white space, as they are
/// in the text, not normalized. A blank text has an empty remainder.
package struct WordList: ~Copyable, Sendable {
    /// All words, in lower case, and all remainders; each is followed by one space (0x20).
    package var bytes = Buffer<UInt8>()
    /// The offset of each word in `bytes`. After the starts of a document there is one more entry: the offset where its
    /// next word would start. Word j of a document whose first entry has the index k is
    /// `bytes[starts[k + j] ..< starts[k + j + 1] - 1]`.
    package var starts = Buffer<UInt32>()

    /// The position of one document's words.
    package struct Document: BitwiseCopyable, Sendable {
        /// The index in `starts` of the document's first word, or of its remainder.
        package var firstStart: UInt32
        /// The number of words; 0 for a text without words.
        package var wordCount: UInt32
    }

    /// The documents in the order in which they were appended.
    package var documents = Buffer<Document>()

    /// Creates an empty list.
    package init() {}

    /// Removes all documents and keeps the memory for the next batch.
    package mutating func removeAll() {
        bytes.removeAll()
        starts.removeAll()
        documents.removeAll()
    }

    /// The words of a document joined by one space; empty for a text without words.
    package func words(of document: Int) -> UnsafeBufferPointer<UInt8> {
        let count = Int(documents[document].wordCount)
        return count == 0 ? UnsafeBufferPointer(rebasing: bytes.elements[..<0]) : joined(document, count)
    }

    /// The remainder of a text without words; empty for a blank text and for a text with words.
    package func remainder(of document: Int) -> UnsafeBufferPointer<UInt8> {
        let hasWords = documents[document].wordCount > 0
        return hasWords ? UnsafeBufferPointer(rebasing: bytes.elements[..<0]) : joined(document, 1)
    }

    /// Whether the text of a document consists only of white space, or is empty.
    package func isBlank(_ document: Int) -> Bool {
        documents[document].wordCount == 0 && remainder(of: document).isEmpty
    }

    /// The first `count` entries of a document, without the space after the last one.
    private func joined(_ document: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        let first = Int(documents[document].firstStart)
        return bytes.slice(Int(starts[first])..<Int(starts[first + count]) - 1)
    }

    /// The 128-bit XXH3 of the document's words, joined by spaces, or of its remainder; nil for a blank text.
    ///
    /// Two texts have the same fingerprint if their words are the same in the same order; texts without words, if their
    /// remainders are the same.
    package func fingerprint(of document: Int) -> Hash128? {
        if documents[document].wordCount > 0 { return Hash128(UnsafeRawBufferPointer(words(of: document))) }
        let remainder = remainder(of: document)
        if remainder.isEmpty { return nil }
        // Complemented, so that a remainder never has the fingerprint of a word that is spelled in the same way.
        let hash = Hash128(UnsafeRawBufferPointer(remainder))
        return Hash128(low: ~hash.low, high: ~hash.high)
    }
}
