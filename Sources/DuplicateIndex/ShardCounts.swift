/// What became of the lines of a shard, or of several.
package struct ShardCounts: Sendable, Equatable, Codable {
    /// Lines that are not blank: kept + removed + dropped + bad.
    package var read = 0
    package var kept = 0
    package var removed = 0
    package var dropped = 0
    package var bad = 0
    package var blankLines = 0
    /// Bytes of the decoded shard.
    package var bytes = 0
    /// Bytes of the decoded output.
    package var keptBytes = 0
    /// Pairs of a document and one kept before it, as far as its twin, that share a band: once for each band that they
    /// share, a twin once.
    package var candidates = 0
    /// Whether every byte was kept, so that the file is a copy.
    package var isCopied = false

    package init() {}

    /// A bad line is no document.
    package var documents: Int { kept + removed + dropped }

    /// What the counts are called in the state of a shard of which a part is done.
    private enum CodingKeys: String, CodingKey {
        case read = "documents"
        case kept, removed, dropped, bad, blankLines, bytes, keptBytes, candidates, isCopied
    }
}
