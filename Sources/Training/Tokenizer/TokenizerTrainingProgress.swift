internal import Basics

/// How far the training of a tokenizer is: what the progress line shows.
package final class TokenizerTrainingProgress: Sendable {
    package struct Values: Sendable {
        /// Bytes of the shards' files, and how many of them were read.
        package var totalBytes: Int64 = 0
        package var readBytes: Int64 = 0
        /// Documents that were counted, and the bytes of their texts.
        package var documents = 0
        package var textBytes = 0
        /// Tokens so far; nil while pieces are counted.
        package var tokens: Int?
        /// Tokens that are wanted.
        package var wantedTokens = 0
    }

    private let state = Locked(Values())

    package init() {}

    package var values: Values { state.withLock { $0 } }

    func expect(bytes: Int64, tokens: Int) {
        state.withLock {
            $0.totalBytes = bytes
            $0.wantedTokens = tokens
        }
    }

    package func read(bytes: Int64) { state.withLock { $0.readBytes += bytes } }

    package func counted(documents: Int, bytes: Int) {
        state.withLock {
            $0.documents += documents
            $0.textBytes += bytes
        }
    }

    func learned(tokens: Int) { state.withLock { $0.tokens = tokens } }
}
