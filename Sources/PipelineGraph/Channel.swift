internal import Basics

/// A bounded queue between two stages: the sender waits while it is full, the receiver while it is empty.
///
/// One task sends and one receives. `close` ends it from any side: waiting and later calls throw `CancellationError`.
package final class Channel<Element: Sendable>: Sendable {
    private enum Ending { case open, finished, closed }

    private enum Sending {
        case done, wait, cancelled
        case handOver(CheckedContinuation<Element?, any Error>)
    }

    private struct State {
        var elements: [Element] = []
        var ending = Ending.open
        var sender: CheckedContinuation<Void, any Error>?
        var receiver: CheckedContinuation<Element?, any Error>?
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
                if let receiver = state.receiver.take() { return .handOver(receiver) }
                if state.elements.count == capacity { return .wait }
                state.elements.append(element)
                return .done
            }
            switch action {
            case .done: return
            case .cancelled: throw CancellationError()
            case .handOver(let receiver):
                receiver.resume(returning: element)
                return
            case .wait: try await waitForRoom()
            }
        }
    }

    private func waitForRoom() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let resumption: Result<Void, any Error>? = state.withLock { state in
                if state.ending == .closed { return .failure(CancellationError()) }
                if state.elements.count < capacity || state.receiver != nil { return .success(()) }
                state.sender = continuation
                return nil
            }
            if let resumption { continuation.resume(with: resumption) }
        }
    }

    /// Waits for the next element; nil after the last one.
    package func receive() async throws -> Element? {
        try await withCheckedThrowingContinuation { continuation in
            var sender: CheckedContinuation<Void, any Error>?
            let resumption: Result<Element?, any Error>? = state.withLock { state in
                if state.ending == .closed { return .failure(CancellationError()) }
                if !state.elements.isEmpty {
                    let element = state.elements.removeFirst()
                    sender = state.sender.take()
                    return .success(element)
                }
                if state.ending == .finished { return .success(nil) }
                state.receiver = continuation
                return nil
            }
            sender?.resume()
            if let resumption { continuation.resume(with: resumption) }
        }
    }

    /// No more elements come.
    package func finish() {
        let receiver = state.withLock { state in
            if state.ending == .open { state.ending = .finished }
            return state.receiver.take()
        }
        receiver?.resume(returning: nil)
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
