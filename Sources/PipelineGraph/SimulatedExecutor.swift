internal import Basics
internal import Dispatch
internal import Foundation

/// A task executor that runs jobs on simulated cores, and measures time on a virtual clock.
///
/// It predicts how long a graph would take on a machine with more cores than this one has. The jobs of the graph really
/// run, but their work takes no time: instead they call `charge` with the CPU time that the work is known to take. The
/// executor adds what enqueuing and starting jobs costs, and waking threads.
///
/// Every core has a thread, and only one thread runs at any moment: the one of the core with the earliest virtual time.
/// A job that calls `charge` waits until the virtual clock has reached the end of the charged time. So other jobs see
/// what the job does at the virtual time at which it would happen. No decision depends on the real clock, and two runs
/// of the same graph give the same times.
///
/// Jobs start in the order in which they became ready, and threads are woken one after the other, as in
/// `ThreadExecutor`. There is no contention for locks, memory bandwidth or disks.
///
/// Call `run` with the work, and `close` at the end. All tasks that use the executor must be started within `run`.
package final class SimulatedExecutor: JobExecutor, Sendable {
    /// The CPU times that the executor charges.
    package struct Costs: Sendable {
        /// The time that a job spends to enqueue another job.
        package var enqueue: Duration
        /// The time from when a core takes a job until the job does its work, and from then until the core is free.
        package var job: Duration
        /// The time that a core spends to wake another one.
        package var wake: Duration
        /// The time from the wake-up of a core until it looks for a job.
        package var wakeLatency: Duration

        /// Creates costs; the properties explain the parameters.
        package init(
            enqueue: Duration = .zero, job: Duration = .zero, wake: Duration = .zero, wakeLatency: Duration = .zero
        ) {
            self.enqueue = enqueue
            self.job = job
            self.wake = wake
            self.wakeLatency = wakeLatency
        }
    }

    /// A job, and the stage through which it came; nil if it came to the executor itself.
    private struct Entry {
        let job: UnownedJob
        let stage: StageExecutor?
    }

    private enum Event {
        /// A job becomes ready. `enqueuer` is the core that enqueued it; nil for the first job of a run.
        case ready(Entry, enqueuer: Int?)
        /// A core that was asleep looks for a job.
        case awake(core: Int)
        /// A core has worked until now.
        case worked(core: Int)
    }

    private struct State {
        let costs: Costs
        /// The virtual time.
        var now = Duration.zero
        /// The events to come. The last one is the earliest; of two at the same time, the one that was added first.
        private var events: [(time: Duration, event: Event)] = []
        /// The jobs that are ready; those before `first` were taken, and are nil.
        private var jobs: [Entry?] = []
        private var first = 0
        /// The cores that are asleep. The one that fell asleep last is woken first.
        var sleeping: [Int]
        /// Whether a core was woken that has not looked for a job yet.
        private var isWaking = false
        /// The core whose thread runs; nil if all cores are asleep.
        var running: Int?
        /// The virtual time up to which each core has worked. For the running core it may be later than `now`, by small
        /// costs that its job has not waited for yet.
        var times: [Duration]
        /// The CPU time that each core has spent.
        var spent: [Duration]
        var isClosed = false

        init(cores: Int, costs: Costs) {
            self.costs = costs
            sleeping = Array((0..<cores).reversed())
            times = Array(repeating: .zero, count: cores)
            spent = times
        }

        mutating func add(_ event: Event, at time: Duration) {
            let time = max(time, now)
            // The first place whose event is not later than the new one.
            var (low, high) = (0, events.count)
            while low < high {
                let middle = (low + high) / 2
                if events[middle].time > time { low = middle + 1 } else { high = middle }
            }
            // Those at the same time were added before, so they stay behind it and come first.
            events.insert((time, event), at: low)
        }

        /// Advances the clock to the next event that makes a core run, and returns that core; nil if there is none.
        mutating func advance() -> Int? {
            running = nil
            while running == nil, let (time, event) = events.popLast() {
                now = time
                switch event {
                case .ready(let entry, let enqueuer):
                    jobs.append(entry)
                    wake(by: enqueuer)
                case .awake(let core):
                    isWaking = false
                    times[core] = time
                    running = core
                case .worked(let core): running = core
                }
            }
            return running
        }

        mutating func spend(_ time: Duration, on core: Int) {
            times[core] += time
            spent[core] += time
        }

        mutating func nextJob(for core: Int) -> Entry? {
            guard first < jobs.count else { return nil }
            let entry = jobs[first]
            jobs[first] = nil
            first += 1
            if first > 1024 && first * 2 > jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            wake(by: core)
            return entry
        }

        /// Wakes one core if a job waits and no other core is about to look for it.
        private mutating func wake(by core: Int?) {
            guard first < jobs.count, !isWaking, let sleeper = sleeping.popLast() else { return }
            isWaking = true
            if let core { spend(costs.wake, on: core) }
            add(.awake(core: sleeper), at: now + costs.wake + costs.wakeLatency)
        }
    }

    /// The number of cores, each of which has one thread.
    package let threads: Int
    private let costs: Costs
    private let state: Locked<State>
    /// Lets the thread of the core with this index run.
    private let bells: [DispatchSemaphore]

    /// - Parameter threads: the number of cores.
    package init(threads: Int, costs: Costs) {
        precondition(threads > 0)
        self.threads = threads
        self.costs = costs
        state = Locked(State(cores: threads, costs: costs))
        bells = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
        for core in 0..<threads {
            let thread = Thread { [self] in work(core) }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Runs `work` on the simulated cores, and returns the virtual time that it took.
    package func run(_ work: sending @escaping () async throws -> Void) async throws -> Duration {
        try await Task(executorPreference: self) {
            let start = self.time
            try await work()
            return self.time - start
        }.value
    }

    /// The virtual time at which the calling job is.
    private var time: Duration { state.withLock { state in state.running.map { state.times[$0] } ?? state.now } }

    /// Charges CPU time to the calling job: waits until the virtual clock has advanced by this time, in which the job's
    /// core does nothing else. Must be called by a job of this executor.
    package func charge(_ time: Duration) {
        let core = state.withLock { state in
            state.spend(time, on: state.running!)
            return state.running!
        }
        waitUntilWorked(core)
    }

    /// Ends the threads. Nothing may be running, and nothing may be enqueued afterwards.
    package func close() {
        state.withLock { $0.isClosed = true }
        for bell in bells { bell.signal() }
    }

    /// Called by the Swift runtime with each job (one uninterrupted run of a task).
    package func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), of: nil) }

    func enqueue(_ job: UnownedJob, of stage: StageExecutor?) {
        let started: Int? = state.withLock { state in
            let core = state.running
            // It does not wait for the end of this time, because the Swift runtime may hold a lock here.
            if let core { state.spend(costs.enqueue, on: core) }
            state.add(.ready(Entry(job: job, stage: stage), enqueuer: core), at: core.map { state.times[$0] } ?? .zero)
            return core == nil ? state.advance() : nil
        }
        if let started { bells[started].signal() }
    }

    func processorTime(of work: () -> Void) -> Duration {
        let core = state.withLock { $0.running! }
        let start = state.withLock { state in
            defer { state.spend(costs.job, on: core) }
            return state.spent[core]
        }
        work()
        return state.withLock { $0.spent[core] } - start
    }

    private func work(_ core: Int) {
        bells[core].wait()
        while !state.withLock({ $0.isClosed }) {
            if let entry = state.withLock({ $0.nextJob(for: core) }) {
                if let stage = entry.stage {
                    stage.run(entry.job)
                } else {
                    _ = processorTime { entry.job.runSynchronously(on: asUnownedTaskExecutor()) }
                }
                waitUntilWorked(core)
            } else {
                letOthersRun(core) { $0.sleeping.append(core) }
            }
        }
    }

    /// Waits until the virtual clock has reached the time up to which the core works.
    private func waitUntilWorked(_ core: Int) {
        letOthersRun(core) { $0.add(.worked(core: core), at: $0.times[core]) }
    }

    /// Lets the cores run that are earlier than this one, and waits until it is this core's turn.
    private func letOthersRun(_ core: Int, _ change: (inout State) -> Void) {
        let next = state.withLock { state in
            change(&state)
            return state.advance()
        }
        if next == core { return }
        if let next { bells[next].signal() }
        bells[core].wait()
    }
}
