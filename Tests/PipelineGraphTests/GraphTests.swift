import Foundation
import PipelineGraph
import Testing

@Suite(.timeLimit(.minutes(15))) struct GraphTests {
    /// A graph with one stage of each kind, two of them parallel.
    private struct Chain {
        let graph: Graph
        let source: Numbers
        let delay: Delay
        let stage: Pass
        let sink: Collect

        init(
            _ executor: ThreadExecutor, count: Int?, capacity: Int = 2, workers: Int? = nil, microseconds: Int = 0,
            plan: Plan = Plan(), sinkMilliseconds: Int = 0
        ) {
            graph = Graph(executor: executor, capacity: capacity)
            source = Numbers(count, plan: plan)
            delay = Delay(microseconds: microseconds, plan: plan)
            stage = Pass(plan: plan)
            sink = Collect(plan: plan, milliseconds: sinkMilliseconds)
            let numbers = graph.source("numbers", source)
            let delayed = graph.transform("delay", numbers, delay, workers: workers)
            let passed = graph.stage("pass", delayed, stage)
            graph.sink("collect", passed, sink)
        }
    }

    @Test(arguments: [1, 2, 7])
    func thousandsOfItemsKeepTheirOrder(threads: Int) async throws {
        try await withThreads(threads) { executor in
            let chain = Chain(executor, count: 4000)
            try await chain.graph.run()
            #expect(await chain.sink.numbers == Array(0..<4000))
            #expect(await chain.stage.isFinished)
            #expect(await chain.sink.isFinished)
        }
    }

    @Test(arguments: [1, 2, 3, 7], [1, 4])
    func delaysDoNotChangeTheOrder(threads: Int, capacity: Int) async throws {
        try await withThreads(threads) { executor in
            let chain = Chain(executor, count: 300, capacity: capacity, microseconds: 150)
            try await chain.graph.run()
            #expect(await chain.sink.numbers == Array(0..<300))
            #expect(chain.delay.running.most <= threads)
            #expect(chain.delay.threads.all.count <= threads)
        }
    }

    @Test func aTransformRunsOnSeveralThreadsAtOnce() async throws {
        try await withThreads(4) { executor in
            // The work takes long enough for a second thread to start, even on a busy machine.
            let chain = Chain(executor, count: 40, microseconds: 20_000)
            try await chain.graph.run()
            #expect(chain.delay.running.most > 1)
            #expect(chain.delay.threads.all.count > 1)
        }
    }

    @Test func aRunMayHaveNoItems() async throws {
        try await withThreads(2) { executor in
            let chain = Chain(executor, count: 0)
            try await chain.graph.run()
            #expect(await chain.sink.numbers == [])
            #expect(await chain.sink.isFinished)
        }
    }

    @Test(arguments: Place.allCases, [1, 2, 7])
    func aFailureEndsTheRun(place: Place, threads: Int) async throws {
        // Failures at the end of a stage need a source that ends.
        let isAtEnd = place == .stageEnd || place == .sinkEnd
        for item in isAtEnd ? [0] : [0, 1, 57] {
            try await withThreads(threads) { executor in
                let chain = Chain(
                    executor, count: isAtEnd ? 80 : nil, microseconds: 20, plan: Plan(failing: place, at: item))
                await #expect(throws: Planned(place: place)) { try await chain.graph.run() }
                // No work continues after the error has been thrown.
                #expect(chain.delay.running.value == 0)
                let produced = chain.source.produced.value
                try await Task.sleep(for: .milliseconds(5))
                #expect(chain.source.produced.value == produced)
                #expect(await !chain.sink.isFinished)
                let numbers = await chain.sink.numbers
                #expect(numbers == Array(0..<numbers.count))
                if !isAtEnd { #expect(numbers.count <= item) }
            }
        }
    }

    @Test(arguments: [1, 4])
    func noTransformOutlivesAFailedRun(threads: Int) async {
        await withThreads(threads) { executor in
            // The sink fails at the first item, while the others are being processed or wait for it.
            let graph = Graph(executor: executor)
            let delay = Delay(step: 20_000)
            let delayed = graph.transform("delay", graph.source("numbers", Numbers(5)), delay, workers: 4)
            graph.sink("collect", delayed, Collect(plan: Plan(failing: .sink)))
            await #expect(throws: Planned(place: .sink)) { try await graph.run() }
            #expect(delay.running.value == 0)
            #expect(delay.running.started == delay.running.ended)
            let started = delay.running.started
            try? await Task.sleep(for: .milliseconds(100))
            #expect(delay.running.started == started)
        }
    }

    @Test func oneOfTwoFailuresSurfaces() async {
        await withThreads(3) { executor in
            for _ in 0..<30 {
                let graph = Graph(executor: executor)
                let numbers = graph.source("numbers", Numbers(nil, plan: Plan(failing: .source, at: 3)))
                graph.sink("collect", numbers, Collect(plan: Plan(failing: .sink, at: 1)))
                await #expect(throws: Planned.self) { try await graph.run() }
            }
        }
    }

    @Test(arguments: [1, 2, 7])
    func cancellingFromOutsideEndsTheRun(threads: Int) async {
        await withThreads(threads) { executor in
            let chain = Chain(executor, count: nil, microseconds: 20)
            // A graph is run only once, by the task that is cancelled.
            let graph = Unchecked(chain.graph)
            let run = Task { try await graph.value.run() }
            #expect(await eventually { chain.sink.consumed.value > 20 })
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(await !chain.sink.isFinished)
            #expect(chain.delay.running.value == 0)
        }
    }

    @Test func cancellingBeforeTheStartEndsTheRun() async {
        await withThreads(2) { executor in
            let chain = Chain(executor, count: nil)
            let graph = Unchecked(chain.graph)
            let run = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await graph.value.run()
            }
            await #expect(throws: CancellationError.self) { try await run.value }
        }
    }

    @Test(arguments: [(1, 1), (2, 1), (2, 2), (7, 7), (3, 8)], [1, 2, 5])
    func aSlowSinkBoundsWhatIsInFlight(_ threads: (threads: Int, workers: Int), capacity: Int) async throws {
        try await withThreads(threads.threads) { executor in
            let inFlight = Counter()
            let graph = Graph(executor: executor, capacity: capacity)
            let numbers = graph.source("numbers", CountingSource(inFlight))
            let delayed = graph.transform("delay", numbers, Delay(), workers: threads.workers)
            let passed = graph.stage("pass", delayed, Pass())
            graph.sink("collect", passed, CountingSink(inFlight))
            try await graph.run()
            // Items can be in three channels, in the source, the stage and the sink (one each), and in the transform.
            let transform = max(1, threads.workers - 1) + 2
            #expect(inFlight.most <= 3 * capacity + 3 + transform)
            #expect(inFlight.most >= 2)
            #expect(inFlight.value == 0)
        }
    }

    @Test func countersAddUp() async throws {
        try await withThreads(2) { executor in
            let chain = Chain(executor, count: 50, microseconds: 400, sinkMilliseconds: 2)
            let start = ContinuousClock.now
            try await chain.graph.run()
            let elapsed = start.duration(to: .now)
            let counters = chain.graph.counters
            #expect(counters.map(\.stage) == ["numbers", "delay", "pass", "collect"])
            #expect(counters.map(\.workers) == [1, 2, 1, 1])
            for counters in counters {
                let values = counters.values
                #expect(values.documents == 50, "\(counters.stage)")
                #expect(values.bytes == 50 * 49 / 2 * 3, "\(counters.stage)")
                #expect(values.busy >= .zero && values.waitingForInput >= .zero && values.waitingForOutput >= .zero)
                let sum = values.busy + values.waitingForInput + values.waitingForOutput
                #expect(sum <= elapsed * (counters.workers + 2), "\(counters.stage)")
                #expect(values.inOrderCPU > .zero && values.inOrderCPU + values.parallelCPU <= elapsed * 2)
                #expect((values.parallelCPU > .zero) == (counters.stage == "delay"), "\(counters.stage)")
            }
            // The sink works for 100 ms, and the stages before it wait.
            #expect(counters[3].values.busy >= .milliseconds(100))
            // It sleeps, which takes no CPU time.
            #expect(counters[3].values.inOrderCPU < counters[3].values.busy / 2)
            #expect(counters[0].values.waitingForOutput >= .milliseconds(30))
            #expect(counters[2].values.waitingForOutput >= .milliseconds(30))
        }
    }

    @Test func threadsEndWithTheirExecutor() async throws {
        weak var executor: ThreadExecutor?
        var threads = 0
        do {
            let strong = ThreadExecutor(threads: 5)
            executor = strong
            let chain = Chain(strong, count: 200, microseconds: 100)
            try await chain.graph.run()
            threads = chain.delay.threads.all.count
            strong.close()
        }
        #expect((1...5).contains(threads))
        // A thread that is still running would keep a reference to its executor.
        #expect(await eventually { executor == nil })
    }
}

/// Passes a value that is not `Sendable` to another task.
private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

private actor CountingSource: Source {
    private let inFlight: Counter
    init(_ inFlight: Counter) { self.inFlight = inFlight }

    func produce(_ output: Outlet<Item>) async throws {
        for number in 0..<150 {
            inFlight.add(1)
            try await output.send(Item(number: number))
        }
    }
}

private actor CountingSink: Sink {
    private let inFlight: Counter
    init(_ inFlight: Counter) { self.inFlight = inFlight }

    func consume(_ input: Item) async throws {
        usleep(500)
        inFlight.add(-1)
    }

    func finish() async throws {}
}
