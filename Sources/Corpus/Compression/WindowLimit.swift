/// The memory that zstd windows may take while a shard is decoded, and the advice for a frame that needs more.
package struct WindowLimit: Sendable {
    /// The largest memory in bytes that one window may take. A window takes memory only as it is filled, so it never
    /// takes more than the size of the frame's content.
    package let bytes: Int

    /// The bytes that are set aside for a window, apart from the memory for documents. A window that needs more takes
    /// the rest from `pool`.
    package let share: Int
    /// The size in bytes of the memory budget for documents (`MemoryBudget`). A large window may take a part of it.
    package let pool: Int

    /// Returns the end of the message for a frame whose window has this many bytes, for example "it needs 6 GiB
    /// of memory". It is a closure because only the caller knows how memory is divided.
    package let advice: @Sendable (_ window: Int) -> String

    /// Creates a limit; the properties explain the parameters.
    package init(
        bytes: Int, share: Int = .max, pool: Int = .max, advice: @escaping @Sendable (_ window: Int) -> String
    ) {
        self.bytes = bytes
        self.share = share
        self.pool = pool
        self.advice = advice
    }

    /// Creates the limit for windows that may take `share` bytes, and besides up to three quarters of `pool`.
    package static func sharing(
        _ share: Int, with pool: Int, advice: @escaping @Sendable (_ window: Int) -> String
    ) -> WindowLimit {
        WindowLimit(bytes: largest(share, pool), share: share, pool: pool, advice: advice)
    }

    /// The most memory in bytes that a window may take with this share and pool.
    package static func largest(_ share: Int, _ pool: Int) -> Int { share + pool / 4 * 3 }

    /// The bytes that a window of `window` bytes takes from the pool.
    package func excess(_ window: Int) -> Int { max(0, window - share) }

    /// Returns the size that replaces `limit`, such as the size of a batch, while a window takes a part of the pool.
    /// The size shrinks by the same fraction as the pool, but not below a quarter of `limit`.
    func left(of limit: Int, beside window: Int) -> Int {
        let excess = excess(window)
        return excess == 0 ? limit : Int(Double(limit) * max(0.25, 1 - Double(excess) / Double(pool)))
    }

    /// No limit but libzstd's own, 2 GiB.
    package static let none = WindowLimit(bytes: .max) { _ in "give it more memory" }
}

/// A number of bytes for a message: in GiB, MiB or KiB if that is a whole number, else in bytes.
func sizeText(_ bytes: some BinaryInteger) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >= 1 << shift {
        if bytes % (1 << shift) == 0 { return "\(bytes >> shift) \(unit)" }
    }
    return "\(bytes) bytes"
}
