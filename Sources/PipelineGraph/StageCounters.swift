internal import Basics

/// What passes through a channel, as far as a graph cares.
package protocol Measured: Sendable {
    var documents: Int { get }
    var bytes: Int { get }
}

/// What one stage did: where a run is bound can be read off these.
package final class StageCounters: Sendable {
    package struct Values: Sendable, Equatable {
        /// What came in (for a source: what went out).
        package var documents = 0
        package var bytes = 0
        /// Time in the stage's own work, summed over its workers.
        package var busy = Duration.zero
        package var waitingForInput = Duration.zero
        package var waitingForOutput = Duration.zero
        /// Time in which a stage waited for parts of its own work.
        var waitingForParts = Duration.zero

        /// Time inside the stage that is no work of the stage's own.
        var waitingElsewhere: Duration { waitingForOutput + waitingForParts }
    }

    package let stage: String
    /// How many of the stage's items may be worked on at once.
    package let workers: Int
    private let counts = Locked(Values())

    init(stage: String, workers: Int) {
        self.stage = stage
        self.workers = workers
    }

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

/// Where a stage's input comes from.
package struct Inlet<Element: Measured>: Sendable {
    let channel: Channel<Element>
    let counters: StageCounters

    package func next() async throws -> Element? {
        let start = ContinuousClock.now
        let element = try await channel.receive()
        counters.add(start.duration(to: .now), to: \.waitingForInput)
        if let element { counters.count(element) }
        return element
    }
}

/// Where a stage's output goes.
package struct Outlet<Element: Measured>: Sendable {
    let channel: Channel<Element>
    let counters: StageCounters
    let countsItems: Bool

    /// Runs a stage's `work` on parts of an item, on several threads; results come in the order of the parts.
    package func inParallel<Part: Sendable, Result: Sendable>(
        _ parts: [Part], _ work: @escaping @Sendable (Part) throws -> Result
    ) async throws -> [Result] {
        let start = ContinuousClock.now
        defer { counters.add(start.duration(to: .now), to: \.waitingForParts) }
        let counters = counters
        return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for (number, part) in parts.enumerated() {
                group.addTask {
                    let start = ContinuousClock.now
                    defer { counters.add(start.duration(to: .now), to: \.busy) }
                    return (number, try work(part))
                }
            }
            var results = [Result?](repeating: nil, count: parts.count)
            for try await (number, result) in group { results[number] = result }
            return results.map { $0! }
        }
    }

    /// Counts the time of `wait` as waiting for output: for who waits until there is room behind it.
    package func waiting<Result>(_ wait: () async throws -> Result) async throws -> Result {
        let start = ContinuousClock.now
        defer { counters.add(start.duration(to: .now), to: \.waitingForOutput) }
        return try await wait()
    }

    package func send(_ element: Element) async throws {
        if countsItems { counters.count(element) }
        try await waiting { try await channel.send(element) }
    }
}
