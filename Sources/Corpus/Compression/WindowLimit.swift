/// The memory that decoding one zstd frame may take for its window, and what to tell the user of a frame that wants
/// more.
package struct WindowLimit: Sendable {
    /// The largest window, in bytes.
    package let bytes: Int

    /// What to do about a frame whose window has this many bytes, as the end of a message: "it needs --memory at least
    /// 6 GiB". Only whoever divides the memory knows.
    package let advice: @Sendable (_ window: Int) -> String

    package init(bytes: Int, advice: @escaping @Sendable (_ window: Int) -> String) {
        self.bytes = bytes
        self.advice = advice
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
