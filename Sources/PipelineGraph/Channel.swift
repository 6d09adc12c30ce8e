internal import Basics

/// A bounded queue between two stages: the sender waits while it is full, the receiver while it is empty.
///
/// One task sends and one receives. `close` ends it from any side: waiting and later calls throw `CancellationError`.
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

    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// Waits until there is room, and adds an element.
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

    /// Waits for the next element; nil after the last one.
    package func receive() async throws -> Element? {
        while true {
            // Taken under the lock, also after waiting: what a continuation carries the thread sanitizer cannot follow.
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

    /// No more elements come.
    package func finish() {
        let receiver = state.withLock { state in
            if state.ending == .open { state.ending = .finished }
            return state.receiver.take()
        }
        receiver?.resume()
    }

    /// Drops what is queued and ends both sides.
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
