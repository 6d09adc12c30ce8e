import PipelineGraph
import Testing

@Suite(.timeLimit(.minutes(15))) struct FlushTests {
    /// Sends three items and asks for them, three times; each time it waits until they have arrived.
    private actor Patient: Source {
        private let arrived: Counter
        private(set) var hasFailed = false

        init(_ arrived: Counter) { self.arrived = arrived }

        func produce(_ output: Outlet<Item>) async throws {
            for round in 0..<3 {
                for number in 0..<3 { try await output.send(Item(number: round * 3 + number)) }
                try await output.flush()
                let arrived = arrived
                if await !eventually({ arrived.value == round * 3 + 3 }) { hasFailed = true }
            }
        }
    }

    /// Holds items back until it has ten.
    private actor Hoarder: OrderedStage {
        private var held: [Item] = []

        func process(_ input: Item, _ output: Outlet<Item>) async throws {
            held.append(input)
            if held.count == 10 { try await flush(output) }
        }

        func flush(_ output: Outlet<Item>) async throws {
            for item in held { try await output.send(item) }
            held = []
        }

        func finish(_ output: Outlet<Item>) async throws { try await flush(output) }
    }

    @Test(arguments: [1, 3]) func aFlushMovesHeldItemsOnThroughAllStages(threads: Int) async throws {
        try await withThreads(threads) { executor in
            let graph = Graph(executor: executor)
            let sink = Collect()
            let source = Patient(sink.consumed)
            let first = graph.stage("hoard", graph.source("numbers", source), Hoarder())
            let second = graph.stage(
                "hoard again", graph.transform("delay", first, Delay(microseconds: 200)), Hoarder())
            graph.sink("collect", second, sink)
            try await graph.run()
            #expect(await sink.numbers == Array(0..<9))
            #expect(await !source.hasFailed)
        }
    }

    @Test func aFlushIsNoItem() async throws {
        try await withThreads(2) { executor in
            let graph = Graph(executor: executor)
            let sink = Collect()
            let source = Patient(sink.consumed)
            graph.sink("collect", graph.stage("hoard", graph.source("numbers", source), Hoarder()), sink)
            try await graph.run()
            for counters in graph.counters { #expect(counters.values.documents == 9) }
        }
    }
}
