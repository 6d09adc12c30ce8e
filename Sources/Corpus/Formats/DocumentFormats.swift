package import Basics

/// The formats of shards: the one place that decides which source and which parser read a shard.
package struct DocumentFormats: Sendable {
    /// The formats that dedup reads.
    package static let standard = DocumentFormats([])

    /// The formats. The first one that reads a shard is the shard's format. The last one is JSON Lines.
    package let all: [any DocumentFormat]

    /// - Parameter others: the formats besides JSON Lines. A shard that none of them reads is read as JSON Lines.
    package init(_ others: [any DocumentFormat]) {
        all = others + [JSONLines()]
    }

    /// The index in `all` of a shard's format.
    package func index(of shard: Shard) -> Int { all.firstIndex { $0.reads(shard) } ?? all.count - 1 }

    /// Reads a whole shard, and returns the damage if its bytes are damaged: see `DocumentFormat.damage`.
    package func damage(of shard: Shard, limits: ReadLimits) -> Failure? {
        format(of: shard).damage(of: shard, limits: limits)
    }

    /// The format of a shard.
    package func format(of shard: Shard) -> any DocumentFormat { all[index(of: shard)] }
}
