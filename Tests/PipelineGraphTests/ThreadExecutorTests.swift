import Basics
import Dispatch
import Foundation
import PipelineGraph
import Testing

/// The time limit is for a job that never runs; the other tests of the process may take most of it.
@Suite(.timeLimit(.minutes(20))) struct ThreadExecutorTests {
    /// Every job blocks until all jobs run, so each needs a thread, although there are fewer cores.
    @Test(arguments: [(threads: 8, cores: 1), (64, 2), (7, 7), (3, 64)])
    func blockedThreadsAreReplaced(threads: Int, cores: Int) async {
        let executor = ThreadExecutor(threads: threads, cores: cores)
        let running = Locked(0)
        let all = DispatchSemaphore(value: 0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<threads {
                group.addTask(executorPreference: executor) {
                    let count = running.withLock { running in
                        running += 1
                        return running
                    }
                    if count == threads { for _ in 0..<threads { all.signal() } }
                    waitFor(all)
                }
            }
        }
        #expect(running.withLock { $0 } == threads)
        executor.close()
    }

    /// Many short jobs, each of which adds others, come to an end for any ratio of threads to cores.
    @Test(arguments: [1, 2, 5, 64], [1, 2, 64])
    func everyJobRuns(threads: Int, cores: Int) async {
        let executor = ThreadExecutor(threads: threads, cores: cores)
        let count = Locked(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask(executorPreference: executor) {
                    await withTaskGroup(of: Void.self) { inner in
                        for _ in 0..<10 { inner.addTask { count.withLock { $0 += 1 } } }
                    }
                }
            }
        }
        #expect(count.withLock { $0 } == 2000)
        executor.close()
    }

    /// Jobs that were enqueued before the end still run.
    @Test(arguments: [1, 16])
    func closingEndsNoJob(threads: Int) async {
        let executor = ThreadExecutor(threads: threads, cores: 1)
        let count = Locked(0)
        let tasks = (0..<100).map { _ in Task(executorPreference: executor) { count.withLock { $0 += 1 } } }
        executor.close()
        for task in tasks { await task.value }
        #expect(count.withLock { $0 } == 100)
    }
}

/// `DispatchSemaphore.wait` is unavailable in asynchronous code, because it blocks the thread. The tests want that.
private func waitFor(_ semaphore: DispatchSemaphore) { semaphore.wait() }
