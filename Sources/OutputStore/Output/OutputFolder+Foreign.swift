package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Reports

// What in an output is not dedup's, and what is not where it should be: looked at before anything is deleted.
extension OutputFolder {
    /// The folders of `.dedup` that runs write to and delete files from.
    private static let ownFolders = ["tmp", "index", "removed", "bad", "scores"]
    /// The files of `.dedup` that are changed in place.
    private static let ownFiles = [
        "lock", "catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.sqlite-journal", "intent",
        "index/documents",
    ]
    /// The other files that dedup writes to `.dedup`.
    private static let ownRecords = [
        "catalog.sqlite.check", "catalog.sqlite.check.tmp", "report.json", "report.html", "scores.written",
    ]

    /// - Throws: a usage error when `.dedup`, or what a run changes in it, is a symbolic link: what it leads to is not
    ///   dedup's to change.
    package func checkLinks() throws(Failure) {
        let inside = (Self.ownFolders + Self.ownFiles).map { own + "/" + $0 }
        for path in [own] + inside where Folder.kind(of: path) == .link {
            throw .usage(
                "\(path): a symbolic link, and dedup changes or deletes nothing behind a link; put the real folder or "
                    + "file in its place")
        }
    }

    /// - Parameters:
    ///   - name: what the message calls the folder.
    ///   - what: what is about to be done with it.
    /// - Throws: a usage error when anything in the folder, hidden or not, was not written by dedup.
    package func checkIsOnlyDedups(_ name: String, _ what: String) throws(Failure) {
        try checkLinks()
        if let foreign = try foreignEntry() {
            throw .usage("\(name): \(foreign) in it was not written by dedup, and \(what) whole; move it away")
        }
    }

    /// The first file or folder, by its relative path, that is not dedup's, hidden or not; nil for none.
    ///
    /// A catalog that is damaged does not tell the names of the shards; then the report may.
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
    /// - Parameter lists: the files in `removed`, `bad` and `scores`; nil where their names are not known.
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

    /// Files by their relative paths, and the folders that they lie in.
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

    /// What is below a folder and is not known, by its relative path; of a folder that is not known its first file.
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

    /// The path of a file in a folder, or below it; the folder's own where there is none.
    private static func firstFile(in root: String, _ folder: String) throws(Failure) -> String {
        let entries = try Folder.entries(of: root + "/" + folder).sorted { $0.name.precedesBytewise($1.name) }
        if let file = entries.first(where: { $0.kind != .folder }) { return folder + "/" + file.name }
        guard let below = entries.first else { return folder + "/" }
        return try firstFile(in: root, folder + "/" + below.name)
    }
}
