internal import Basics

/// The progress of a run, for the progress line.
package final class RunProgress: Sendable {
    package struct Values: Sendable {
        /// The size of all shards.
        package var totalBytes: Int64 = 0
        /// The number of bytes of them that have been read.
        package var readBytes: Int64 = 0
        package var documents = 0
        package var removed = 0
        /// The size of the decoded lines that have been decided.
        package var decodedBytes = 0
        package var shards = 0
        package var committedShards = 0
    }

    private let state = Locked(Values())

    package init() {}

    package var values: Values { state.withLock { $0 } }

    /// Sets the remaining work: at the start, and when a run starts again without a damaged shard.
    package func begin(shards: Int, bytes: Int64) {
        state.withLock {
            $0.shards = $0.committedShards + shards
            $0.totalBytes = $0.readBytes + bytes
        }
    }

    package func read(bytes: Int64) {
        state.withLock { $0.readBytes += bytes }
    }

    package func decided(documents: Int, removed: Int, bytes: Int) {
        state.withLock {
            $0.documents += documents
            $0.removed += removed
            $0.decodedBytes += bytes
        }
    }

    package func committed(shards: Int) {
        state.withLock { $0.committedShards += shards }
    }
}
