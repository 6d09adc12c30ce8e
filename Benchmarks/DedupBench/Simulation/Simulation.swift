import Basics
import Foundation
import PipelineGraph
import Pipelines

/// Predicts the speed of the default pipeline on machines with more cores, from costs that are measured on this one.
struct Simulation {
    /// A comparison of a simulated and a real run of the same corpus.
    struct Comparison: Encodable {
        let threads: Int
        let predictedSeconds: Double
        let realSeconds: Double
        let realCPUSeconds: Double
        /// By how much the prediction is longer than the real run, in percent.
        var error: Double { (predictedSeconds / realSeconds - 1) * 100 }
    }

    private let summary: String
    private(set) var runs: [SimulatedRun] = []
    private(set) var comparisons: [Comparison] = []
    private(set) var executorCosts: [ExecutorCosts] = []
    private let wakeUp: WakeUp
    private let real: RealRun
    private let costs: StageCosts

    /// The memory setting of a simulated run, unless the user gives one.
    static func memory(cores: Int) -> Int { max(2 << 30, cores * (512 << 20)) }

    /// Measures the costs, compares runs on 1 and 2 threads with the simulation, and simulates runs on more cores.
    ///
    /// - Parameters:
    ///   - cores: the numbers of cores.
    ///   - memory: the memory setting in bytes; nil for `memory(cores:)`.
    ///   - least: the least number of decoded bytes in a simulated run: the shards of the corpus are repeated.
    ///   - rounds: the number of real runs for each number of threads.
    ///   - scratch: a folder for temporary files.
    init(_ bench: Bench, cores: [Int], memory: Int?, least: Int, rounds: Int, scratch: String) async throws {
        summary = bench.corpus.summary
        for threads in [1, 2, 8, 16, 64] { executorCosts.append(try await ExecutorCosts(threads: threads)) }
        wakeUp = WakeUp()
        let single = executorCosts[0]
        let charged = single.simulated(wakeUp)
        let insertion = min(
            try bench.insertionSeconds(scratch: scratch), try bench.insertionSeconds(scratch: scratch))
        let out = scratch + "/out"
        real = try await RealRun(bench, threads: 1, rounds: rounds, out: out)
        let sizes = CorpusSizes(bench.corpus, real.counts)
        // What jobs and channels cost on one thread is a part of the measured times, and is charged apart.
        let idle = StageCosts(transforms: StageCosts.transforms(of: real), channel: single.channel)
        let overhead = try await SimulatedRun(
            sizes, idle, charged, cores: 1, memory: MemoryPlan.standard, least: sizes.bytes)
        costs = try StageCosts(
            real, sizes, overhead: Dictionary(overhead.stages.map { ($0.name, $0) }) { $1 }, channel: single.channel,
            insertion: insertion)
        for threads in [1, 2] {
            let other = threads == 1 ? real : try await RealRun(bench, threads: threads, rounds: rounds, out: out)
            let run = try await SimulatedRun(
                sizes, costs, charged, cores: threads, memory: MemoryPlan.standard, least: sizes.bytes)
            comparisons.append(
                Comparison(
                    threads: threads, predictedSeconds: run.seconds, realSeconds: other.wallSeconds,
                    realCPUSeconds: other.cpuSeconds))
        }
        for count in cores {
            runs.append(
                try await SimulatedRun(
                    sizes, costs, charged, cores: count, memory: memory ?? Self.memory(cores: count), least: least))
        }
    }

    // MARK: Output

    /// The tables in Markdown.
    func tables(_ corpus: BenchCorpus) -> String {
        var text = """
            ## Simulated

            \(summary): its shards are repeated to \(grouped(runs[0].bytes / 1_000_000)) MB in \
            \(grouped(runs[0].documents)) documents. The costs are measured on this machine, with one thread. \
            Not simulated are contention for locks, memory bandwidth and caches, and waiting for disks.

            | cores | memory | seconds | GB/s | documents/s | efficiency | cores in use | busiest ordered stage |
            | --- | --- | --- | --- | --- | --- | --- | --- |

            """
        // Speed-ups refer to one core, of which the comparison has the speed.
        let single = Double(corpus.bytes) / comparisons[0].predictedSeconds
        for run in runs {
            let columns = [
                "\(run.cores)", "\(rounded(Double(run.memory) / Double(1 << 30))) GiB", rounded(run.seconds),
                rounded(run.speed / 1e9), rounded(Double(run.documents) / run.seconds),
                percent(run.speed / single / Double(run.cores)), percent(run.utilization),
                "\(run.bound.stage), \(percent(run.bound.share)) of the time",
            ]
            text += "| " + columns.joined(separator: " | ") + " |\n"
        }
        text += """

            Simulated and real runs of the corpus. If the CPU seconds of the real run, divided by the threads, are \
            much less than its seconds, other processes kept the cores busy, or it waited for the disk.

            | threads | simulated s | real s | real CPU s | error |
            | --- | --- | --- | --- | --- |

            """
        for one in comparisons {
            text += "| \(one.threads) | \(rounded(one.predictedSeconds)) | \(rounded(one.realSeconds)) | "
            text += "\(rounded(one.realCPUSeconds)) | "
            text += String(format: "%+.1f %% |\n", one.error)
        }
        text += """

            The CPU time of the stages, as a real run on one thread took it, without that of jobs and channels:

            """
        text += "\n" + costs.table
        return text + "\n" + executorTable
    }

    /// The costs of the executor and the channels, in Markdown.
    private var executorTable: String {
        var text = """
            ## The executor and the channels

            Measured on this machine's cores, in nanoseconds of CPU time. A wake-up takes \
            \(rounded(wakeUp.signal * 1e6)) microseconds of the thread that wakes another one, which runs \
            \(rounded(wakeUp.latency * 1e6)) microseconds later.

            | threads | part: its stage | part: its job | parts/s | hop between stages | of which channel | jobs per hop | hops/s |
            | --- | --- | --- | --- | --- | --- | --- | --- |

            """
        for costs in executorCosts {
            let columns = [
                "\(costs.threads)", rounded(costs.enqueue * 1e9), rounded(costs.job * 1e9),
                rounded(costs.partsPerSecond),
                rounded(costs.hop * 1e9), rounded(costs.channel * 1e9), rounded(costs.jobsPerHop),
                rounded(costs.hopsPerSecond),
            ]
            text += "| " + columns.joined(separator: " | ") + " |\n"
        }
        return text
    }

    private struct JSON: Encodable {
        struct Run: Encodable {
            let cores: Int
            let memory: Int
            let documents: Int
            let bytes: Int
            let simulatedSeconds: Double
            let efficiency: Double
            let busiestOrderedStage: String
            let busiestOrderedShare: Double
        }

        let simulated: [Run]
        let comparisons: [Comparison]
        let executor: [ExecutorCosts]
        let wakeUp: WakeUp
    }

    /// The same as JSON.
    func json(_ corpus: BenchCorpus) throws -> String {
        let single = Double(corpus.bytes) / comparisons[0].predictedSeconds
        let simulated = runs.map { run in
            JSON.Run(
                cores: run.cores, memory: run.memory, documents: run.documents, bytes: run.bytes,
                simulatedSeconds: run.seconds, efficiency: run.speed / single / Double(run.cores),
                busiestOrderedStage: run.bound.stage, busiestOrderedShare: run.bound.share)
        }
        return try encoded(
            JSON(simulated: simulated, comparisons: comparisons, executor: executorCosts, wakeUp: wakeUp))
    }

    private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
}
