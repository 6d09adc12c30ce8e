internal import Basics

/// The files found in the inputs that are not read as shards. Reports list them, so that no file is ignored silently.
package struct OtherFiles: Sendable, Equatable {
    /// The files that are not shards, and the links to folders, which end with a slash. They are named as shards are
    /// and sorted by name within each input.
    package private(set) var names: [String] = []
    /// The number of these for each kind: `.md`, `without a suffix`, `link to a folder`, `pipe or device`.
    package private(set) var kinds: [String: Int] = [:]
    /// The links to folders that were not followed, without the slash.
    package private(set) var links: [String] = []
    /// The files and folders that patterns leave out.
    package private(set) var leftOut: [String] = []

    /// Creates an empty list.
    package init() {}

    /// The kind of links to folders.
    package static let linkKind = "link to a folder"
    static let deviceKind = "pipe or device"

    mutating func add(_ name: String, kind: String) {
        names.append(name)
        kinds[kind, default: 0] += 1
    }

    mutating func add(link name: String) {
        add(name + "/", kind: Self.linkKind)
        links.append(name)
    }

    mutating func add(leftOut name: String) { leftOut.append(name) }

    mutating func sort() {
        names.sort { $0.precedesBytewise($1) }
        links.sort { $0.precedesBytewise($1) }
        leftOut.sort { $0.precedesBytewise($1) }
    }

    static func += (all: inout OtherFiles, more: OtherFiles) {
        all.names += more.names
        all.kinds.merge(more.kinds) { $0 + $1 }
        all.links += more.links
        all.leftOut += more.leftOut
    }

    /// The number of files of each kind, the most frequent kind first: `3 .md, 1 .parquet (convert it to JSON Lines)`.
    package var kindsText: String { Self.text(kinds: kinds) }

    /// The same text for numbers that were read from a record.
    package static func text(kinds: [String: Int]) -> String {
        let most = 6
        let sorted = kinds.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
        let parts = sorted.prefix(most).map { kind, count in
            let plural = count == 1 ? kind : plurals[kind] ?? kind
            return "\(count) \(plural)" + (advice[kind].map { " (\($0))" } ?? "")
        }
        return parts.joined(separator: ", ") + (sorted.count > most ? ", …" : "")
    }

    private static let plurals = [linkKind: "links to folders", deviceKind: "pipes or devices"]

    /// The advice for files that look like documents in another format.
    private static let advice: [String: String] = {
        var advice: [String: String] = [:]
        for kind in [".parquet", ".arrow", ".feather", ".orc", ".avro", ".csv", ".tsv"] {
            advice[kind] = "convert it to JSON Lines"
        }
        for name in [".jsonl", ".json", ".ndjson", ".jl", ".jsonlines"] {
            for suffix in [".bz2", ".xz", ".lz4", ".lzma", ".zip", ".br"] {
                advice[name + suffix] = "compress it as .zst or .gz"
            }
            advice[name + ".zstd"] = "name it .zst"
            advice[name + ".gzip"] = "name it .gz"
        }
        return advice
    }()

    /// The kind of a file: its suffix in lower case, together with the suffix before it if the last one is a
    /// compression's.
    static func kind(ofFileNamed name: String) -> String {
        let parts = name.utf8.drop { $0 == UInt8(ascii: ".") }.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        func suffix(_ part: Substring.UTF8View) -> String? {
            let bytes = part.map(ShardName.lowercase)
            let isWord = bytes.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
            return isWord && 1...10 ~= bytes.count ? "." + String(decoding: bytes, as: UTF8.self) : nil
        }
        guard parts.count > 1, let last = suffix(parts[parts.count - 1]) else { return "without a suffix" }
        let compressions = [".zst", ".gz", ".bz2", ".xz", ".lz4", ".lzma", ".zip", ".br", ".zstd", ".gzip"]
        if compressions.contains(last), parts.count > 2, let before = suffix(parts[parts.count - 2]) {
            return before + last
        }
        return last
    }
}
