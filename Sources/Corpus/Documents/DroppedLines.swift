package import Basics

/// Counts the lines of one shard after the other that are dropped because they are no documents, and refuses a shard that
/// loses most of its lines: it is hardly what it is taken for.
package struct DroppedLines: Sendable {
    /// Fewer dropped lines are never too many.
    package static let least = 20

    private let isWatching: Bool
    private var documents: Int
    private var dropped: Int
    private var first: BadLine?

    /// - Parameters:
    ///   - isWatching: false where lines are not dropped, or most may be.
    ///   - documents: documents, bad ones included, of the first shard that were counted before.
    ///   - dropped: those of them that were dropped.
    package init(isWatching: Bool, documents: Int = 0, dropped: Int = 0) {
        self.isWatching = isWatching
        self.documents = documents
        self.dropped = dropped
    }

    /// Counts the documents of a batch; batches come in order.
    ///
    /// - Returns: why the shard that ends with the batch is refused; nil for any other batch.
    package mutating func count(_ batch: Documents) -> Failure? {
        guard isWatching else { return nil }
        documents += batch.count
        dropped += batch.bad.count
        first = first ?? batch.bad.first
        guard batch.lines.end != nil else { return nil }
        defer { (documents, dropped, first) = (0, 0, nil) }
        // A file that is one JSON array, or one object over several lines, has few lines and loses all of them.
        let isOneValue = dropped == documents && first?.isOtherJSON == true
        guard isOneValue || dropped >= Self.least && dropped * 2 > documents else { return nil }
        let example = first.map { " (line \($0.line): \($0.reason))" } ?? ""
        return Failure(
            "\(batch.lines.shard.name): \(dropped) of its \(documents) lines are no documents and would be dropped\(example); "
                + "give the right file, leave this one out with --exclude, or accept that with --allow-mostly-bad")
    }
}
