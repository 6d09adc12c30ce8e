internal import Basics
internal import CZstd

/// How the bytes of a shard are compressed.
package enum Compression: String, Sendable, CaseIterable {
    case none
    case zstd
    case gzip

    /// The compression that a file name's extension suggests: `.zst`, `.gz`, or none, in any case.
    package init(ofFileNamed name: String) {
        let name = name.utf8.suffix(4).map(ShardName.lowercase)
        self = name == Array(".zst".utf8) ? .zstd : name.suffix(3) == Array(".gz".utf8)[...] ? .gzip : .none
    }

    /// The compression of a file by its first bytes; its name decides only where the bytes are neither zstd, nor gzip, nor
    /// text, nor a known format of another kind: for an empty file, and for one whose first bytes are damaged.
    ///
    /// - Parameter bytes: `ForeignContent.bytesNeeded` bytes, or all there are.
    init(firstBytes bytes: UnsafeRawBufferPointer, name: String) {
        let named = Compression(ofFileNamed: name)
        if bytes.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if bytes.count >= 4 || named == .zstd,
            ZstdFrameHeader(UnsafeRawBufferPointer(rebasing: bytes.prefix(ZstdFrameHeader.longest))) != .unknown
        {
            self = .zstd
        } else if named != .none, !bytes.isEmpty, ForeignContent(bytes) != nil || ForeignContent.isText(bytes) {
            self = .none
        } else {
            self = named
        }
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

/// The file names that are shards in a folder: `.jsonl`, `.jl`, `.jsonlines`, `.json` or `.ndjson`, each plain, `.zst` or
/// `.gz`, in any case.
package enum ShardName {
    /// What is read, in words, for messages.
    package static let patterns = ".jsonl, .jl, .jsonlines, .json and .ndjson, each plain or with .zst or .gz"

    private static let extensions = [".jsonl", ".jl", ".jsonlines", ".json", ".ndjson"].map { Array($0.utf8) }

    /// Whether `name`, a file's base name or path, is a shard's.
    package static func isShard(_ name: String) -> Bool {
        let longest = 14  // .jsonlines.zst
        var bytes = name.utf8.suffix(longest).map(lowercase)[...]
        switch Compression(ofFileNamed: name) {
        case .zstd: bytes = bytes.dropLast(4)
        case .gzip: bytes = bytes.dropLast(3)
        case .none: break
        }
        return extensions.contains { bytes.suffix($0.count).elementsEqual($0) }
    }

    static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
