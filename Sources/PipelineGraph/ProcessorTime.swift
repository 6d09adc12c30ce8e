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

    /// The clock of the calling thread, which other threads may read as long as it runs.
    static var clockOfThread: clockid_t {
        var clock = CLOCK_THREAD_CPUTIME_ID
        pthread_getcpuclockid(pthread_self(), &clock)
        return clock
    }

    static func time(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
