package import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A kind of file that dedup writes for a shard. The name of such a file is the shard's name with a folder in front and a
/// suffix, for example `.dedup/removed/` + `a.jsonl` + `.jsonl.zst`. Modules that write other kinds of files add them as
/// constants of this type.
package struct DerivedFile: Sendable, Hashable {
    /// The folder of the files of this kind, relative to the folder that the command writes to. It ends in a slash, or
    /// is empty.
    private let folder: String
    /// The text after the shard's name.
    package let suffix: String
    /// The file, in the folder of the files of this kind, that records which of them are finished; nil if there is none.
    fileprivate let record: String?

    package init(folder: String, suffix: String, record: String? = nil) {
        self.folder = folder
        self.suffix = suffix
        self.record = record
    }

    package static let corpus = DerivedFile(folder: "", suffix: "")
    package static let removed = DerivedFile(folder: ".dedup/removed/", suffix: ".jsonl.zst")
    package static let bad = DerivedFile(folder: ".dedup/bad/", suffix: ".jsonl.zst")

    /// The files that a run writes for a shard.
    package static let ofOutput: [DerivedFile] = [.corpus, .removed, .bad]
    /// The files of a shard in a corpus that was filtered.
    package static let ofFiltered: [DerivedFile] = [.corpus, .removed]

    /// The path of a shard's file of this kind, in the folder `root`.
    package func path(of shard: String, in root: String) -> String { root + "/" + relativePath(of: shard) }

    /// The path of a shard's file of this kind, relative to the folder that the command writes to.
    package func relativePath(of shard: String) -> String { folder + shard + suffix }
}

/// Checks, before anything is written, that the files of all shards can have the names that `DerivedFile` gives them.
package struct DerivedNames {
    /// The folder that the command writes to; empty if it is not known.
    private let root: String
    /// The parameter that names the folder, for messages.
    private let parameter: Parameter?
    private let kinds: [DerivedFile]
    /// The largest number of bytes in the name of a file, and in a path.
    private let longestName: Int
    private let longestPath: Int

    /// - Parameters:
    ///   - kinds: the kinds of files that will be written for each shard.
    ///   - root: the folder that the command writes to. It need not exist yet; nil if it is not known.
    ///   - parameter: the parameter that names the folder, for messages; nil if they show the folder's path.
    package init(_ kinds: [DerivedFile], in root: String?, parameter: Parameter?) throws(Failure) {
        self.kinds = kinds
        self.root = root ?? ""
        self.parameter = parameter
        longestName = try root.map { root throws(Failure) in try Self.longestName(in: root) } ?? Int(NAME_MAX)
        // PATH_MAX includes the terminating zero.
        longestPath = Int(PATH_MAX) - 1
    }

    /// - Parameters:
    ///   - shards: the shards whose files are about to be written.
    ///   - done: the shards whose files already exist.
    /// - Throws: a usage error that names the shard and its file if a name or a path is too long, if a file and a
    ///   folder would have the same path, or if a folder exists where a file will be written.
    package func check(_ shards: [String], done: [String] = []) throws(Failure) {
        for shard in shards {
            for kind in kinds { try checkLengths(shard, kind) }
        }
        try checkFolders(shards, done)
        if root.isEmpty || !File.exists(root) { return }
        for shard in shards {
            for kind in kinds where try File.status(at: kind.path(of: shard, in: root))?.isFolder == true {
                throw fault(shard, kind, "but that is a folder; move it away")
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
                "and the name of \(isLast ? "that file" : "a folder in it") would have \(part.count) bytes; the "
                    + "limit is \(longestName); rename the "
                    + (isLast ? "shard" : "folder, or give its input a shorter label: LABEL=PATH"))
        }
        let length = root.utf8.count + 1 + relative.utf8.count
        if length > longestPath {
            throw fault(
                shard, kind,
                "and that path would have \(length) bytes; the limit is \(longestPath); give a folder with a shorter "
                    + "path, or rename the shard")
        }
    }

    /// Checks that no file has the path of a folder. For example, the shards `a` and `a/b` cannot both exist.
    private func checkFolders(_ shards: [String], _ done: [String]) throws(Failure) {
        var folders: [BytewiseName: String] = [:]
        for shard in shards + done {
            var folder = shard.utf8[...]
            while let slash = folder.lastIndex(of: UInt8(ascii: "/")) {
                folder = folder[..<slash]
                // If this folder was already in the list, so were the folders above it.
                if folders.updateValue(shard, forKey: BytewiseName(String(Substring(folder)))) != nil { break }
            }
        }
        if folders.isEmpty { return }
        for shard in shards + done {
            for kind in kinds {
                guard let other = folders[BytewiseName(shard + kind.suffix)] else { continue }
                throw fault(
                    shard, kind,
                    "which must be the folder for the file of \(Self.short(other)); rename one of them, or give its "
                        + "input another label: LABEL=PATH")
            }
        }
        for kind in kinds {
            guard let record = kind.record, let shard = folders[BytewiseName(record)] else { continue }
            throw fault(shard, kind, "but \(record) there is a file; rename that folder")
        }
    }

    private func fault(_ shard: String, _ kind: DerivedFile, _ what: String) -> Failure {
        .usage(
            "\(Self.short(shard)): its file in \(parameter?.description ?? root) would be "
                + "\(Self.short(kind.relativePath(of: shard))), \(what)")
    }

    /// Shortens a long path for a one-line message: only its beginning and its end remain.
    private static func short(_ path: String) -> String {
        path.utf8.count <= 300 ? path : "\(path.prefix(120))…\(path.suffix(120))"
    }

    /// Returns the largest number of bytes that the name of a file in this folder can have. The folder need not exist
    /// yet.
    package static func longestName(in folder: String) throws(Failure) -> Int {
        var folder = folder
        // If the folder does not exist, its nearest existing parent folder answers.
        while try File.status(at: folder) == nil, Disk.folder(of: folder) != folder { folder = Disk.folder(of: folder) }
        let longest = pathconf(folder, Int32(_PC_NAME_MAX))
        return longest > 0 ? longest : Int(NAME_MAX)
    }
}
