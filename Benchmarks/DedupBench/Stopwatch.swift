import Basics
import CCounts
import Foundation
import PipelineGraph

/// The cost of some work: what the process used, all threads together.
struct Cost {
    /// Processor time.
    var seconds = 0.0
    /// Elapsed time.
    var wallSeconds = 0.0
    var allocations = 0
    /// The number of jobs that task executors ran.
    var jobs = 0

    /// The cost of everything since the start of the process.
    static var now: Cost {
        let counts = dedup_counts()
        return Cost(
            seconds: seconds(CLOCK_PROCESS_CPUTIME_ID), wallSeconds: seconds(CLOCK_MONOTONIC),
            allocations: Int(counts.allocations), jobs: Int(counts.jobs))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    mutating func add(from start: Cost, to end: Cost) {
        seconds += end.seconds - start.seconds
        wallSeconds += end.wallSeconds - start.wallSeconds
        allocations += end.allocations - start.allocations
        jobs += end.jobs - start.jobs
    }
}

extension Cost {
    private final class Block: Sendable {}

    /// - Throws: if allocations or jobs are not counted, because a count of 0 would then be misleading.
    static func checkCounting() async throws(Failure) {
        let executor = ThreadExecutor(threads: 1)
        defer { executor.close() }
        let start = now
        let blocks = await Task(executorPreference: executor) { (0..<100).map { _ in Block() } }.value
        let end = now
        if end.allocations - start.allocations < blocks.count || end.jobs == start.jobs {
            throw Failure("allocations and jobs are not counted; build with swift build alone, on a system with glibc")
        }
    }
}

/// Adds up the costs of parts of a round. Work between the parts, such as preparing their input, does not count.
struct Stopwatch {
    private(set) var cost = Cost()

    mutating func time(_ work: () throws -> Void) rethrows {
        let start = Cost.now
        try work()
        cost.add(from: start, to: .now)
    }

    mutating func timeAsync(_ work: () async throws -> Void) async rethrows {
        let start = Cost.now
        try await work()
        cost.add(from: start, to: .now)
    }
}
