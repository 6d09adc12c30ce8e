internal import Basics
internal import CZstd

/// The compression of a shard's file.
package enum Compression: String, Sendable, CaseIterable {
    case none
    case zstd
    case gzip

    /// The compression that a file name's extension stands for: `.zst` or `.gz` in upper or lower case, otherwise none.
    package init(ofFileNamed name: String) {
        let name = name.utf8.suffix(4).map(ShardName.lowercase)
        self = name == Array(".zst".utf8) ? .zstd : name.suffix(3) == Array(".gz".utf8)[...] ? .gzip : .none
    }

    /// Detects the compression of a file from its first bytes. The name decides only if the bytes are neither zstd, nor
    /// gzip, nor text, nor another known format: for an empty file, and for a file whose first bytes are damaged.
    ///
    /// - Parameter bytes: the first `ForeignContent.bytesNeeded` bytes of the file, or all of it.
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

    /// The levels that a `BlockEncoder` accepts.
    ///
    /// gzip accepts zstd's levels too and clamps them to its own, 1 to 9, so that one level works for shards of
    /// both kinds. Plain shards have no levels; any number is accepted.
    package static func levels(for compression: Compression) -> ClosedRange<Int> {
        switch compression {
        case .zstd, .gzip: Int(ZSTD_minCLevel())...Int(ZSTD_maxCLevel())
        case .none: Int.min...Int.max
        }
    }

    /// zstd's default level.
    package static let defaultLevel = 3
}

/// The rules for file names: which files of a folder are shards. Their names end in `.jsonl`, `.jl`, `.jsonlines`,
/// `.json` or `.ndjson`, alone or followed by `.zst` or `.gz`, in upper or lower case.
package enum ShardName {
    /// The names of shards in words, for messages.
    package static let patterns = ".jsonl, .jl, .jsonlines, .json and .ndjson, each plain or with .zst or .gz"

    private static let extensions = [".jsonl", ".jl", ".jsonlines", ".json", ".ndjson"].map { Array($0.utf8) }

    /// Whether `name`, a file's base name or path, is the name of a shard.
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
