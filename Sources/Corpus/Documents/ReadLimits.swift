/// The largest sizes, in bytes, of batches, lines and zstd windows when shards are read.
package struct ReadLimits: Sendable {
    /// The largest window with which a shard is read before its turn has come.
    package static let windowAhead = 8 << 20

    /// The size of a batch. A longer line becomes a batch of its own.
    package var batch: Int
    /// The length of the longest accepted line.
    package var line: Int
    /// The memory that zstd windows may take.
    package var window: WindowLimit
    /// Returns the memory setting that a line of the given length needs, such as "4G"; nil if no setting is enough.
    /// For messages.
    package var memoryForLine: @Sendable (Int) -> String?
    /// The number of decoded bytes between two batches that carry a `ReadPoint`.
    package var pointEvery: Int

    /// Creates limits; the properties explain the parameters.
    package init(
        batch: Int, line: Int, window: WindowLimit, pointEvery: Int = 1 << 30,
        memoryForLine: @escaping @Sendable (Int) -> String?
    ) {
        self.batch = batch
        self.line = line
        self.window = window
        self.pointEvery = pointEvery
        self.memoryForLine = memoryForLine
    }

    /// Limits for commands that read one shard at a time and plan no memory.
    ///
    /// - Parameter line: the length in bytes of the longest accepted line.
    package static func fixed(line: Int) -> ReadLimits {
        ReadLimits(batch: 1 << 20, line: line, window: .none) { _ in nil }
    }
}
