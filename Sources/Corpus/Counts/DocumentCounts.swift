/// The counters of a shard, or the sums over several shards.
///
/// The catalog, report.json, report.html and `dedup stats` all read the list `counters`. A new counter needs a property
/// and one entry in that list, here, and the place in the code that increments it.
package struct DocumentCounts: Sendable, Hashable {
    /// The number of lines that are not blank: kept + removed + dropped + bad.
    package var read = 0
    /// The number of documents that are in the output.
    package var kept = 0
    /// The number of documents that were removed as duplicates.
    package var removed = 0
    /// The number of documents that were dropped by filters.
    package var dropped = 0
    /// The number of bad lines: those that are not documents.
    package var bad = 0
    /// The number of blank lines.
    package var blankLines = 0
    /// The number of bytes of the input, decoded.
    package var bytes = 0
    /// The number of bytes of the output, decoded.
    package var keptBytes = 0
    /// The number of candidate pairs: a document and an earlier kept one that share a band. A pair counts once for
    /// each shared band; pairs after the document's twin do not count, and the pair with the twin counts once.
    package var candidates = 0

    /// All counters. Reports show them in this order.
    ///
    /// `bytes` and `keptBytes` have no lines of their own in the summary of `dedup stats`: the lines of the documents
    /// show them. `read`, `blankLines` and `candidates` are in no table: a report mentions them elsewhere or not at
    /// all.
    package static let counters = [
        Counter("read", \.read, .lines, "Lines read", shownIn: []),
        Counter("kept", \.kept, .documents, "Kept", isOutcome: true),
        Counter("removed", \.removed, .documents, "Removed", isOutcome: true, hasShare: true),
        Counter("dropped", \.dropped, .documents, "Dropped", isOutcome: true),
        Counter("bad", \.bad, .lines, "Bad lines", heading: "Bad", note: "no documents", isOutcome: true),
        Counter("blank_lines", \.blankLines, .lines, "Blank lines", shownIn: []),
        Counter(
            "bytes", \.bytes, .bytes, "Text read", terminalHeading: "read", shownIn: [.pageTables, .terminalTables]),
        Counter("kept_bytes", \.keptBytes, .bytes, "Text kept", shownIn: [.pageSummary, .pageTables]),
        Counter("candidates", \.candidates, .pairs, "Candidates", shownIn: []),
    ]

    /// The values that a counter of one shard can have.
    package static let possible = 0...1 << 50

    /// Creates counts of zero.
    package init() {}

    /// The number of documents: all lines that are neither blank nor bad.
    package var documents: Int { kept + removed + dropped }

    /// The value of a counter.
    package subscript(counter: Counter) -> Int {
        get { self[keyPath: counter.path] }
        set { self[keyPath: counter.path] = newValue }
    }

    /// Adds the counts of other shards.
    package static func += (sum: inout DocumentCounts, more: DocumentCounts) {
        for counter in counters { sum[counter] += more[counter] }
    }
}

// The JSON of report.json, and of the catalog's record of an unfinished shard. It also has the derived `documents`.
extension DocumentCounts: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private static let documentsKey = Key("documents")
    /// The largest sum that is accepted. Three such sums can be added without overflow.
    private static let largestSum = 1 << 61

    /// Also decodes what dedup 0.1.0 wrote: there, `documents` is the number of lines read, and `read` does not exist.
    /// A counter that the writer did not know is 0.
    package init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: Key.self)
        for counter in Self.counters {
            let keys = [Key(counter.jsonName), Key(counter.name)]
            guard let key = keys.first(where: values.contains) else { continue }
            self[counter] = try Self.count(values, key)
        }
        if !values.contains(Key("read")) { read = try Self.count(values, Self.documentsKey) }
    }

    private static func count(_ values: KeyedDecodingContainer<Key>, _ key: Key) throws -> Int {
        let value = try values.decode(Int.self, forKey: key)
        guard (0...largestSum).contains(value) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "\(value) cannot be a count")
        }
        return value
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(documents, forKey: Self.documentsKey)
        for counter in Self.counters { try values.encode(self[counter], forKey: Key(counter.jsonName)) }
    }
}
