internal import Basics

/// Limits the bytes that are in use at once by the items of a graph.
///
/// The stage that creates an item first reserves the item's bytes, and waits while too many bytes are reserved. The
/// bytes return to the budget when the last reference to the reservation is released. A request for more than the whole
/// budget counts as the whole budget: it is granted when nothing else is reserved.
package final class MemoryBudget: Sendable {
    private struct State {
        var free: Int
        /// Bytes withdrawn from the budget by `setAside`.
        var aside = 0
        var waiting: (bytes: Int, continuation: CheckedContinuation<Void, any Error>)?
        var isClosed = false
    }

    private let total: Int
    private let state: Locked<State>

    /// - Parameter bytes: the size of the budget.
    package init(bytes: Int) {
        total = bytes
        state = Locked(State(free: bytes))
    }

    /// Bytes taken from a budget. They return to it when the last reference to the reservation is released.
    package final class Reservation: MemoryReservation {
        private let bytes: Locked<Int>
        private let budget: MemoryBudget

        fileprivate init(bytes: Int, budget: MemoryBudget) {
            self.bytes = Locked(bytes)
            self.budget = budget
        }

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

    /// Withdraws `bytes` from the budget for memory that no reservation covers, such as a decoder's window. The value
    /// replaces that of the previous call. At most three quarters of the budget can be withdrawn.
    ///
    /// It does not wait and takes back no reservation, so the budget can be overdrawn for a while. Only the task that
    /// calls `reserve` may call it.
    package func setAside(_ bytes: Int) {
        let bytes = min(bytes, total / 4 * 3)
        state.withLock { state in
            state.free -= bytes - state.aside
            state.aside = bytes
        }
    }

    /// The bytes that are free once every reservation has returned.
    package var capacity: Int { total - state.withLock { $0.aside } }

    /// Waits until `bytes` are free and takes them. Only one task at a time may call it.
    ///
    /// - Throws: `CancellationError` if the budget was closed.
    package func reserve(_ bytes: Int) async throws -> Reservation {
        let bytes = min(bytes, capacity)
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

    /// Takes `bytes` if they are free now; otherwise returns nil. Any task may call it.
    package func reserveNow(_ bytes: Int) -> Reservation? {
        let isFree = state.withLock { state in
            guard state.free >= bytes else { return false }
            state.free -= bytes
            return true
        }
        return isFree ? Reservation(bytes: bytes, budget: self) : nil
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

    /// Ends a waiting `reserve` and all later calls with `CancellationError`.
    package func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            return state.waiting.take()?.continuation
        }
        waiting?.resume(throwing: CancellationError())
    }
}
