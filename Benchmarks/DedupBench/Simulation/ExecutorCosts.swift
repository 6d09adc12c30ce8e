import Basics
import CCounts
import Dispatch
import Foundation
import PipelineGraph

/// The measured costs of the executor and the channels, for some number of threads. Times are seconds of CPU time.
struct ExecutorCosts: Encodable {
    let threads: Int
    /// For a stage that shares an item out as parallel parts: the time that each empty part takes of the stage's own,
    /// ordered time: it makes a task, enqueues it, and takes its result.
    let enqueue: Double
    /// The time of each empty part on all threads, besides `enqueue`.
    let job: Double
    /// The time in which an empty item passes from one stage to the next.
    let hop: Double
    /// The part of `hop` that remains when its jobs are counted apart: the channel's own time.
    let channel: Double
    /// The number of jobs for each hop.
    let jobsPerHop: Double
    /// The number of empty parts, and of hops, that were done in a second of elapsed time.
    let partsPerSecond: Double
    let hopsPerSecond: Double

    private struct Empty: Measured {
        var documents: Int { 0 }
        var bytes: Int { 0 }
    }

    private actor EmptyItems: Source {
        let count: Int
        init(_ count: Int) { self.count = count }

        func produce(_ output: Outlet<Empty>) async throws {
            for _ in 0..<count { try await output.send(Empty()) }
        }
    }

    private actor Pass: OrderedStage {
        let parts: [Int]
        init(parts: Int) { self.parts = Array(0..<parts) }

        func process(_ input: Empty, _ output: Outlet<Empty>) async throws {
            if !parts.isEmpty { _ = try await output.inParallel(parts) { _ in } }
            try await output.send(input)
        }
    }

    private actor Discard: Sink {
        func consume(_ input: Empty) async throws {}
        func finish() async throws {}
    }

    /// Measures with this number of threads. The cheapest of several rounds counts.
    init(threads: Int) async throws {
        let (items, parts, stages) = (500, 64, 8)
        var (divided, chain): (Sample?, Sample?)
        for _ in 0..<5 {
            let one = try await Self.run(threads: threads, items: items, stages: 1, parts: parts)
            if divided.map({ one.cost.seconds < $0.cost.seconds }) ?? true { divided = one }
            let other = try await Self.run(threads: threads, items: items * 8, stages: stages, parts: 0)
            if chain.map({ other.cost.seconds < $0.cost.seconds }) ?? true { chain = other }
        }
        let (count, hops) = (Double(items * parts), Double(items * 8 * (stages + 1)))
        self.threads = threads
        enqueue = divided!.inOrder / count
        job = (divided!.cost.seconds - divided!.inOrder) / count
        partsPerSecond = count / divided!.cost.wallSeconds
        hop = chain!.cost.seconds / hops
        jobsPerHop = Double(chain!.cost.jobs) / hops
        channel = max(0, hop - jobsPerHop * (enqueue + job))
        hopsPerSecond = hops / chain!.cost.wallSeconds
    }

    private struct Sample {
        let cost: Cost
        /// The ordered CPU time of the first stage after the source.
        let inOrder: Double
    }

    private static func run(threads: Int, items: Int, stages: Int, parts: Int) async throws -> Sample {
        let executor = ThreadExecutor(threads: threads)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        var flow = graph.source("items", EmptyItems(items))
        for _ in 0..<stages { flow = graph.stage("pass", flow, Pass(parts: parts)) }
        graph.sink("discard", flow, Discard())
        var watch = Stopwatch()
        try await watch.timeAsync { try await graph.run() }
        return Sample(cost: watch.cost, inOrder: graph.counters[1].values.inOrderCPU / .seconds(1))
    }

    /// The costs that the simulated executor charges.
    func simulated(_ wakeUp: WakeUp) -> SimulatedExecutor.Costs {
        SimulatedExecutor.Costs(
            enqueue: .seconds(enqueue), job: .seconds(job), wake: .seconds(wakeUp.signal),
            wakeLatency: .seconds(wakeUp.latency))
    }
}

/// The measured cost of waking a thread, in seconds.
struct WakeUp: Encodable {
    /// The CPU time of the thread that wakes another.
    let signal: Double
    /// The elapsed time from then until the other thread runs.
    let latency: Double

    /// Two threads on different cores wake each other in turns. The fastest of many short rounds counts: another process
    /// may disturb most of them.
    init() {
        let turns = 100
        let rounds = 300
        let (first, second, end) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        let best = Locked(Cost(seconds: .infinity, wallSeconds: .infinity))
        let one = Thread {
            dedup_use_core(0)
            for _ in 0..<rounds {
                var watch = Stopwatch()
                watch.time {
                    for _ in 0..<turns {
                        first.signal()
                        second.wait()
                    }
                }
                best.withLock { if watch.cost.wallSeconds < $0.wallSeconds { $0 = watch.cost } }
            }
            end.signal()
        }
        let other = Thread {
            dedup_use_core(1)
            for _ in 0..<rounds * turns {
                first.wait()
                second.signal()
            }
        }
        one.start()
        other.start()
        end.wait()
        // Each turn has two wake-ups. The CPU time of one is that of falling asleep as well.
        let wakeUps = Double(2 * turns)
        signal = best.withLock { $0.seconds } / wakeUps / 2
        latency = max(0, best.withLock { $0.wallSeconds } / wakeUps - signal)
    }
}
