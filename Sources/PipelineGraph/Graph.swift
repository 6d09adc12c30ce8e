/// The output of a stage that the next one can be joined to.
package struct Flow<Element: Measured>: Sendable {
    let channel: Channel<Element>
}

/// Stages joined by bounded channels.
///
/// A graph is built once, from its source to its sinks, and run once. Every stage runs as a task of its own on the
/// graph's threads. When one fails, all channels close, the others end, and its error is thrown, alone.
package final class Graph {
    private struct Node: Sendable {
        let run: @Sendable () async throws -> Void
    }

    private let executor: ThreadExecutor
    private let capacity: Int
    private var nodes: [Node] = []
    private var closers: [@Sendable () -> Void] = []
    /// One entry for each stage, in the order of the graph.
    package private(set) var counters: [StageCounters] = []

    /// - Parameter capacity: how many items each channel holds.
    package init(executor: ThreadExecutor, capacity: Int = 2) {
        self.executor = executor
        self.capacity = capacity
    }

    /// Calls `close` when the graph ends early: for what else its stages may wait on.
    package func onEarlyEnd(_ close: @escaping @Sendable () -> Void) {
        closers.append(close)
    }

    package func source<S: Source>(_ name: String, _ source: S) -> Flow<S.Output> {
        let counters = count(name, workers: 1)
        let output = outlet(S.Output.self, counters, countsItems: true)
        nodes.append(
            Node {
                let start = ContinuousClock.now
                try await source.produce(output)
                let values = counters.values
                counters.add(start.duration(to: .now) - values.waitingForOutput - values.waitingForInput, to: \.busy)
                output.channel.finish()
            })
        return Flow(channel: output.channel)
    }

    /// - Parameters:
    ///   - workers: how many items are worked on at once; nil for one on each thread.
    ///   - ahead: how many items may be done while one before them is not; nil for the number of workers.
    package func transform<T: Transform>(
        _ name: String, _ input: Flow<T.Input>, _ transform: T, workers: Int? = nil, ahead: Int? = nil
    ) -> Flow<T.Output> {
        let workers = workers ?? executor.threads
        let counters = count(name, workers: workers)
        let inlet = Inlet(channel: input.channel, counters: counters)
        let output = outlet(T.Output.self, counters)
        // What is worked on and what is done, in order.
        let pending = Channel<Promised<T.Output>>(capacity: max(1, (ahead ?? workers) - 1))
        closers.append { pending.close() }
        let permits = MemoryBudget(bytes: workers)
        closers.append { permits.close() }
        nodes += Self.inOrder(inlet, output, pending: pending, permits: permits, on: executor) { item in
            let start = ContinuousClock.now
            defer { counters.add(start.duration(to: .now), to: \.busy) }
            return try transform.transform(item)
        }
        return Flow(channel: output.channel)
    }

    package func stage<S: OrderedStage>(_ name: String, _ input: Flow<S.Input>, _ stage: S) -> Flow<S.Output> {
        let counters = count(name, workers: 1)
        let inlet = Inlet(channel: input.channel, counters: counters)
        let output = outlet(S.Output.self, counters)
        nodes.append(
            Node {
                while let item = try await inlet.next() {
                    try await counters.timed { try await stage.process(item, output) }
                }
                try await counters.timed { try await stage.finish(output) }
                output.channel.finish()
            })
        return Flow(channel: output.channel)
    }

    package func sink<S: Sink>(_ name: String, _ input: Flow<S.Input>, _ sink: S) {
        let counters = count(name, workers: 1)
        let inlet = Inlet(channel: input.channel, counters: counters)
        nodes.append(
            Node {
                while let item = try await inlet.next() {
                    try await counters.timed { try await sink.consume(item) }
                }
                try await counters.timed { try await sink.finish() }
            })
    }

    /// Runs every stage to its end.
    package func run() async throws {
        let nodes = nodes
        let closers = closers
        let close: @Sendable () -> Void = {
            for closer in closers { closer() }
        }
        let executor = executor
        let failure = await withTaskCancellationHandler {
            await withTaskGroup(of: (any Error)?.self) { group in
                for node in nodes {
                    group.addTask(executorPreference: executor) {
                        do {
                            try await node.run()
                            return nil
                        } catch {
                            close()
                            return error
                        }
                    }
                }
                // The first real error counts; the others end because of it.
                var first: (any Error)?
                for await error in group {
                    if let error, first == nil || (first is CancellationError && !(error is CancellationError)) {
                        first = error
                    }
                }
                return first
            }
        } onCancel: {
            close()
        }
        if let failure { throw failure }
        try Task.checkCancellation()
    }

    private func count(_ name: String, workers: Int) -> StageCounters {
        let new = StageCounters(stage: name, workers: workers)
        counters.append(new)
        return new
    }

    private func outlet<Element>(_: Element.Type, _ counters: StageCounters, countsItems: Bool = false)
        -> Outlet<Element>
    {
        let channel = Channel<Element>(capacity: capacity)
        closers.append { channel.close() }
        return Outlet(channel: channel, counters: counters, countsItems: countsItems)
    }

    /// Where the result of one item's work will be. A task would hold it as well, but hand it over in a way that the
    /// thread sanitizer does not see.
    private typealias Promised<Output: Sendable> = Channel<Result<Output, any Error>>

    /// Works on several items at once and sends the results in the order of the items.
    ///
    /// One task takes the items in and one sends the results out: a result never waits for the item after it.
    private static func inOrder<Input, Output>(
        _ input: Inlet<Input>, _ output: Outlet<Output>, pending: Channel<Promised<Output>>,
        permits: MemoryBudget, on executor: ThreadExecutor,
        _ work: @escaping @Sendable (Input) throws -> Output
    ) -> [Node] {
        let underWay = WorkCount()
        let takeIn = Node {
            do {
                while let item = try await input.next() {
                    let permit = try await permits.reserve(1)
                    underWay.begin()
                    let promised = Promised<Output>(capacity: 1)
                    Task(executorPreference: executor) {
                        defer { underWay.end() }
                        let result = withExtendedLifetime(permit) { Result { try work(item) } }
                        try await promised.send(result)
                    }
                    try await pending.send(promised)
                }
                pending.finish()
            } catch {
                await underWay.isOver()
                throw error
            }
            // Should the graph end early now, this is what has no work outlive it.
            await underWay.isOver()
        }
        let sendOut = Node {
            while let promised = try await pending.receive(), let result = try await promised.receive() {
                try await output.send(try result.get())
            }
            output.channel.finish()
        }
        return [takeIn, sendOut]
    }
}

extension StageCounters {
    /// Counts the time of `work` as busy, less what it waited for output.
    fileprivate func timed(_ work: () async throws -> Void) async throws {
        let waited = values.waitingElsewhere
        let start = ContinuousClock.now
        try await work()
        add(start.duration(to: .now) - (values.waitingElsewhere - waited), to: \.busy)
    }
}
