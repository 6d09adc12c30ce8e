import Basics
import Foundation
import PipelineGraph

/// The item of the graphs of these tests.
struct Item: Measured, Equatable {
    let number: Int
    var bytes: Int { number * 3 }
    var documents: Int { 1 }
}

/// A counter that several threads share.
final class Counter: Sendable {
    private let state = Locked((now: 0, most: 0, started: 0, ended: 0))

    var value: Int { state.withLock { $0.now } }
    /// The largest value so far.
    var most: Int { state.withLock { $0.most } }
    /// How often the counter was increased, and decreased.
    var started: Int { state.withLock { $0.started } }
    var ended: Int { state.withLock { $0.ended } }

    func add(_ change: Int) {
        state.withLock {
            $0.now += change
            $0.started += change > 0 ? 1 : 0
            $0.ended += change < 0 ? 1 : 0
            $0.most = max($0.most, $0.now)
        }
    }
}

struct Planned: Error, Equatable {
    let place: Place
}

/// Where a graph is made to fail.
enum Place: CaseIterable, Sendable {
    case source, transform, stage, stageEnd, sink, sinkEnd
}

/// Fails at one place, at one item.
struct Plan: Sendable {
    var failing: Place?
    var at = 0

    func pass(_ place: Place, _ number: Int = 0) throws {
        if failing == place && (number == at || place == .stageEnd || place == .sinkEnd) { throw Planned(place: place) }
    }
}

/// Sends 0, 1, 2 and so on, endlessly if there is no count.
actor Numbers: Source {
    private let count: Int?
    private let plan: Plan
    nonisolated let produced = Counter()

    init(_ count: Int?, plan: Plan = Plan()) {
        self.count = count
        self.plan = plan
    }

    func produce(_ output: Outlet<Item>) async throws {
        var number = 0
        while count.map({ number < $0 }) ?? true {
            try plan.pass(.source, number)
            produced.add(1)
            try await output.send(Item(number: number))
            number += 1
        }
    }
}

/// Passes items on after a delay that differs from item to item.
struct Delay: Transform {
    var microseconds = 0
    /// The number of microseconds that each item takes longer than the one before.
    var step = 0
    var plan = Plan()
    let running = Counter()
    let threads = ThreadSet()

    /// The threads that ran a transform.
    final class ThreadSet: Sendable {
        private let seen = Locked<Set<pthread_t>>([])
        var all: Set<pthread_t> { seen.withLock { $0 } }
        func add(_ thread: pthread_t) { _ = seen.withLock { $0.insert(thread) } }
    }

    func transform(_ input: Item) throws -> Item {
        running.add(1)
        defer { running.add(-1) }
        threads.add(pthread_self())
        if microseconds > 0 {
            // The multiplication gives neighbouring items different delays.
            usleep(UInt32((input.number &* 7919 + 13) % 97 * microseconds / 48))
        }
        if step > 0 { usleep(UInt32(input.number * step)) }
        try plan.pass(.transform, input.number)
        return input
    }
}

/// Passes items on.
actor Pass: OrderedStage {
    private let plan: Plan
    private(set) var isFinished = false

    init(plan: Plan = Plan()) { self.plan = plan }

    func process(_ input: Item, _ output: Outlet<Item>) async throws {
        try plan.pass(.stage, input.number)
        try await output.send(input)
    }

    func finish(_ output: Outlet<Item>) async throws {
        try plan.pass(.stageEnd)
        isFinished = true
    }
}

/// Collects the numbers.
actor Collect: Sink {
    private let plan: Plan
    private let milliseconds: Int
    private(set) var numbers: [Int] = []
    private(set) var isFinished = false
    nonisolated let consumed = Counter()

    init(plan: Plan = Plan(), milliseconds: Int = 0) {
        self.plan = plan
        self.milliseconds = milliseconds
    }

    func consume(_ input: Item) async throws {
        try plan.pass(.sink, input.number)
        if milliseconds > 0 { usleep(UInt32(milliseconds * 1000)) }
        numbers.append(input.number)
        consumed.add(1)
    }

    func finish() async throws {
        try plan.pass(.sinkEnd)
        isFinished = true
    }
}

/// Waits for a condition; returns whether it holds in the end.
func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<1000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}

/// Runs `work` with an executor, and closes the executor.
func withThreads<Result>(_ threads: Int, _ work: (ThreadExecutor) async throws -> Result) async rethrows -> Result {
    let executor = ThreadExecutor(threads: threads)
    defer { executor.close() }
    return try await work(executor)
}
