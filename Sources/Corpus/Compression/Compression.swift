internal import Basics
internal import CZstd

/// How a shard is compressed; its name says so.
package enum Compression: String, Sendable, CaseIterable {
    case none
    case zstd
    case gzip

    /// The compression that a file name's extension stands for: `.zst`, `.gz`, or none.
    package init(ofFileNamed name: String) {
        self =
            if name.endsBytewise(in: ".zst") { .zstd } else if name.endsBytewise(in: ".gz") { .gzip } else { .none }
    }

    /// The levels that a `BlockEncoder` takes.
    ///
    /// gzip takes zstd's levels, so that one `--level` serves shards of both kinds: it uses the nearest of its own, 1
    /// to 9. Plain shards have no level; any is taken.
    package static func levels(for compression: Compression) -> ClosedRange<Int> {
        switch compression {
        case .zstd, .gzip: Int(ZSTD_minCLevel())...Int(ZSTD_maxCLevel())
        case .none: Int.min...Int.max
        }
    }

    /// zstd's own default.
    package static let defaultLevel = 3
}

/// The file names that are shards: `.jsonl`, `.json` or `.ndjson`, each plain, `.zst` or `.gz`.
package enum ShardName {
    /// What is read, in words, for messages.
    package static let patterns = ".jsonl, .json and .ndjson, each plain or with .zst or .gz"

    /// Whether `name`, a file's base name or path, is a shard's.
    package static func isShard(_ name: String) -> Bool {
        var bytes = name.utf8[...]
        switch Compression(ofFileNamed: name) {
        case .zstd: bytes = bytes.dropLast(4)
        case .gzip: bytes = bytes.dropLast(3)
        case .none: break
        }
        return [".jsonl", ".json", ".ndjson"].contains { bytes.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }
}
