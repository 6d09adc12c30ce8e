internal import Basics

/// An item that passes through a channel. The graph reads only its number of documents and its size in bytes, for the
/// counters of the stages.
package protocol Measured: Sendable {
    var documents: Int { get }
    var bytes: Int { get }
}

/// The work and waiting times of one stage. They show which stage limits the speed of a run: the one that hardly waits.
package final class StageCounters: Sendable {
    /// The values of a stage's counters at one moment.
    package struct Values: Sendable, Equatable {
        /// The documents that the stage received; for a source, those that it sent. `bytes` counts the same items.
        package var documents = 0
        /// The bytes of these items.
        package var bytes = 0
        /// Working time, summed over the stage's workers.
        package var busy = Duration.zero
        /// The time spent waiting for the previous stage.
        package var waitingForInput = Duration.zero
        /// The time spent waiting because the next stage, or the memory budget, has no room.
        package var waitingForOutput = Duration.zero
        /// The CPU time of the stage that no second thread can share: that of taking items, working on them one at a
        /// time in order, and sending them on.
        package var inOrderCPU = Duration.zero
        /// The CPU time of work on several items, or parts of one, at once.
        package var parallelCPU = Duration.zero
        /// The time that a stage waited for its own parallel parts (`Outlet.inParallel`, `Outlet.start`).
        var waitingForParts = Duration.zero

        /// The time inside `process`, `consume` or `finish` during which the stage waited and did not work itself.
        var waitingElsewhere: Duration { waitingForOutput + waitingForParts }
    }

    /// The stage's name in the report.
    package let stage: String
    /// The number of items that the stage may work on at once.
    package let workers: Int
    private let counts = Locked(Values())

    init(stage: String, workers: Int) {
        self.stage = stage
        self.workers = workers
    }

    /// The values at this moment.
    package var values: Values { counts.withLock { $0 } }

    func count(_ item: some Measured) {
        counts.withLock {
            $0.documents += item.documents
            $0.bytes += item.bytes
        }
    }

    func add(_ time: Duration, to field: any WritableKeyPath<Values, Duration> & Sendable) {
        counts.withLock { $0[keyPath: field] += time }
    }
}

/// The input of a stage: receives items, and counts the items and the time spent waiting for them.
struct Inlet<Element: Measured>: Sendable {
    let channel: Channel<Message<Element>>
    let counters: StageCounters

    /// Waits for the next item or flush; nil after the last one.
    func next() async throws -> Message<Element>? {
        let start = ContinuousClock.now
        let message = try await channel.receive()
        counters.add(start.duration(to: .now), to: \.waitingForInput)
        if case .item(let element) = message { counters.count(element) }
        return message
    }
}

/// The output of a stage: sends items to the next stage, and counts the time spent waiting for that stage. For a
/// source, which receives no items, it also counts the items that it sends.
package struct Outlet<Element: Measured>: Sendable {
    let channel: Channel<Message<Element>>
    let counters: StageCounters
    let countsItems: Bool
    /// Runs the parallel work of the stage, and counts its CPU time as such.
    let parallel: StageExecutor
    /// Counts the work that `start` began, in all stages of the graph.
    let started: WorkCount

    /// Runs `work` on every part of an item, in parallel, and returns the results in the order of the parts. The time
    /// spent on each part counts as busy. The time of the whole call counts as waiting for parts, because the caller
    /// itself does not work meanwhile. A single part runs in order, as a part of the caller's work.
    package func inParallel<Part: Sendable, Result: Sendable>(
        _ parts: [Part], _ work: @escaping @Sendable (Part) throws -> Result
    ) async throws -> [Result] {
        // One part is no faster on another thread.
        if parts.count <= 1 { return try parts.map(work) }
        let start = ContinuousClock.now
        defer { counters.add(start.duration(to: .now), to: \.waitingForParts) }
        let results = Locked([Result?](repeating: nil, count: parts.count))
        let parallelParts = ParallelParts(parts.count, on: parallel, counters) { number in
            let result = try work(parts[number])
            results.withLock { $0[number] = result }
        }
        try await parallelParts.run()
        return results.withLock { $0 }.map { $0! }
    }

    /// Starts work beside the stage, in parallel, and returns at once. Its time counts as busy. The graph ends only when
    /// the work has ended.
    package func start(_ work: @escaping @Sendable () -> Void) {
        started.begin()
        Task(executorPreference: parallel) { [counters, started] in
            defer { started.end() }
            let start = ContinuousClock.now
            work()
            counters.add(start.duration(to: .now), to: \.busy)
        }
    }

    /// Runs `wait` and counts its time as waiting for parts: it waits for work that `start` began.
    package func waitingForParts(isolation: isolated (any Actor)? = #isolation, _ wait: () async -> Void) async {
        let start = ContinuousClock.now
        await wait()
        counters.add(start.duration(to: .now), to: \.waitingForParts)
    }

    /// Runs `wait` and counts its time as waiting for output. A source uses it when it waits for the memory budget,
    /// which is full because later stages still hold their items.
    package func waiting<Result>(_ wait: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        defer { counters.add(start.duration(to: .now), to: \.waitingForOutput) }
        return try await wait()
    }

    /// Waits until the next stage has room, then sends an item.
    package func send(_ element: Element) async throws {
        if countsItems { counters.count(element) }
        try await waiting { try await channel.send(.item(element)) }
    }

    /// Asks all later stages, one after the other, to send on the items that they hold back (`OrderedStage.flush`). It
    /// returns before they have done so.
    ///
    /// A stage calls it before it waits for memory that later stages hold: those wait for its next item, so without
    /// this both would wait forever.
    package func flush() async throws {
        try await waiting { try await channel.send(.flush) }
    }
}
