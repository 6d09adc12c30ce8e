#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A value that only one thread at a time can access.
///
/// Used instead of `Synchronization.Mutex`, which makes futex calls inside the runtime: the thread sanitizer does not
/// see them and reports every guarded access as a data race. It understands the pthread mutex used here.
package final class Locked<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // The lock prevents overlapping accesses, so they are not checked for at run time.
    @exclusivity(unchecked) private var value: Value

    /// Creates an unlocked value.
    package init(_ value: consuming sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        precondition(pthread_mutex_init(mutex, nil) == 0)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread can access it.
    package func withLock<Result, Issue: Error>(_ body: (inout Value) throws(Issue) -> Result) throws(Issue) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
