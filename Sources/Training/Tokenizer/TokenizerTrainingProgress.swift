internal import Basics

/// The progress of training a tokenizer, for the progress line.
package final class TokenizerTrainingProgress: Sendable {
    /// The numbers in the progress line.
    package struct Values: Sendable {
        /// The size of all shards.
        package var totalBytes: Int64 = 0
        /// The number of bytes of them that have been read.
        package var readBytes: Int64 = 0
        /// The number of documents that have been counted.
        package var documents = 0
        /// The size of these documents' texts.
        package var textBytes = 0
        /// The number of tokens so far; nil while pieces are counted.
        package var tokens: Int?
        /// The number of tokens that were asked for.
        package var wantedTokens = 0
    }

    private let state = Locked(Values())

    package init() {}

    /// The present numbers.
    package var values: Values { state.withLock { $0 } }

    func expect(bytes: Int64, tokens: Int) {
        state.withLock {
            $0.totalBytes = bytes
            $0.wantedTokens = tokens
        }
    }

    /// Adds bytes of shards that have been read.
    package func read(bytes: Int64) { state.withLock { $0.readBytes += bytes } }

    /// Adds documents whose pieces have been counted, and the bytes of their texts.
    package func counted(documents: Int, bytes: Int) {
        state.withLock {
            $0.documents += documents
            $0.textBytes += bytes
        }
    }

    func learned(tokens: Int) { state.withLock { $0.tokens = tokens } }
}
