import PipelineGraph
import Testing

@Suite(.timeLimit(.minutes(15))) struct MemoryBudgetTests {
    private static let total = 1000

    /// An item with the bytes it takes.
    private final class Load: Measured {
        let number: Int
        let size: Int
        private let taken: Counter
        private let reservation: MemoryBudget.Reservation

        init(_ number: Int, _ size: Int, _ taken: Counter, _ reservation: MemoryBudget.Reservation) {
            self.number = number
            self.size = size
            self.taken = taken
            self.reservation = reservation
            taken.add(size)
        }

        // The bytes are subtracted before the reservation is released.
        deinit { taken.add(-size) }

        var documents: Int { 1 }
        var bytes: Int { size }
    }

    private actor Loads: Source {
        private let sizes: [Int]
        private let budget: MemoryBudget
        private let taken: Counter

        init(_ sizes: [Int], _ budget: MemoryBudget, _ taken: Counter) {
            self.sizes = sizes
            self.budget = budget
            self.taken = taken
        }

        func produce(_ output: Outlet<Load>) async throws {
            for (number, size) in sizes.enumerated() {
                let reservation = try await budget.reserve(size)
                // A request for more than the whole budget is granted only if nothing else is reserved.
                if size >= total { #expect(taken.value == 0) }
                try await output.send(Load(number, min(size, total), taken, reservation))
            }
        }
    }

    private struct Hold: Transform {
        func transform(_ input: Load) -> Load { input }
    }

    private actor Unload: Sink {
        private(set) var numbers: [Int] = []
        func consume(_ input: Load) async throws { numbers.append(input.number) }
        func finish() async throws {}
    }

    @Test(arguments: [1, 2, 7])
    func theBudgetIsNeverExceeded(threads: Int) async throws {
        var random = SystemRandomNumberGenerator()
        let sizes = (0..<3000).map { _ in
            Int.random(in: 0..<20, using: &random) == 0
                ? Int.random(in: Self.total...Self.total * 3, using: &random) : Int.random(in: 0...400, using: &random)
        }
        let budget = MemoryBudget(bytes: Self.total)
        let taken = Counter()
        try await withThreads(threads) { executor in
            let graph = Graph(executor: executor, capacity: 4)
            graph.onEarlyEnd { budget.close() }
            let sink = Unload()
            let loads = graph.source("loads", Loads(sizes, budget, taken))
            graph.sink("unload", graph.transform("hold", loads, Hold()), sink)
            try await graph.run()
            #expect(await sink.numbers == Array(sizes.indices))
        }
        #expect(taken.most <= Self.total)
        #expect(taken.value == 0)
    }

    @Test func aTaskWaitsForBytes() async throws {
        let budget = MemoryBudget(bytes: 100)
        var first: MemoryBudget.Reservation? = try await budget.reserve(60)
        let second = try await budget.reserve(40)
        let granted = Counter()
        let asking = Task {
            let reservation = try await budget.reserve(50)
            granted.add(1)
            return reservation
        }
        try await Task.sleep(for: .milliseconds(20))
        #expect(granted.value == 0)
        withExtendedLifetime(first) {}
        first = nil
        let third = try await asking.value
        #expect(granted.value == 1)
        withExtendedLifetime((second, third)) {}
    }

    @Test func nothingIsLostOverManyRounds() async throws {
        let budget = MemoryBudget(bytes: 10)
        for _ in 0..<200 {
            let all = try await budget.reserve(10)
            withExtendedLifetime(all) {}
        }
        do {
            let more = try await budget.reserve(1_000_000)
            withExtendedLifetime(more) {}
        }
        let parts = [try await budget.reserve(4), try await budget.reserve(6), try await budget.reserve(0)]
        withExtendedLifetime(parts) {}
    }

    @Test func closingWakesWaitingTasks() async throws {
        let budget = MemoryBudget(bytes: 10)
        let held = try await budget.reserve(10)
        let asking = Task { try await budget.reserve(1) }
        try await Task.sleep(for: .milliseconds(20))
        budget.close()
        await #expect(throws: CancellationError.self) { _ = try await asking.value }
        await #expect(throws: CancellationError.self) { _ = try await budget.reserve(0) }
        withExtendedLifetime(held) {}
    }

    @Test func aRunThatWaitsForBytesCanBeCancelled() async throws {
        let budget = MemoryBudget(bytes: 10)
        let held = try await budget.reserve(10)
        let run = Task {
            try await withThreads(1) { executor in
                let graph = Graph(executor: executor)
                graph.onEarlyEnd { budget.close() }
                let loads = graph.source("loads", Loads([1], budget, Counter()))
                graph.sink("unload", loads, Unload())
                try await graph.run()
            }
        }
        try await Task.sleep(for: .milliseconds(20))
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        withExtendedLifetime(held) {}
    }

    @Test func onlyFreeBytesAreTakenNow() async throws {
        let budget = MemoryBudget(bytes: 100)
        do {
            let first = try #require(budget.reserveNow(70))
            #expect(budget.reserveNow(31) == nil)
            first.shrink(to: 60)
            let second = budget.reserveNow(40)
            #expect(second != nil && budget.reserveNow(1) == nil)
            withExtendedLifetime((first, second)) {}
        }
        // Everything is free again.
        #expect(budget.reserveNow(100) != nil)
    }
}
