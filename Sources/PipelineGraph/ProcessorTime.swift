#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The clocks of CPU time.
enum ProcessorTime {
    /// The CPU time that the calling thread has taken so far.
    static var ofThread: Duration { time(CLOCK_THREAD_CPUTIME_ID) }

    /// The CPU time that all threads of the process have taken so far.
    static var ofProcess: Duration { time(CLOCK_PROCESS_CPUTIME_ID) }

    private static func time(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
