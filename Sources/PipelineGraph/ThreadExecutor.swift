internal import Basics
internal import Dispatch
internal import Foundation

/// A task executor with a fixed number of threads.
///
/// The stages of a graph make blocking calls: they read, compress and write. On Swift's shared thread pool these would
/// hold up every other task of the process, so each graph runs on threads of its own. Their number is a
/// parameter of the run.
///
/// Waking a thread costs more than many jobs, and more running threads than cores cost cache misses. So a new job wakes
/// at most one thread, and none while a thread that was woken has not taken a job yet: that thread wakes the next one if
/// more jobs wait. If there are more threads than cores, the others take jobs only while those that are awake do not
/// keep the cores busy, because they wait for a disk.
package final class ThreadExecutor: JobExecutor, Sendable {
    /// A job, and the executor through which it came; nil if it came to this one itself.
    private struct Entry {
        let job: UnownedJob
        let stage: StageExecutor?
    }

    private struct State {
        /// The jobs that wait; those before `first` are done, and nil.
        var jobs: [Entry?] = []
        var first = 0
        /// The threads that sleep. The one that fell asleep last is woken first: its caches are the warmest.
        var sleeping: [Int]
        let threads: Int
        /// The largest number of threads that may be awake.
        var limit: Int
        /// Whether a thread was woken and has not looked for a job yet.
        var isWaking = false
        /// Whether the thread that watches the cores is awake.
        var isWatching = false
        var isClosed = false

        var hasJobs: Bool { first < jobs.count }
        /// The number of threads that are awake.
        var awake: Int { threads - sleeping.count }

        mutating func nextJob() -> Entry? {
            guard hasJobs else { return nil }
            let job = jobs[first]
            jobs[first] = nil
            first += 1
            if first > 1024 && first * 2 > jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }

        /// Returns what has to be woken if a job waits. It is called after each change.
        mutating func toWake() -> Sleeper? {
            guard hasJobs, !isWaking, !sleeping.isEmpty else { return nil }
            if awake < limit {
                isWaking = true
                return .thread(sleeping.removeLast())
            }
            if isWatching { return nil }
            isWatching = true
            return .watch
        }

        /// Raises the limit while jobs wait and cores are idle, and lowers it again while the cores are busy or threads
        /// have no jobs. Returns whether the cores have to be watched longer.
        mutating func adjustLimit(idle: Double, cores: Int) -> Bool {
            if idle > 0.5, hasJobs {
                limit = min(threads, limit + Int(idle.rounded(.up)))
            } else if idle < 0.25 || awake < limit, limit > cores {
                limit -= 1
            }
            isWatching = !isClosed && (limit > cores || hasJobs)
            return isWatching
        }
    }

    private enum Sleeper {
        case thread(Int)
        /// The thread that watches the cores.
        case watch
    }

    /// How often the load of the cores is measured while jobs wait.
    private static let interval = 0.01

    private let state: Locked<State>
    /// The number of threads.
    package let threads: Int
    /// The number of cores; at most the number of threads.
    private let cores: Int
    /// Wakes the thread with this index.
    private let bells: [DispatchSemaphore]
    /// Wakes the thread that watches the cores.
    private let watch = DispatchSemaphore(value: 0)
    /// The clocks of CPU time of the threads that have begun.
    private let clocks = Locked<[clockid_t]>([])

    /// Starts the threads; call `close` to end them.
    ///
    /// - Parameter cores: the number of processor cores; nil for those that the process may use.
    package init(threads: Int, cores: Int? = nil) {
        precondition(threads > 0)
        self.threads = threads
        self.cores = min(threads, max(1, cores ?? ProcessInfo.processInfo.activeProcessorCount))
        state = Locked(State(sleeping: Array((0..<threads).reversed()), threads: threads, limit: self.cores))
        bells = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
        for number in 0..<threads { start("stage \(number + 1)") { $0.work(number) } }
        if self.cores < threads { start("watch") { $0.watchCores() } }
    }

    private func start(_ name: String, _ body: @escaping @Sendable (ThreadExecutor) -> Void) {
        let thread = Thread { [self] in
            // Named by the thread itself: a name given to a thread before it starts is not applied.
            Thread.current.name = name
            body(self)
        }
        // Deeply nested JSON and the compressors need this much stack.
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Called by the Swift runtime with each job (one uninterrupted run of a task).
    package func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), of: nil) }

    func enqueue(_ job: UnownedJob, of stage: StageExecutor?) {
        let sleeper = state.withLock { state in
            state.jobs.append(Entry(job: job, stage: stage))
            return state.toWake()
        }
        wake(sleeper)
    }

    func processorTime(of work: () -> Void) -> Duration {
        let start = ProcessorTime.ofThread
        work()
        return ProcessorTime.ofThread - start
    }

    private func wake(_ sleeper: Sleeper?) {
        switch sleeper {
        case .thread(let thread): bells[thread].signal()
        case .watch: watch.signal()
        case nil: break
        }
    }

    /// Ends the threads once the queue is empty. Nothing may be enqueued afterwards.
    package func close() {
        let sleeping = state.withLock { state in
            state.isClosed = true
            defer { state.sleeping = [] }
            return state.sleeping
        }
        for thread in sleeping { bells[thread].signal() }
        watch.signal()
    }

    private func work(_ thread: Int) {
        clocks.withLock { $0.append(ProcessorTime.clockOfThread) }
        var isClosed = false
        while !isClosed {
            bells[thread].wait()
            state.withLock { $0.isWaking = false }
            while let entry = next(for: thread) {
                if let stage = entry.stage {
                    stage.run(entry.job)
                } else {
                    entry.job.runSynchronously(on: asUnownedTaskExecutor())
                }
            }
            isClosed = state.withLock { $0.isClosed }
        }
    }

    /// Returns the next job for a thread that is awake; nil if it has to sleep, or to end because the executor is closed.
    private func next(for thread: Int) -> Entry? {
        let (entry, sleeper) = state.withLock { state in
            let mustSleep = state.awake > state.limit && !state.isClosed
            let entry = mustSleep ? nil : state.nextJob()
            if entry == nil, !state.isClosed {
                state.sleeping.append(thread)
            }
            return (entry, state.toWake())
        }
        wake(sleeper)
        return entry
    }

    /// The CPU time that all threads of the executor have taken so far.
    private var cpuTime: Duration { clocks.withLock { $0.reduce(.zero) { $0 + ProcessorTime.time($1) } } }

    /// Measures the load of the cores whenever threads are held back, and adjusts their number.
    private func watchCores() {
        while !state.withLock({ $0.isClosed }) {
            watch.wait()
            var (wall, cpu) = (ContinuousClock.now, cpuTime)
            var isWatching = true
            while isWatching {
                Thread.sleep(forTimeInterval: Self.interval)
                let (now, used) = (ContinuousClock.now, cpuTime)
                let idle = Double(cores) - (used - cpu) / wall.duration(to: now)
                (wall, cpu) = (now, used)
                let sleeper: Sleeper?
                (isWatching, sleeper) = state.withLock { ($0.adjustLimit(idle: idle, cores: cores), $0.toWake()) }
                wake(sleeper)
            }
        }
    }
}
