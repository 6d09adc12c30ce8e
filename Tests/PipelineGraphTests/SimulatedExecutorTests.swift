import Basics
import PipelineGraph
import Testing

@Suite(.timeLimit(.minutes(5))) struct SimulatedExecutorTests {
    private func withCores<Result>(
        _ cores: Int, _ costs: SimulatedExecutor.Costs = .init(), _ work: (SimulatedExecutor) async throws -> Result
    ) async rethrows -> Result {
        let executor = SimulatedExecutor(threads: cores, costs: costs)
        defer { executor.close() }
        return try await work(executor)
    }

    /// Runs jobs that do not depend on each other, and returns the virtual time.
    private func timeOf(jobs: Int, _ costs: SimulatedExecutor.Costs = .init(), cores: Int) async throws -> Duration {
        try await withCores(cores, costs) { executor in
            try await executor.run {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<jobs { group.addTask { executor.charge(.microseconds(100)) } }
                }
            }
        }
    }

    @Test(arguments: [1, 7, 8, 9, 100], [1, 2, 8, 64])
    func independentJobsShareTheCores(jobs: Int, cores: Int) async throws {
        let rounds = (jobs + cores - 1) / cores
        #expect(try await timeOf(jobs: jobs, cores: cores) == .microseconds(100) * rounds)
    }

    /// On one core, every job is enqueued once and started once; so is the task that waits for them.
    @Test func jobsCostWhatTheyAreSaidToCost() async throws {
        let costs = SimulatedExecutor.Costs(enqueue: .microseconds(1), job: .microseconds(10))
        let time = try await timeOf(jobs: 5, costs, cores: 1)
        #expect(time >= .microseconds(5 * 111) && time <= .microseconds(5 * 111 + 50))
    }

    /// Each core is woken by the one before it, so the last of nine starts after eight wake-ups.
    @Test func coresAreWokenOneAfterTheOther() async throws {
        let costs = SimulatedExecutor.Costs(wakeLatency: .microseconds(10))
        #expect(try await timeOf(jobs: 9, costs, cores: 9) == .microseconds(8 * 10 + 100))
    }

    // MARK: Graphs

    private struct Work: Transform {
        let executor: SimulatedExecutor
        let time: Duration

        func transform(_ input: Item) throws -> Item {
            executor.charge(time)
            return input
        }
    }

    private actor WorkInOrder: OrderedStage {
        let executor: SimulatedExecutor
        let time: Duration
        let parts: Int

        init(_ executor: SimulatedExecutor, _ time: Duration, parts: Int = 0) {
            self.executor = executor
            self.time = time
            self.parts = parts
        }

        func process(_ input: Item, _ output: Outlet<Item>) async throws {
            executor.charge(time)
            let (executor, time) = (executor, time)
            _ = try await output.inParallel(Array(0..<parts)) { _ in executor.charge(time) }
            try await output.send(input)
        }
    }

    /// Sends items that each reserve a part of a budget.
    private actor Reserving: Source {
        let budget: MemoryBudget
        let count: Int

        init(_ budget: MemoryBudget, count: Int) {
            self.budget = budget
            self.count = count
        }

        func produce(_ output: Outlet<Reserved>) async throws {
            for _ in 0..<count {
                let reservation = try await budget.reserve(1)
                try await output.send(Reserved(reservation: reservation))
            }
        }
    }

    private struct Reserved: Measured {
        let reservation: MemoryBudget.Reservation
        var documents: Int { 1 }
        var bytes: Int { 1 }
    }

    private struct WorkOnReserved: Transform {
        let executor: SimulatedExecutor

        func transform(_ input: Reserved) throws -> Item {
            executor.charge(.microseconds(100))
            return withExtendedLifetime(input) { Item(number: 1) }
        }
    }

    private static let costs = SimulatedExecutor.Costs(
        enqueue: .microseconds(1), job: .microseconds(1), wake: .microseconds(2), wakeLatency: .microseconds(5))

    /// Returns the virtual time of a graph of two parallel stages and an ordered one.
    private func timeOfGraph(
        cores: Int, costs: SimulatedExecutor.Costs, items: Int = 100, transform: Duration, stage: Duration,
        parts: Int = 0
    ) async throws -> Duration {
        try await withCores(cores, costs) { executor in
            let graph = Graph(executor: executor)
            let numbers = graph.source("numbers", Numbers(items))
            let first = graph.transform("first", numbers, Work(executor: executor, time: transform))
            let second = graph.transform("second", first, Work(executor: executor, time: transform))
            let last = graph.stage("stage", second, WorkInOrder(executor, stage, parts: parts))
            let sink = Collect()
            graph.sink("collect", last, sink)
            let counters = graph.counters[3]
            let time = try await executor.run { try await graph.run() }
            #expect(await sink.numbers == Array(0..<items))
            let stageCPU = counters.values
            #expect(stageCPU.inOrderCPU >= stage * items)
            #expect(stageCPU.parallelCPU >= stage * (parts * items))
            return time
        }
    }

    /// The whole time is that of the ordered stage, and a little more until its first item arrives.
    @Test func theSlowestOrderedStageBoundsAGraph() async throws {
        let time = try await timeOfGraph(
            cores: 16, costs: .init(), transform: .microseconds(100), stage: .microseconds(50))
        #expect(time >= .microseconds(100 * 50) && time <= .microseconds(100 * 50 + 4 * 100))
    }

    @Test func oneCoreDoesAllTheWork() async throws {
        let time = try await timeOfGraph(
            cores: 1, costs: .init(), transform: .microseconds(100), stage: .microseconds(50), parts: 3)
        #expect(time == .microseconds(100 * (2 * 100 + 4 * 50)))
    }

    @Test(arguments: [1, 3, 64])
    func twoRunsTakeTheSameVirtualTime(cores: Int) async throws {
        var times: Set<Duration> = []
        for _ in 0..<3 {
            times.insert(
                try await timeOfGraph(
                    cores: cores, costs: Self.costs, transform: .microseconds(70), stage: .microseconds(30), parts: 8))
        }
        #expect(times.count == 1)
    }

    /// At most as many items are worked on at once as the budget has room for.
    @Test(arguments: [1, 2, 4, 16])
    func aSmallBudgetTakesLonger(budget bytes: Int) async throws {
        let time = try await withCores(16) { executor in
            let graph = Graph(executor: executor)
            let source = graph.source("source", Reserving(MemoryBudget(bytes: bytes), count: 64))
            let items = graph.transform("work", source, WorkOnReserved(executor: executor))
            graph.sink("collect", items, Collect())
            return try await executor.run { try await graph.run() }
        }
        #expect(time == .microseconds(100 * 64 / bytes))
    }
}
