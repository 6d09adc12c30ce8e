package import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A file that is made of a shard. All that are made have their names from here: what the shard's name is put between.
package enum DerivedFile: CaseIterable {
    case corpus, removed, bad, vectors, ids, scores

    /// Of a run; a filtered corpus has the first two.
    package static let ofOutput: [DerivedFile] = [.corpus, .removed, .bad]
    package static let ofFiltered: [DerivedFile] = [.corpus, .removed]
    package static let ofVectors: [DerivedFile] = [.vectors, .ids]
    package static let ofScores: [DerivedFile] = [.scores]

    /// Where it lies in the folder that is written.
    private var folder: String {
        switch self {
        case .corpus, .vectors, .ids: ""
        case .removed: ".dedup/removed/"
        case .bad: ".dedup/bad/"
        case .scores: ".dedup/scores/"
        }
    }

    /// What follows the shard's name.
    package var suffix: String {
        switch self {
        case .corpus: ""
        case .removed, .bad, .scores: ".jsonl.zst"
        case .vectors: ".npy"
        case .ids: ".ids.jsonl"
        }
    }

    package func path(of shard: String, in root: String) -> String { root + "/" + relativePath(of: shard) }

    package func relativePath(of shard: String) -> String { folder + shard + suffix }
}

/// Whether the files that will be made of shards can have their names: asked before anything is written.
package struct DerivedNames {
    /// The folder that is written, and the option that names it.
    private let root: String
    private let option: String
    private let kinds: [DerivedFile]
    /// Bytes of a name, and of a path.
    private let longestName: Int
    private let longestPath: Int

    /// - Parameters:
    ///   - root: the folder that is written, which need not exist yet; nil for one that is not known.
    ///   - kinds: what is made of a shard.
    package init(_ kinds: [DerivedFile], in root: String?, option: String) throws(Failure) {
        self.kinds = kinds
        self.root = root ?? ""
        self.option = option
        longestName = try root.map { root throws(Failure) in try Self.longestName(in: root) } ?? Int(NAME_MAX)
        // The last byte is a zero.
        longestPath = Int(PATH_MAX) - 1
    }

    /// - Parameters:
    ///   - shards: those whose files are to be made.
    ///   - done: those whose files are there.
    /// - Throws: a usage error that names the shard and its file when a name or a path is too long, when a file would lie
    ///   where another one's folder does, and when a folder or a file is in the way.
    package func check(_ shards: [String], done: [String] = []) throws(Failure) {
        for shard in shards {
            for kind in kinds { try checkLengths(shard, kind) }
        }
        try checkFolders(shards, done)
        if root.isEmpty || !File.exists(root) { return }
        for shard in shards {
            for kind in kinds where try File.status(at: kind.path(of: shard, in: root))?.isFolder == true {
                throw fault(shard, kind, "where there is a folder; move that away")
            }
        }
    }

    private func checkLengths(_ shard: String, _ kind: DerivedFile) throws(Failure) {
        let relative = kind.relativePath(of: shard)
        let parts = relative.utf8.split(separator: UInt8(ascii: "/"))
        for (place, part) in parts.enumerated() where part.count > longestName {
            let isLast = place == parts.count - 1
            throw fault(
                shard, kind,
                "and the name of \(isLast ? "that file" : "a folder in it") would have \(part.count) bytes, where "
                    + "\(longestName) are the most; rename the \(isLast ? "shard" : "folder, or give its input a shorter label: LABEL=PATH")"
            )
        }
        let length = root.utf8.count + 1 + relative.utf8.count
        if length > longestPath {
            throw fault(
                shard, kind,
                "and that path would have \(length) bytes, where \(longestPath) are the most; give a folder with a shorter "
                    + "path, or rename the shard")
        }
    }

    /// Names differ as paths do, but one may be the beginning of another.
    private func checkFolders(_ shards: [String], _ done: [String]) throws(Failure) {
        var folders: [BytewiseName: String] = [:]
        for shard in shards + done {
            var folder = shard.utf8[...]
            while let slash = folder.lastIndex(of: UInt8(ascii: "/")) {
                folder = folder[..<slash]
                // Those above it are known too.
                if folders.updateValue(shard, forKey: BytewiseName(String(Substring(folder)))) != nil { break }
            }
        }
        if folders.isEmpty { return }
        for shard in shards + done {
            for kind in kinds {
                guard let other = folders[BytewiseName(shard + kind.suffix)] else { continue }
                throw fault(
                    shard, kind,
                    "where the folder of what is made of \(Self.short(other)) would be; rename one of them, or give its "
                        + "input another label: LABEL=PATH")
            }
        }
        for (kind, record) in [(DerivedFile.vectors, "embeddings.json"), (.scores, "scores.json")] {
            guard kinds.contains(kind), let shard = folders[BytewiseName(record)] else { continue }
            throw fault(shard, kind, "and \(record) is a file there; rename that folder")
        }
    }

    private func fault(_ shard: String, _ kind: DerivedFile, _ what: String) -> Failure {
        .usage("\(Self.short(shard)): of it \(option) would get \(Self.short(kind.relativePath(of: shard))), \(what)")
    }

    /// A path for an error's one line: of a long one the beginning and the end.
    private static func short(_ path: String) -> String {
        path.utf8.count <= 300 ? path : "\(path.prefix(120))…\(path.suffix(120))"
    }

    /// Bytes that a name may have where the folder is, or will be made.
    package static func longestName(in folder: String) throws(Failure) -> Int {
        var folder = folder
        // A path is cut until something is there; the working directory and the root always are.
        while try File.status(at: folder) == nil, Disk.folder(of: folder) != folder { folder = Disk.folder(of: folder) }
        let longest = pathconf(folder, Int32(_PC_NAME_MAX))
        return longest > 0 ? longest : Int(NAME_MAX)
    }
}
