internal import Basics
internal import Dispatch
internal import Foundation

/// A task executor with a fixed number of threads.
///
/// The stages of a graph make blocking calls: they read, compress and write. On Swift's shared thread pool these would
/// hold up every other task of the process, so each graph runs on threads of its own. Their number is a
/// parameter of the run.
package final class ThreadExecutor: TaskExecutor, Sendable {
    /// A job, and the executor through which it came; nil if it came to this one itself.
    private struct Entry {
        let job: UnownedJob
        let stage: StageExecutor?
    }

    private struct Queue {
        /// The jobs that wait; those before `first` are done, and nil.
        var jobs: [Entry?] = []
        var first = 0
        var isClosed = false

        mutating func next() -> Entry? {
            guard first < jobs.count else { return nil }
            let job = jobs[first]
            jobs[first] = nil
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
    /// The number of threads.
    package let threads: Int

    /// Starts the threads; call `close` to end them.
    package init(threads: Int) {
        precondition(threads > 0)
        self.threads = threads
        for number in 1...threads {
            let thread = Thread { [self] in
                // Named by the thread itself: a name given to a thread before it starts is not applied.
                Thread.current.name = "stage \(number)"
                work()
            }
            // Deeply nested JSON and the compressors need this much stack.
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Called by the Swift runtime with each job (one uninterrupted run of a task).
    package func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), of: nil) }

    /// Adds a job that came through the executor of a stage, which counts its CPU time.
    func enqueue(_ job: UnownedJob, of stage: StageExecutor?) {
        queue.withLock { $0.jobs.append(Entry(job: job, stage: stage)) }
        available.signal()
    }

    /// Ends the threads once the queue is empty. Nothing may be enqueued afterwards.
    package func close() {
        queue.withLock { $0.isClosed = true }
        for _ in 0..<threads { available.signal() }
    }

    private func work() {
        while true {
            available.wait()
            let (entry, isClosed) = queue.withLock { ($0.next(), $0.isClosed) }
            if let entry {
                if let stage = entry.stage {
                    stage.run(entry.job)
                } else {
                    entry.job.runSynchronously(on: asUnownedTaskExecutor())
                }
            } else if isClosed {
                return
            }
        }
    }
}
