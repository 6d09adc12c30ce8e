internal import Basics

/// The crowded buckets of an index that were looked up so far, in memory.
///
/// They are made from the log when a look-up comes across them, and then follow what is inserted. For a bucket that
/// does not fit the memory there is none: its documents are compared one by one.
final class CrowdedBuckets: Sendable {
    /// More documents than this are a crowd.
    static let crowd = 32

    private struct State {
        var buckets: [UInt64: CrowdedBucket] = [:]
        /// Keys of those that did not fit.
        var refused: Set<UInt64> = []
        var memory = 0
    }

    private let state = Locked(State())
    private let limit: Int

    /// - Parameter memory: bytes that all may take, nearly.
    init(memory: Int) { limit = memory }

    /// Bytes that they take, nearly.
    var memory: Int { state.withLock { $0.memory } }

    /// Calls a function with the documents that have a key, from a place in the log on.
    typealias Documents = (_ start: Int, _ body: (Int) -> Void) throws(Failure) -> Void

    /// The bucket of a key, with all its documents before `end`; nil where there is none to have.
    ///
    /// Any number of threads may ask, and look into the bucket, until more documents are inserted into the index.
    func bucket(
        _ key: UInt64, _ match: Match, through end: Int, _ documents: Documents, read: CrowdedBucket.Reader
    ) throws(Failure) -> CrowdedBucket? {
        // What is equal as a whole shares its key with nothing else.
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
