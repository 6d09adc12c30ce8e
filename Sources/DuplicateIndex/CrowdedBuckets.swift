internal import Basics

/// A cache of the crowded buckets of one index.
///
/// A bucket is built from the log at the first lookup of its key. Later lookups add the documents that were inserted
/// since. A bucket that does not fit into memory is dropped; its documents are then compared one by one.
final class CrowdedBuckets: Sendable {
    /// A key with more documents than this is crowded.
    static let crowd = 32

    private struct State {
        var buckets: [UInt64: CrowdedBucket] = [:]
        /// The keys of the buckets that did not fit into memory.
        var refused: Set<UInt64> = []
        var memory = 0
    }

    private let state = Locked(State())
    private let limit: Int

    /// - Parameter memory: the bytes that all buckets together may take, approximately.
    init(memory: Int) { limit = memory }

    /// The bytes that the buckets take, approximately.
    var memory: Int { state.withLock { $0.memory } }

    /// Calls `body` with every document that has a key, from the log offset `start` on.
    typealias Documents = (_ start: Int, _ body: (Int) -> Void) throws(Failure) -> Void

    /// Returns the bucket of a key with all its documents before the log offset `end`; nil if there is no bucket for
    /// it.
    ///
    /// Any number of threads may call it and use the bucket at the same time, until documents are inserted into the
    /// index.
    func bucket(
        _ key: UInt64, _ match: Match, through end: Int, _ documents: Documents, read: CrowdedBucket.Reader
    ) throws(Failure) -> CrowdedBucket? {
        // Without a threshold, documents with the same key are equal: the first one is the twin, so no bucket is
        // needed.
        guard case .jaccard(let threshold) = match else { return nil }
        return try state.withLock { (state) throws(Failure) -> CrowdedBucket? in
            if state.refused.contains(key) { return nil }
            let bucket = state.buckets[key] ?? CrowdedBucket(threshold)
            if bucket.through == end { return bucket }
            var new: [Int] = []
            try documents(bucket.through) { new.append($0) }
            let before = bucket.memory
            try bucket.insert(new.sorted(), through: end, read)
            state.memory += bucket.memory - before
            if state.memory > limit {
                state.memory -= bucket.memory
                state.buckets[key] = nil
                state.refused.insert(key)
                return nil
            }
            state.buckets[key] = bucket
            return bucket
        }
    }
}
