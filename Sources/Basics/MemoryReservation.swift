/// Memory that an object was promised before it was made. The memory returns to its budget when the last reference to the
/// reservation is released, so the object keeps one.
package protocol MemoryReservation: AnyObject, Sendable {
    /// Reduces the reservation to `bytes` and returns the rest to the budget. A smaller reservation stays as it is.
    func shrink(to bytes: Int)
}
