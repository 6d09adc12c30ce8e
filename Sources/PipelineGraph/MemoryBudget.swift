internal import Basics

/// How many bytes may be on their way through a graph at once.
///
/// Whoever creates work reserves its bytes first and waits while too many are out; they come back when the last
/// owner lets the reservation go. Something larger than the whole budget passes when nothing else is out.
package final class MemoryBudget: Sendable {
    private struct State {
        var free: Int
        /// What is taken for other things than reservations.
        var aside = 0
        var waiting: (bytes: Int, continuation: CheckedContinuation<Void, any Error>)?
        var isClosed = false
    }

    private let total: Int
    private let state: Locked<State>

    package init(bytes: Int) {
        total = bytes
        state = Locked(State(free: bytes))
    }

    /// Bytes that are taken until the last reference goes.
    package final class Reservation: Sendable {
        private let bytes: Locked<Int>
        private let budget: MemoryBudget

        fileprivate init(bytes: Int, budget: MemoryBudget) {
            self.bytes = Locked(bytes)
            self.budget = budget
        }

        /// Gives back what is above so many bytes.
        package func shrink(to bytes: Int) {
            let given = self.bytes.withLock { held in
                let given = max(0, held - bytes)
                held -= given
                return given
            }
            if given > 0 { budget.giveBack(given) }
        }

        deinit { budget.giveBack(bytes.withLock { $0 }) }
    }

    /// Takes so many bytes, in the place of those of the last call, for other things than reservations: three quarters of
    /// all at most. It does not wait; what is out already stays out. Called by the task that reserves.
    package func setAside(_ bytes: Int) {
        let bytes = min(bytes, total / 4 * 3)
        state.withLock { state in
            state.free -= bytes - state.aside
            state.aside = bytes
        }
    }

    /// Waits until `bytes` are free. One task at a time may ask.
    package func reserve(_ bytes: Int) async throws -> Reservation {
        let bytes = min(bytes, total - state.withLock { $0.aside })
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let resumption: Result<Void, any Error>? = state.withLock { state in
                if state.isClosed { return .failure(CancellationError()) }
                if state.free >= bytes {
                    state.free -= bytes
                    return .success(())
                }
                precondition(state.waiting == nil, "two tasks wait for one budget")
                state.waiting = (bytes, continuation)
                return nil
            }
            if let resumption { continuation.resume(with: resumption) }
        }
        return Reservation(bytes: bytes, budget: self)
    }

    private func giveBack(_ bytes: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            state.free += bytes
            guard let waiting = state.waiting, state.free >= waiting.bytes else { return nil }
            state.free -= waiting.bytes
            state.waiting = nil
            return waiting.continuation
        }
        waiting?.resume()
    }

    /// Ends whoever waits.
    package func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.waiting.take()?.continuation
        }
        waiting?.resume(throwing: CancellationError())
    }
}
