internal import Basics

/// How far a run is: what the progress line shows.
package final class RunProgress: Sendable {
    package struct Values: Sendable {
        /// Bytes of the shards' files, and how many of them were read.
        package var totalBytes: Int64 = 0
        package var readBytes: Int64 = 0
        package var documents = 0
        package var removed = 0
        /// Bytes of decoded lines.
        package var decodedBytes = 0
        package var shards = 0
        package var committedShards = 0
    }

    private let state = Locked(Values())

    package init() {}

    package var values: Values { state.withLock { $0 } }

    /// Says what is still to be done: at the start, and when a run begins again without a damaged shard.
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
