package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Reports

// Finding files that dedup did not write, before anything is deleted.
extension OutputFolder {
    /// The folders in `.dedup` that runs write to and delete files from.
    private static let ownFolders = ["tmp", "index", "removed", "bad", "scores"]
    /// The files in `.dedup` that are changed in place.
    private static let ownFiles = [
        "lock", "catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.sqlite-journal", "intent",
        "index/documents",
    ]
    /// The other files that dedup writes to `.dedup`.
    private static let ownRecords = [
        "catalog.sqlite.check", "catalog.sqlite.check.tmp", "report.json", "report.html", "scores.written",
    ]

    /// Checks that neither `.dedup` nor anything in it that a run changes is a symbolic link. The target of a link may
    /// belong to someone else.
    ///
    /// - Throws: a usage error that names the link.
    package func checkLinks() throws(Failure) {
        let inside = (Self.ownFolders + Self.ownFiles).map { own + "/" + $0 }
        for path in [own] + inside where Folder.kind(of: path) == .link {
            throw .usage(
                "\(path): a symbolic link, and dedup changes or deletes nothing behind a link; put the real folder or "
                    + "file in its place")
        }
    }

    /// Checks, before a folder is deleted, that everything in it was written by dedup.
    ///
    /// - Parameters:
    ///   - name: the folder's name for the message.
    ///   - what: the part of the message that says why the file is in the way, such as "--force replaces an output".
    /// - Throws: a usage error that names a file, hidden or not, that dedup did not write.
    package func checkIsOnlyDedups(_ name: String, _ what: String) throws(Failure) {
        try checkLinks()
        if let foreign = try foreignEntry() {
            throw .usage("\(name): \(foreign) in it was not written by dedup, and \(what) completely; move it away")
        }
    }

    /// Returns the relative path of the first file or folder that dedup did not write, hidden or not; nil if there is
    /// none.
    ///
    /// The names of the shards come from the catalog and from report.json, since either may be damaged.
    func foreignEntry() throws(Failure) -> String? {
        let recorded = try? Catalog.namesOfShards(in: Self.catalogPath(in: path))
        let reported = (try? FinishedOutput(path).uncheckedReport().corpus.shards.map(\.name)) ?? []
        let shards = Known((recorded ?? []) + reported)
        let lists = recorded == nil ? nil : Known(((recorded ?? []) + reported).map { $0 + ".jsonl.zst" })
        var foreign = try Self.foreign(in: path, leavingOut: ".dedup", shards.holds)
        if File.exists(own) {
            foreign += try Self.foreign(in: own) { name, isFolder in
                Self.isOwn(name, isFolder: isFolder, lists)
            }.map { ".dedup/" + $0 }
        }
        return foreign.min()
    }

    /// Whether dedup writes a file or folder of this name to `.dedup`.
    ///
    /// - Parameter lists: the paths of the lists in `removed`, `bad` and `scores`; nil if the catalog is damaged, so
    ///   that the names are unknown. Then any list of the right form is accepted.
    private static func isOwn(_ name: String, isFolder: Bool, _ lists: Known?) -> Bool {
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            return isFolder ? ownFolders.contains(name) : ownFiles.contains(name) || ownRecords.contains(name)
        }
        let isList = isFolder || parts[1].endsBytewise(in: ".jsonl.zst")
        switch parts[0] {
        case "tmp":
            return !isFolder
                && (TemporaryNames.isTemporary(parts[1]) || TemporaryNames.isTemporary(parts[1], "scores-"))
        case "index": return !isFolder && DuplicateIndex.isOwnFile(parts[1])
        case "removed", "bad": return lists?.holds(parts[1], isFolder) ?? isList
        case "scores": return parts[1].equalsBytewise("scores.json") || lists?.holds(parts[1], isFolder) ?? isList
        default: return false
        }
    }

    /// A set of files, by relative path, and of the folders that contain them.
    private struct Known {
        private var files: Set<BytewiseName> = []
        private var folders: Set<BytewiseName> = []

        init(_ names: [String]) {
            for name in names {
                files.insert(BytewiseName(name))
                let bytes = name.utf8
                for cut in bytes.indices where bytes[cut] == UInt8(ascii: "/") {
                    folders.insert(BytewiseName(String(name[..<cut])))
                }
            }
        }

        func holds(_ name: String, _ isFolder: Bool) -> Bool {
            (isFolder ? folders : files).contains(BytewiseName(name))
        }
    }

    /// Returns the relative paths of unknown files and folders. For an unknown folder, its first file is returned
    /// instead.
    private static func foreign(
        in root: String, leavingOut left: String? = nil, _ isKnown: (_ name: String, _ isFolder: Bool) -> Bool
    ) throws(Failure) -> [String] {
        var folders = [""]
        var foreign: [String] = []
        while let folder = folders.popLast() {
            for entry in try Folder.entries(of: root + "/" + folder) where folder + entry.name != left {
                let name = folder + entry.name
                let isFolder = entry.kind == .folder
                if !isKnown(name, isFolder) {
                    foreign.append(isFolder ? try firstFile(in: root, name) : name)
                } else if isFolder {
                    folders.append(name + "/")
                }
            }
        }
        return foreign
    }

    /// Returns the path of the first file in a folder or below it; the path of the innermost first folder if there is
    /// no file.
    private static func firstFile(in root: String, _ folder: String) throws(Failure) -> String {
        let entries = try Folder.entries(of: root + "/" + folder).sorted { $0.name.precedesBytewise($1.name) }
        if let file = entries.first(where: { $0.kind != .folder }) { return folder + "/" + file.name }
        guard let below = entries.first else { return folder + "/" }
        return try firstFile(in: root, folder + "/" + below.name)
    }
}
