/// The executor of a graph: threads, or the simulated cores of `SimulatedExecutor`.
protocol JobExecutor: TaskExecutor {
    /// The number of threads.
    var threads: Int { get }
    /// Adds a job that came through the executor of a stage, which counts the job's CPU time.
    func enqueue(_ job: UnownedJob, of stage: StageExecutor?)
    /// Calls `work` on the calling thread, one of those of the executor, and returns the CPU time that it took.
    func processorTime(of work: () -> Void) -> Duration
}
