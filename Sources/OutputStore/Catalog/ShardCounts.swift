/// The numbers of lines of one or several shards, by outcome.
package struct ShardCounts: Sendable, Equatable {
    /// The number of lines that are not blank: kept + removed + dropped + bad.
    package var read = 0
    /// The number of documents that were kept.
    package var kept = 0
    /// The number of documents that were removed as duplicates.
    package var removed = 0
    /// The number of documents that were dropped by filters.
    package var dropped = 0
    /// The number of lines that are not documents.
    package var bad = 0
    /// The number of lines that are empty or consist of white space.
    package var blankLines = 0
    /// The size of the decoded shard.
    package var bytes = 0
    /// The size of the decoded output.
    package var keptBytes = 0
    /// The number of pairs of a document and an earlier kept document that share a band. A pair counts once for each
    /// shared band. Pairs after the document's twin do not count, and the pair with the twin counts once.
    package var candidates = 0
    /// Whether every byte was kept, so that the output is a copy of the shard's file.
    package var isCopied = false

    package init() {}

    /// The number of documents: all lines that are neither blank nor bad.
    package var documents: Int { kept + removed + dropped }
}

extension ShardCounts {
    /// The counters with their names in the catalog. To add a counter, add a line here; it is 0 in catalogs that were
    /// written before.
    package static let counters: [(name: String, path: any WritableKeyPath<ShardCounts, Int> & Sendable)] = [
        ("read", \.read), ("kept", \.kept), ("removed", \.removed), ("dropped", \.dropped), ("bad", \.bad),
        ("blank_lines", \.blankLines), ("bytes", \.bytes), ("kept_bytes", \.keptBytes), ("candidates", \.candidates),
    ]

    /// The values that a counter of one shard can have; anything else is damage.
    static let possible = 0...1 << 50
}

// The counters as JSON, in the catalog's record of a partial shard.
extension ShardCounts: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private static let copied = Key("isCopied")
    /// The names of some counters in records of dedup 0.1.0.
    private static let formerNames = ["read": "documents", "blank_lines": "blankLines", "kept_bytes": "keptBytes"]

    package init(from decoder: any Decoder) throws {
        self.init()
        let container = try decoder.container(keyedBy: Key.self)
        for (name, path) in Self.counters {
            let former = try Self.formerNames[name].flatMap { try container.decodeIfPresent(Int.self, forKey: Key($0)) }
            let value = try container.decodeIfPresent(Int.self, forKey: Key(name)) ?? former ?? 0
            guard Self.possible.contains(value) else {
                throw DecodingError.dataCorruptedError(
                    forKey: Key(name), in: container, debugDescription: "\(value) is no count")
            }
            self[keyPath: path] = value
        }
        isCopied = try container.decodeIfPresent(Bool.self, forKey: Self.copied) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, path) in Self.counters { try container.encode(self[keyPath: path], forKey: Key(name)) }
        try container.encode(isCopied, forKey: Self.copied)
    }
}
