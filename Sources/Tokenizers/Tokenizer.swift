package import Basics

/// What special tokens that stand in a text are read as.
package enum SpecialTokens: String, Sendable, CaseIterable {
    /// As text: what a document says is never a command to the model.
    case plain
    /// As the special token, as Hugging Face does.
    case split
}

/// A byte-level BPE tokenizer in the file formats of Hugging Face. Any number of threads may use one at once.
package final class Tokenizer: Sendable {
    /// Reads `tokenizer.json` of a folder or, where there is none, `vocab.json`, `merges.txt` and their settings.
    package init(folder: String) throws(Failure) {}

    /// One more than the largest id.
    package var idLimit: Int { 0 }

    /// What the post-processor puts before and after the ids of a single text.
    package var prefix: [Int32] { [] }
    package var suffix: [Int32] { [] }

    /// Tokenizes texts, one thread at a time: it keeps what it learned about words.
    package final class Worker {
        package init(_ tokenizer: Tokenizer, _ special: SpecialTokens = .plain) {}

        /// Appends the ids of a text, UTF-8, without what the post-processor adds.
        package func encode(_ text: UnsafeBufferPointer<UInt8>, into ids: inout Buffer<Int32>) {}
    }
}
