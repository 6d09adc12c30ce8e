package import Basics

/// Counts the bad lines that are dropped from each shard, and refuses a shard that loses most of its lines: such a file
/// is probably not JSON Lines at all. Used if bad lines are dropped.
package struct DroppedLines: Sendable {
    /// A shard that loses fewer lines than this is never refused, unless the whole file is one JSON value.
    package static let least = 20

    private let isWatching: Bool
    private var documents: Int
    private var dropped: Int
    private var first: BadLine?

    /// - Parameters:
    ///   - isWatching: false if lines are not dropped, or if the user accepts shards that lose most of them.
    ///   - documents: the lines of the first shard, bad ones included, that an earlier run has counted already.
    ///   - dropped: how many of these were dropped.
    package init(isWatching: Bool, documents: Int = 0, dropped: Int = 0) {
        self.isWatching = isWatching
        self.documents = documents
        self.dropped = dropped
    }

    /// Counts the lines of a batch. The batches must come in the order of the corpus.
    ///
    /// - Returns: the error for a shard that is refused, with the last batch of that shard; otherwise nil.
    package mutating func count(_ batch: Documents) -> Failure? {
        guard isWatching else { return nil }
        documents += batch.count
        dropped += batch.bad.count
        first = first ?? batch.bad.first
        guard batch.raw.end != nil else { return nil }
        defer { (documents, dropped, first) = (0, 0, nil) }
        // A file that is one JSON array, or one object over several lines, loses every line, but may have fewer than
        // `least`.
        let isOneValue = dropped == documents && first?.isOtherJSON == true
        guard isOneValue || dropped >= Self.least && dropped * 2 > documents else { return nil }
        let example = first.map { " (line \($0.line): \($0.reason))" } ?? ""
        return Failure(
            "\(batch.raw.shard.name): \(dropped) of \(documents) lines are not documents and would be "
                + "dropped\(example); use the right file, exclude this one with \(Parameter.exclude), or allow it with "
                + Parameter.allowMostlyBad.description)
    }
}
