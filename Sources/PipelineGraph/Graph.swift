internal import Basics

/// The output of a stage. It is passed to `Graph` as the input of the next stage.
package struct Flow<Element: Measured>: Sendable {
    let channel: Channel<Message<Element>>
}

/// What travels through the channels of a graph.
enum Message<Element: Sendable>: Sendable {
    case item(Element)
    /// Asks each stage to send the items that it holds back. It keeps its place in the order of the items.
    case flush
}

/// A pipeline of stages connected by bounded channels.
///
/// A graph is built once, from its source to its sinks, and run once. Every stage runs as a task of its own on the
/// graph's executor. When a stage fails, the graph closes all channels, which ends the other stages, and `run` throws
/// the error of the stage that failed first.
package final class Graph {
    /// A task of a stage, and what runs it.
    private struct Node: Sendable {
        let executor: StageExecutor
        let run: @Sendable () async throws -> Void
    }

    private let executor: any JobExecutor
    private let capacity: Int
    private var nodes: [Node] = []
    private let started = WorkCount()
    private var closers: [@Sendable () -> Void] = []
    /// The counters of each stage, in the order in which the stages were added.
    package private(set) var counters: [StageCounters] = []

    /// - Parameters:
    ///   - executor: the threads that run the stages.
    ///   - capacity: the number of items that each channel holds.
    package init(executor: ThreadExecutor, capacity: Int = 2) {
        self.executor = executor
        self.capacity = capacity
    }

    /// Makes a graph that runs on simulated cores.
    package init(executor: SimulatedExecutor, capacity: Int = 2) {
        self.executor = executor
        self.capacity = capacity
    }

    /// Registers `close`, which is called if the graph ends early (a stage failed or the task was cancelled). It must
    /// wake stages that wait for something other than a channel of the graph, for example for a `MemoryBudget`.
    package func onEarlyEnd(_ close: @escaping @Sendable () -> Void) {
        closers.append(close)
    }

    /// Adds the stage that produces the items. `name` is the stage's name in the report.
    package func source<S: Source>(_ name: String, _ source: S) -> Flow<S.Output> {
        let counters = count(name, workers: 1)
        let output = outlet(S.Output.self, counters, countsItems: true)
        nodes.append(
            Node(executor: inOrder(counters)) {
                let start = ContinuousClock.now
                try await source.produce(output)
                let values = counters.values
                counters.add(start.duration(to: .now) - values.waitingElsewhere, to: \.busy)
                output.channel.finish()
            })
        return Flow(channel: output.channel)
    }

    /// Adds a stage that works on several items at once; results leave it in the order of the items.
    ///
    /// - Parameters:
    ///   - workers: the number of items that are worked on at once; nil for one per thread of the executor.
    ///   - ahead: the number of items that may be started after an item that is still unfinished; nil for the number of
    ///     workers.
    package func transform<T: Transform>(
        _ name: String, _ input: Flow<T.Input>, _ transform: T, workers: Int? = nil, ahead: Int? = nil
    ) -> Flow<T.Output> {
        let workers = workers ?? executor.threads
        let counters = count(name, workers: workers)
        let inlet = Inlet(channel: input.channel, counters: counters)
        let output = outlet(T.Output.self, counters)
        // The promised results in the order of the items; some are finished, others are still being worked on.
        let pending = Channel<Message<Promised<T.Output>>>(capacity: max(1, (ahead ?? workers) - 1))
        closers.append { pending.close() }
        let permits = MemoryBudget(bytes: workers)
        closers.append { permits.close() }
        nodes += Self.inOrder(
            inlet, output, pending: pending, permits: permits, on: inOrder(counters)
        ) { item in
            let start = ContinuousClock.now
            defer { counters.add(start.duration(to: .now), to: \.busy) }
            return try transform.transform(item)
        }
        return Flow(channel: output.channel)
    }

    /// Adds a stage that takes the items one at a time, in order.
    package func stage<S: OrderedStage>(_ name: String, _ input: Flow<S.Input>, _ stage: S) -> Flow<S.Output> {
        let counters = count(name, workers: 1)
        let inlet = Inlet(channel: input.channel, counters: counters)
        let output = outlet(S.Output.self, counters)
        nodes.append(
            Node(executor: inOrder(counters)) {
                while let message = try await inlet.next() {
                    switch message {
                    case .item(let item): try await counters.timed { try await stage.process(item, output) }
                    case .flush:
                        try await counters.timed { try await stage.flush(output) }
                        try await output.flush()
                    }
                }
                try await counters.timed { try await stage.finish(output) }
                output.channel.finish()
            })
        return Flow(channel: output.channel)
    }

    /// Adds a stage that consumes the items and has no output.
    package func sink<S: Sink>(_ name: String, _ input: Flow<S.Input>, _ sink: S) {
        let counters = count(name, workers: 1)
        let inlet = Inlet(channel: input.channel, counters: counters)
        nodes.append(
            Node(executor: inOrder(counters)) {
                while let message = try await inlet.next() {
                    // A sink sends nothing on: a flush ends here.
                    guard case .item(let item) = message else { continue }
                    try await counters.timed { try await sink.consume(item) }
                }
                try await counters.timed { try await sink.finish() }
            })
    }

    /// Runs every stage to its end.
    ///
    /// - Throws: the error of the first stage that failed, or `CancellationError` if the task was cancelled.
    package func run() async throws {
        let nodes = nodes
        let closers = closers
        let close: @Sendable () -> Void = {
            for closer in closers { closer() }
        }
        let failure = await withTaskCancellationHandler {
            await withTaskGroup(of: (any Error)?.self) { group in
                for node in nodes {
                    group.addTask(executorPreference: node.executor) {
                        do {
                            try await node.run()
                            return nil
                        } catch {
                            close()
                            return error
                        }
                    }
                }
                // The stages that throw `CancellationError` ended only because another stage failed: report that
                // stage's error.
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
        await started.waitUntilDone()
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
        let channel = Channel<Message<Element>>(capacity: capacity)
        closers.append { channel.close() }
        return Outlet(
            channel: channel, counters: counters, countsItems: countsItems,
            parallel: StageExecutor(executor, counters, \.parallelCPU), started: started)
    }

    /// Runs the tasks of a stage that work in order.
    private func inOrder(_ counters: StageCounters) -> StageExecutor {
        StageExecutor(executor, counters, \.inOrderCPU)
    }

    /// Receives the result of one item's work: a channel of one element. A `Task` could deliver its result as well, but
    /// the thread sanitizer does not see that handover and would report a data race.
    private typealias Promised<Output: Sendable> = Channel<Result<Output, any Error>>

    /// Works on several items at once and sends the results in the order of the items.
    ///
    /// Returns two nodes: one starts the work on each item, the other sends the results. Because they are separate, a
    /// finished result is sent even while no further item arrives.
    private static func inOrder<Input, Output>(
        _ input: Inlet<Input>, _ output: Outlet<Output>, pending: Channel<Message<Promised<Output>>>,
        permits: MemoryBudget, on executor: StageExecutor,
        _ work: @escaping @Sendable (Input) throws -> Output
    ) -> [Node] {
        let running = WorkCount()
        let startWork = Node(executor: executor) {
            do {
                while let message = try await input.next() {
                    guard case .item(let item) = message else {
                        try await pending.send(.flush)
                        continue
                    }
                    let permit = try await permits.reserve(1)
                    running.begin()
                    let promised = Promised<Output>(capacity: 1)
                    Task(executorPreference: output.parallel) {
                        defer { running.end() }
                        let result = withExtendedLifetime(permit) { Result { try work(item) } }
                        try await promised.send(result)
                    }
                    try await pending.send(.item(promised))
                }
                pending.finish()
            } catch {
                await running.waitUntilDone()
                throw error
            }
            // This task ends only when no work is running any more, even if the graph ends early in the meantime.
            await running.waitUntilDone()
        }
        let sendResults = Node(executor: executor) {
            while let message = try await pending.receive() {
                switch message {
                case .item(let promised):
                    if let result = try await promised.receive() { try await output.send(try result.get()) }
                case .flush: try await output.flush()
                }
            }
            output.channel.finish()
        }
        return [startWork, sendResults]
    }
}

extension StageCounters {
    /// Runs `work` and counts its time as busy, without the time that it spent waiting for output or for parallel
    /// parts.
    fileprivate func timed(_ work: () async throws -> Void) async throws {
        let waited = values.waitingElsewhere
        let start = ContinuousClock.now
        try await work()
        add(start.duration(to: .now) - (values.waitingElsewhere - waited), to: \.busy)
    }
}
