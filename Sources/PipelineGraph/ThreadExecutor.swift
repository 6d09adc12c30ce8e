internal import Basics
internal import Dispatch
internal import Foundation

/// A fixed number of threads that run the tasks which prefer this executor.
///
/// Stages read, compress and write: calls that block. On Swift's own pool they would hold up everything else in the
/// process, so a graph brings its own threads, and their number is the run's `--threads`.
package final class ThreadExecutor: TaskExecutor, Sendable {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var first = 0
        var isClosed = false

        mutating func next() -> UnownedJob? {
            guard first < jobs.count else { return nil }
            let job = jobs[first]
            first += 1
            if first > 1024 && first * 2 > jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }
    }

    private let queue = Locked(Queue())
    private let available = DispatchSemaphore(value: 0)
    package let threads: Int

    package init(threads: Int) {
        precondition(threads > 0)
        self.threads = threads
        for number in 1...threads {
            let thread = Thread { [self] in
                // Set here: a thread that has not started has no name to give it.
                Thread.current.name = "stage \(number)"
                work()
            }
            // Room for deeply nested JSON and for the compressors.
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.jobs.append(job) }
        available.signal()
    }

    /// Ends the threads once nothing is queued. Nothing may be enqueued afterwards.
    package func close() {
        queue.withLock { $0.isClosed = true }
        for _ in 0..<threads { available.signal() }
    }

    private func work() {
        while true {
            available.wait()
            let (job, isClosed) = queue.withLock { ($0.next(), $0.isClosed) }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if isClosed {
                return
            }
        }
    }
}
