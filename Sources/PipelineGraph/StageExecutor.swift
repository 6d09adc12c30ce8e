/// Runs the jobs of a stage on the threads of an executor, and counts the CPU time that they take.
///
/// Everything that a task of the stage does is counted: its work, what its channels cost, and what its child tasks do,
/// because child tasks have the executor of their parent.
final class StageExecutor: TaskExecutor, Sendable {
    private let executor: any JobExecutor
    private let counters: StageCounters
    private let field: any WritableKeyPath<StageCounters.Values, Duration> & Sendable

    /// - Parameter field: the counter that the CPU time is added to.
    init(
        _ executor: any JobExecutor, _ counters: StageCounters,
        _ field: any WritableKeyPath<StageCounters.Values, Duration> & Sendable
    ) {
        self.executor = executor
        self.counters = counters
        self.field = field
    }

    /// The number of threads.
    var threads: Int { executor.threads }

    func enqueue(_ job: consuming ExecutorJob) { executor.enqueue(UnownedJob(job), of: self) }

    /// Runs a job on the calling thread, one of those of the executor.
    func run(_ job: UnownedJob) {
        let time = executor.processorTime { job.runSynchronously(on: asUnownedTaskExecutor()) }
        counters.add(time, to: field)
    }
}
