internal import Basics
internal import Foundation
internal import PipelineGraph

/// The threads of this library. Its work blocks (it reads, writes and computes for long), which the threads of Swift's
/// cooperative pool must not do.
enum Threads {
    /// The number of cores that this process may use.
    static let count = max(1, ProcessInfo.processInfo.activeProcessorCount)

    /// One thread for each core. They live as long as the process and wait while there is nothing to do.
    static let executor = ThreadExecutor(threads: count)

    /// Runs `work` on the library's threads and returns what it returns; its errors become a `DedupError`.
    static func run<Result: Sendable>(
        _ work: @Sendable @escaping () async throws -> Result
    ) async throws(DedupError) -> Result {
        _ = Parameter.areNamedAsProperties
        do {
            return try await withTaskExecutorPreference(executor) { try await work() }
        } catch {
            throw DedupError(error)
        }
    }

    /// Runs `work` on every part, in parallel, and returns the results in the order of the parts.
    static func inParallel<Part: Sendable, Result: Sendable>(
        _ parts: [Part], _ work: @escaping @Sendable (Part) throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for (number, part) in parts.enumerated() {
                group.addTask(executorPreference: executor) {
                    try Task.checkCancellation()
                    return (number, try work(part))
                }
            }
            var results = [Result?](repeating: nil, count: parts.count)
            for try await (number, result) in group { results[number] = result }
            return results.map { $0! }
        }
    }
}
