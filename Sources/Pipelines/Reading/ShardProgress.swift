package import Basics

/// The progress of a run that embeds or scores shards, for the progress line.
package final class ShardProgress: Sendable {
    package struct Values: Sendable {
        /// The size of the shards' files in bytes, and the number of these bytes that have been read.
        package var totalBytes: Int64 = 0
        package var readBytes: Int64 = 0
        package var shards = 0
        package var committedShards = 0
        /// The number of tokens that have been read, and the number of these that have been encoded.
        package var readTokens = 0
        package var tokens = 0
        /// The number of documents whose vectors have been computed.
        package var documents = 0

        /// The estimated part of the work that is done, 0 to 1. If documents are encoded, the part that was read is
        /// scaled by the part of the read tokens that was encoded, because reading is ahead of encoding.
        package var share: Double {
            guard totalBytes > 0 else { return 0 }
            let read = Double(readBytes) / Double(totalBytes)
            if documents > 0 && readTokens == 0 { return read }
            return readTokens > 0 ? read * Double(tokens) / Double(readTokens) : 0
        }
    }

    private struct State {
        var values = Values()
        var firstStart: ContinuousClock.Instant?
        var lastEnd: ContinuousClock.Instant?
    }

    private let state = Locked(State())

    package init() {}

    package var values: Values { state.withLock { $0.values } }

    /// The seconds from the start of the first encoding to the end of the last one.
    package var encodeSeconds: Double {
        state.withLock { state in
            guard let start = state.firstStart, let end = state.lastEnd else { return 0 }
            return start.duration(to: end) / .seconds(1)
        }
    }

    package func expect(shards: Int, bytes: Int64) {
        state.withLock {
            $0.values.shards += shards
            $0.values.totalBytes += bytes
        }
    }

    package func read(bytes: Int64) { state.withLock { $0.values.readBytes += bytes } }
    package func read(tokens: Int) { state.withLock { $0.values.readTokens += tokens } }

    package func encodingBegins() {
        let now = ContinuousClock.now
        state.withLock { $0.firstStart = $0.firstStart ?? now }
    }

    package func encoded(documents: Int, tokens: Int) {
        let now = ContinuousClock.now
        state.withLock {
            $0.lastEnd = now
            $0.values.documents += documents
            $0.values.tokens += tokens
        }
    }

    package func committed(shards: Int) { state.withLock { $0.values.committedShards += shards } }

    /// Returns the error that a run reports when it ended with `error`.
    package func failure(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case is CancellationError:
            let values = values
            return Failure(
                "interrupted; \(values.committedShards) of \(values.shards) shards are done and stay; run the same "
                    + "command again to continue", kind: .interrupted)
        default: return Failure("\(error)")
        }
    }
}
