internal import Basics

/// The progress of a run, for the progress line.
package final class RunProgress: Sendable {
    /// The numbers in the progress line.
    package struct Values: Sendable {
        /// The size of all shards in bytes.
        package var totalBytes: Int64 = 0
        /// The number of these bytes that have been read.
        package var readBytes: Int64 = 0
        /// The number of documents that have been decided.
        package var documents = 0
        /// The number of these that were removed as duplicates.
        package var removed = 0
        /// The size in bytes, after decompression, of the lines whose documents have been decided.
        package var decodedBytes = 0
        /// The number of shards that this run processes.
        package var shards = 0
        /// The number of these that are committed.
        package var committedShards = 0
    }

    private let state = Locked(Values())

    package init() {}

    /// The present numbers.
    package var values: Values { state.withLock { $0 } }

    /// Sets the remaining work: at the start, and when a run starts again without a damaged shard.
    package func begin(shards: Int, bytes: Int64) {
        state.withLock {
            $0.shards = $0.committedShards + shards
            $0.totalBytes = $0.readBytes + bytes
        }
    }

    /// Adds bytes of shards that have been read.
    package func read(bytes: Int64) {
        state.withLock { $0.readBytes += bytes }
    }

    /// Adds documents that have been decided, and the bytes of their lines.
    package func decided(documents: Int, removed: Int, bytes: Int) {
        state.withLock {
            $0.documents += documents
            $0.removed += removed
            $0.decodedBytes += bytes
        }
    }

    /// Adds shards that have been committed.
    package func committed(shards: Int) {
        state.withLock { $0.committedShards += shards }
    }
}
