internal import Basics

/// A bounded queue between two stages: the sender waits while the queue is full, the receiver while it is empty.
///
/// One task sends and one task receives. Any task may call `close`: both ends then throw `CancellationError`, whether
/// they are waiting already or are called later.
package final class Channel<Element: Sendable>: Sendable {
    private enum Ending { case open, finished, closed }

    private enum Sending {
        case done, wait, cancelled
        case wake(CheckedContinuation<Void, any Error>)
    }

    private struct State {
        var elements: [Element] = []
        var ending = Ending.open
        var sender: CheckedContinuation<Void, any Error>?
        var receiver: CheckedContinuation<Void, any Error>?
    }

    private let state = Locked(State())
    private let capacity: Int

    /// - Parameter capacity: the largest number of queued elements; at least 1.
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// Waits until the queue has room, then appends an element. Must not be called after `finish`.
    ///
    /// - Throws: `CancellationError` if the channel was closed.
    package func send(_ element: Element) async throws {
        while true {
            let action: Sending = state.withLock { state in
                if state.ending == .closed { return .cancelled }
                precondition(state.ending == .open, "sent after the end")
                if state.elements.count == capacity { return .wait }
                state.elements.append(element)
                return state.receiver.take().map { .wake($0) } ?? .done
            }
            switch action {
            case .done: return
            case .cancelled: throw CancellationError()
            case .wake(let receiver):
                receiver.resume()
                return
            case .wait: try await waitForRoom()
            }
        }
    }

    private func waitForRoom() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let resumption: Result<Void, any Error>? = state.withLock { state in
                if state.ending == .closed { return .failure(CancellationError()) }
                if state.elements.count < capacity { return .success(()) }
                state.sender = continuation
                return nil
            }
            if let resumption { continuation.resume(with: resumption) }
        }
    }

    /// Waits for the next element and removes it from the queue. Returns nil once `finish` was called and the queue is
    /// empty.
    ///
    /// - Throws: `CancellationError` if the channel was closed.
    package func receive() async throws -> Element? {
        while true {
            // The continuation only wakes the receiver, which then takes the element under the lock: the thread
            // sanitizer cannot follow a value that is handed over through a continuation.
            var sender: CheckedContinuation<Void, any Error>?
            let taken: Result<Element?, any Error>? = state.withLock { state in
                if state.ending == .closed { return .failure(CancellationError()) }
                if !state.elements.isEmpty {
                    sender = state.sender.take()
                    return .success(state.elements.removeFirst())
                }
                return state.ending == .finished ? .success(nil) : nil
            }
            sender?.resume()
            if let taken { return try taken.get() }
            try await waitForElement()
        }
    }

    private func waitForElement() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let resumption: Result<Void, any Error>? = state.withLock { state in
                if state.ending == .closed { return .failure(CancellationError()) }
                if !state.elements.isEmpty || state.ending == .finished { return .success(()) }
                state.receiver = continuation
                return nil
            }
            if let resumption { continuation.resume(with: resumption) }
        }
    }

    /// Called by the sender after its last element.
    package func finish() {
        let receiver = state.withLock { state in
            if state.ending == .open { state.ending = .finished }
            return state.receiver.take()
        }
        receiver?.resume()
    }

    /// Discards the queued elements and ends both sides with `CancellationError`. A graph calls it when a stage fails.
    package func close() {
        let (sender, receiver) = state.withLock { state in
            state.ending = .closed
            state.elements = []
            return (state.sender.take(), state.receiver.take())
        }
        sender?.resume(throwing: CancellationError())
        receiver?.resume(throwing: CancellationError())
    }
}
