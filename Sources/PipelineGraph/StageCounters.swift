internal import Synchronization

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
    }

    package let stage: String
    /// How many of the stage's items may be worked on at once.
    package let workers: Int
    private let counts = Mutex(Values())

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

    package func send(_ element: Element) async throws {
        if countsItems { counters.count(element) }
        let start = ContinuousClock.now
        try await channel.send(element)
        counters.add(start.duration(to: .now), to: \.waitingForOutput)
    }
}
