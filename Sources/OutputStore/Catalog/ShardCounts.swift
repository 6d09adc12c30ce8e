/// What became of the lines of a shard, or of several.
package struct ShardCounts: Sendable, Equatable {
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
}

extension ShardCounts {
    /// The counters by the names that the catalog has for them. A new counter is one more line here; where it was not
    /// written yet it is 0.
    package static let counters: [(name: String, path: any WritableKeyPath<ShardCounts, Int> & Sendable)] = [
        ("read", \.read), ("kept", \.kept), ("removed", \.removed), ("dropped", \.dropped), ("bad", \.bad),
        ("blank_lines", \.blankLines), ("bytes", \.bytes), ("kept_bytes", \.keptBytes), ("candidates", \.candidates),
    ]

    /// The values that a counter of one shard can have.
    static let possible = 0...1 << 50
}

// As JSON, in the record of a shard that is not done.
extension ShardCounts: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private static let copied = Key("isCopied")
    /// What dedup 0.1.0 calls some of the counters.
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
