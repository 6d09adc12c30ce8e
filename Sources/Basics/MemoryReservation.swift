/// Memory of a budget that is reserved for an object. The object keeps a reference to the reservation; when the last
/// reference is released, the memory returns to the budget.
package protocol MemoryReservation: AnyObject, Sendable {
    /// Reduces the reservation to `bytes` and returns the rest to the budget. Does nothing if the reservation is
    /// smaller already.
    func shrink(to bytes: Int)
}
