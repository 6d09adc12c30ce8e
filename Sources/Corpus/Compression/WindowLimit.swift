/// The memory that decoding one zstd frame may take for its window, and what to tell the user of a frame that wants
/// more.
package struct WindowLimit: Sendable {
    /// The most that windows may take, in bytes. A window takes memory as it is filled: never more than the frame's content.
    package let bytes: Int

    /// What is set aside for windows. A larger one takes the rest from the memory of documents on their way.
    package let share: Int
    /// The memory of documents on their way.
    package let pool: Int

    /// What to do about a frame whose window has this many bytes, as the end of a message: "it needs --memory at least
    /// 6 GiB". Only whoever divides the memory knows.
    package let advice: @Sendable (_ window: Int) -> String

    package init(
        bytes: Int, share: Int = .max, pool: Int = .max, advice: @escaping @Sendable (_ window: Int) -> String
    ) {
        self.bytes = bytes
        self.share = share
        self.pool = pool
        self.advice = advice
    }

    /// A limit for a part of the memory that is set aside and three quarters of that of documents on their way.
    package static func sharing(
        _ share: Int, with pool: Int, advice: @escaping @Sendable (_ window: Int) -> String
    ) -> WindowLimit {
        WindowLimit(bytes: largest(share, pool), share: share, pool: pool, advice: advice)
    }

    /// The most that windows may take.
    package static func largest(_ share: Int, _ pool: Int) -> Int { share + pool / 4 * 3 }

    /// What a window takes of the memory of documents on their way.
    package func excess(_ window: Int) -> Int { max(0, window - share) }

    /// What is left of a limit that is a part of the memory of documents on their way, beside a window.
    func left(of limit: Int, beside window: Int) -> Int {
        let excess = excess(window)
        return excess == 0 ? limit : Int(Double(limit) * max(0.25, 1 - Double(excess) / Double(pool)))
    }

    /// Any window that libzstd can decode, up to 2 GiB.
    package static let none = WindowLimit(bytes: .max) { _ in "give it more memory" }
}

/// A number of bytes for a message: whole KiB, MiB or GiB where it is that, else bytes.
func sizeText(_ bytes: some BinaryInteger) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >= 1 << shift {
        if bytes % (1 << shift) == 0 { return "\(bytes >> shift) \(unit)" }
    }
    return "\(bytes) bytes"
}
