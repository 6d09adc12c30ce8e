/// Counts the pieces of work that are running, so that one task can wait until all have ended.
package final class WorkCount: Sendable {
    private let state = Locked((count: 0, waiting: CheckedContinuation<Void, Never>?.none))

    package init() {}

    package func begin() {
        state.withLock { $0.count += 1 }
    }

    package func end() {
        let waiting = state.withLock { state in
            state.count -= 1
            return state.count == 0 ? state.waiting.take() : nil
        }
        waiting?.resume()
    }

    /// Waits until all pieces of work that were begun have ended.
    package func waitUntilDone() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.count > 0 { state.waiting = continuation }
                return state.count == 0
            }
            if isDone { continuation.resume() }
        }
    }
}
