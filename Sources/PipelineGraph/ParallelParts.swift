internal import Basics

/// The parts of an item's work that a stage does in parallel: as many tasks as there are free threads take one part
/// after the other.
///
/// A task that takes a part starts up to two more tasks while parts are left. So the stage itself starts only one, and on
/// a busy machine few tasks find nothing to do.
final class ParallelParts: Sendable {
    private struct State {
        var next = 0
        /// The number of tasks that were started and have not ended, except those that wait for a thread.
        var working = 0
        var started = 0
        /// The error of the first part that failed, in the order of the parts.
        var failure: (part: Int, error: any Error)?
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())
    private let count: Int
    private let mostTasks: Int
    private let counters: StageCounters
    private let executor: StageExecutor
    private let work: @Sendable (Int) throws -> Void

    /// - Parameters:
    ///   - count: the number of parts.
    ///   - executor: runs the tasks.
    ///   - counters: get the time of the parts as busy.
    ///   - work: does the part with this number.
    init(
        _ count: Int, on executor: StageExecutor, _ counters: StageCounters,
        _ work: @escaping @Sendable (Int) throws -> Void
    ) {
        self.count = count
        self.executor = executor
        self.counters = counters
        self.work = work
        mostTasks = min(count, executor.threads)
    }

    /// Does all parts.
    ///
    /// - Throws: the error of the first part that failed, in the order of the parts. Parts that no task has taken by then
    ///   are left out.
    func run() async throws {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.waiting = continuation
                state.started = 1
            }
            startTask()
        }
        if let failure = state.withLock({ $0.failure }) { throw failure.error }
    }

    private func startTask() {
        Task(executorPreference: executor) { [self] in doParts() }
    }

    private func doParts() {
        var (part, more) = state.withLock { state -> (Int?, Int) in
            let part = take(&state)
            if part == nil { return (nil, 0) }
            state.working += 1
            let more = min(2, count - state.next, mostTasks - state.started)
            state.started += more
            return (part, more)
        }
        for _ in 0..<more { startTask() }
        if part == nil { return }
        let start = ContinuousClock.now
        while let number = part {
            do {
                try work(number)
                part = state.withLock { take(&$0) }
            } catch {
                state.withLock { state in
                    if state.failure.map({ $0.part > number }) ?? true { state.failure = (number, error) }
                    state.next = count
                }
                part = nil
            }
        }
        counters.add(start.duration(to: .now), to: \.busy)
        let waiting = state.withLock { state in
            state.working -= 1
            return state.working == 0 && state.next == count ? state.waiting.take() : nil
        }
        waiting?.resume()
    }

    private func take(_ state: inout State) -> Int? {
        guard state.next < count else { return nil }
        state.next += 1
        return state.next - 1
    }
}
