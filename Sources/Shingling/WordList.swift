package import Basics

/// The words of a batch of documents, in one arena.
///
/// A text without words keeps in their place its scalars that are not white space (as they stand in the text, not
/// normalized): its remainder. A blank text has an empty remainder.
package struct WordList: ~Copyable, Sendable {
    /// Every word in lower case, and every remainder, each followed by one space (0x20).
    package var bytes = Buffer<UInt8>()
    /// Where each word starts in `bytes`; each document's starts end with one more entry, where the next word would
    /// start. So word j of a document whose starts begin at k is `bytes[starts[k + j] ..< starts[k + j + 1] - 1]`.
    package var starts = Buffer<UInt32>()

    /// Where the words of one document are.
    package struct Document: BitwiseCopyable, Sendable {
        /// The index in `starts` of the document's first word, or of its remainder.
        package var firstStart: UInt32
        /// 0 for a text without words.
        package var wordCount: UInt32
    }

    /// The documents in the order in which they were appended.
    package var documents = Buffer<Document>()

    /// A list of no documents.
    package init() {}

    /// Drops all documents and keeps the memory for the next batch.
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

    /// The scalars of a text without words that are not white space; empty for a blank text and for one with words.
    package func remainder(of document: Int) -> UnsafeBufferPointer<UInt8> {
        let hasWords = documents[document].wordCount > 0
        return hasWords ? UnsafeBufferPointer(rebasing: bytes.elements[..<0]) : joined(document, 1)
    }

    /// Whether the text of a document is white space only, or nothing.
    package func isBlank(_ document: Int) -> Bool {
        documents[document].wordCount == 0 && remainder(of: document).isEmpty
    }

    /// The first `count` entries of a document, without the space after the last.
    private func joined(_ document: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        let first = Int(documents[document].firstStart)
        return bytes.slice(Int(starts[first])..<Int(starts[first + count]) - 1)
    }

    /// 128 bits of XXH3 of what a document's shingles are made of; nil for a blank text.
    ///
    /// Two texts have equal fingerprints when their words are the same, one after the other; texts without words,
    /// when their remainders are.
    package func fingerprint(of document: Int) -> Hash128? {
        if documents[document].wordCount > 0 { return Hash128(UnsafeRawBufferPointer(words(of: document))) }
        let remainder = remainder(of: document)
        if remainder.isEmpty { return nil }
        // The complement, so that no remainder passes for a word of the same letters.
        let hash = Hash128(UnsafeRawBufferPointer(remainder))
        return Hash128(low: ~hash.low, high: ~hash.high)
    }
}
