package import Basics

/// The shards of a corpus in its order: the inputs as given, and within each input sorted by the bytes of the relative
/// path.
///
/// Files and folders whose names begin with a dot are skipped. Links to files are followed; links to folders only if
/// the selection says so, except that an input itself may be such a link.
package struct ShardListing: Sendable {
    /// The listed inputs, in the order given.
    package let inputs: [CorpusInput]
    private let selection: ShardSelection
    /// The shards, in the order of the corpus.
    package private(set) var shards: [Shard] = []
    /// The other files found in the inputs.
    package private(set) var others = OtherFiles()
    /// The links to folders that were followed.
    package private(set) var followedLinks: [CorpusInput] = []

    /// Lists the inputs, which already have their labels.
    ///
    /// - Parameter mayBeEmpty: whether the input with this index may be without shards.
    /// - Throws: a usage error if an input is missing or has no shards, or if two shards have the same name; an error
    ///   if an input is neither a file nor a folder, a folder cannot be read, a link to a shard is broken, links to
    ///   folders form a circle, or a name is not UTF-8.
    package init(
        of inputs: [CorpusInput], selecting selection: ShardSelection = ShardSelection(),
        mayBeEmpty: (Int) -> Bool = { _ in false }
    ) throws(Failure) {
        self.inputs = inputs
        self.selection = selection
        for (index, input) in inputs.enumerated() {
            var found = try InputListing(input, index: index, selection)
            found.shards.sort { $0.name.precedesBytewise($1.name) }
            found.others.sort()
            // If a shell expanded a pattern to several files, an exclusion may leave out some of them.
            let isFile = found.others.names.isEmpty && found.isFile && inputs.count > 1
            if found.shards.isEmpty && !mayBeEmpty(index) && !isFile {
                throw Self.empty(input, found.others, selection)
            }
            shards += found.shards
            others += found.others
            followedLinks += found.followedLinks
        }
        if shards.isEmpty, let first = inputs.first, !inputs.indices.contains(where: mayBeEmpty) {
            throw Self.empty(first, others, selection)
        }
        try checkIdentities()
    }

    /// Returns those of `names` that are missing from the listing only because the selection leaves them out, so that
    /// their files may still exist.
    ///
    /// - Parameters:
    ///   - names: the names of unlisted shards of one input.
    ///   - input: the index of that input.
    package func leftOut(of names: [String], input: Int) -> Set<BytewiseName> {
        if names.isEmpty { return [] }
        let others = Set(self.others.names.map(BytewiseName.init))
        let labelLength = inputs[input].label.map { $0.utf8.count + 1 } ?? 0
        return Set(
            names.filter { name in
                let isUnderLink = self.others.links.contains { name.utf8.starts(with: ($0 + "/").utf8) }
                let relative = String(Substring(name.utf8.dropFirst(labelLength)))
                return isUnderLink || others.contains(BytewiseName(name)) || selection.leavesOut(relative)
            }.map(BytewiseName.init))
    }

    /// The error for an input in which no shard was found. Its message counts the files that are not shards.
    private static func empty(_ input: CorpusInput, _ others: OtherFiles, _ selection: ShardSelection) -> Failure {
        var found: [String] = []
        if !others.names.isEmpty {
            let count = others.names.count
            found.append("\(count) other \(count == 1 ? "file" : "files"): \(others.kindsText)")
        }
        if !others.leftOut.isEmpty {
            found.append("\(others.leftOut.count) left out by \(Parameter.glob) or \(Parameter.exclude)")
        }
        let text = found.isEmpty ? "" : " (\(found.joined(separator: "; ")))"
        let links = others.links.isEmpty ? "" : "; \(Parameter.followLinks) follows links to folders"
        let names =
            selection.format == nil
            ? "; shards are \(ShardName.patterns); \(Parameter.format("jsonl")) reads files of any name" : ""
        return .usage("\(input.path): no shards found\(text)\(names)\(links)")
    }

    /// The name of a file of an input, in messages and in the output.
    static func name(_ relative: String, label: String?) -> String {
        if let label { "\(label)/\(relative)" } else { relative }
    }

    /// Checks that no two shards have the same name. Within one input they cannot, because their paths differ.
    private func checkIdentities() throws(Failure) {
        if inputs.count < 2 { return }
        var paths = [BytewiseName: String](minimumCapacity: shards.count)
        for shard in shards {
            if let other = paths.updateValue(shard.path, forKey: BytewiseName(shard.name)) {
                throw .usage(
                    "\(other) and \(shard.path): two shards named \(shard.name); give one input a label: LABEL=PATH")
            }
        }
    }
}

/// The shards and other files of one input, not sorted yet.
private struct InputListing {
    let input: CorpusInput
    let index: Int
    let selection: ShardSelection
    var shards: [Shard] = []
    var others = OtherFiles()
    var followedLinks: [CorpusInput] = []
    /// Whether the input is a single file.
    var isFile = false

    /// A folder that is still to be listed.
    private struct PendingFolder {
        /// The folder's path below the input, with a slash at the end; empty for the input itself.
        let relative: String
        /// The folder itself and all folders that contain it, to detect links that form a circle.
        let ancestors: [FolderIdentity]
        /// If the folder is, or is inside, an output folder of dedup: the shards of that output, by their paths
        /// relative to the input. Nil outside of any output.
        let named: Set<BytewiseName>?
    }

    private struct FolderIdentity: Equatable {
        let device: UInt64
        let inode: UInt64

        init(_ status: File.Status) {
            device = status.device
            inode = status.inode
        }
    }

    private var folders: [PendingFolder] = []

    init(_ input: CorpusInput, index: Int, _ selection: ShardSelection) throws(Failure) {
        self.input = input
        self.index = index
        self.selection = selection
        guard let status = try File.status(at: input.path) else { throw CorpusInput.missing(input.path) }
        if status.isFolder {
            folders = [PendingFolder(relative: "", ancestors: [FolderIdentity(status)], named: nil)]
            while let folder = folders.popLast() { try add(folder) }
        } else if status.isRegular {
            try addFile(status)
        } else {
            throw Failure("\(input.path): neither a file nor a folder; \(CorpusInput.whatIsRead)")
        }
    }

    /// Adds an input that is a single file: it is a shard whatever its name is.
    private mutating func addFile(_ status: File.Status) throws(Failure) {
        let name = CorpusInput.lastComponent(input.path)
        if name.utf8.first == UInt8(ascii: ".") {
            throw .usage(
                "\(input.path): hidden files are not read, because their output would be hidden too; rename "
                    + "the file")
        }
        isFile = true
        if selection.excludes(name) { leaveOut(name) } else { add(name, input.path, status) }
    }

    private mutating func add(_ relative: String, _ path: String, _ status: File.Status) {
        let name = ShardListing.name(relative, label: input.label)
        shards.append(Shard(name: name, path: path, input: index, size: status.size, modified: status.modified))
    }

    private mutating func ignore(_ relative: String, kind: String? = nil) {
        let name = ShardListing.name(relative, label: input.label)
        others.add(name, kind: kind ?? OtherFiles.kind(ofFileNamed: CorpusInput.lastComponent(relative)))
    }

    private mutating func leaveOut(_ relative: String) {
        others.add(leftOut: ShardListing.name(relative, label: input.label))
    }

    // MARK: Folders

    private var root: String { input.path.utf8.last == UInt8(ascii: "/") ? input.path : input.path + "/" }

    private mutating func add(_ folder: PendingFolder) throws(Failure) {
        let entries = try Folder.entries(of: root + folder.relative)
        var named = folder.named
        if entries.contains(where: { $0.name == ".dedup" }),
            let names = try selection.shardsOfOutput(root + folder.relative).get()
        {
            named = Set(names.map { BytewiseName(folder.relative + $0) })
        }
        for entry in entries where entry.name.utf8.first != UInt8(ascii: ".") {
            let relative = folder.relative + entry.name
            let path = root + relative
            if selection.excludes(relative) {
                leaveOut(relative)
                continue
            }
            let isShard =
                if let named { named.contains(BytewiseName(relative)) } else {
                    selection.format != nil || ShardName.isShard(entry.name)
                }
            switch entry.kind {
            case .folder:
                try checkUTF8(entry, path)
                guard let status = try File.status(at: path) else { throw Self.removed(path) }
                push(relative, status, in: folder, named)
            case .file where isShard:
                try checkUTF8(entry, path)
                guard selection.globsMatch(relative) else {
                    leaveOut(relative)
                    continue
                }
                guard let status = try File.status(at: path) else { throw Self.removed(path) }
                add(relative, path, status)
            case .link:
                try addLink(entry, relative, path, isShard: isShard, in: folder, named)
            case .file: ignore(relative)
            case .other: ignore(relative, kind: OtherFiles.deviceKind)
            }
        }
    }

    private static func removed(_ path: String) -> Failure {
        Failure("\(path): removed while its folder was listed; run again when nothing changes it")
    }

    private mutating func push(
        _ relative: String, _ status: File.Status, in folder: PendingFolder, _ named: Set<BytewiseName>?
    ) {
        folders.append(
            PendingFolder(
                relative: relative + "/", ancestors: folder.ancestors + [FolderIdentity(status)], named: named))
    }

    private mutating func addLink(
        _ entry: Folder.Entry, _ relative: String, _ path: String, isShard: Bool, in folder: PendingFolder,
        _ named: Set<BytewiseName>?
    ) throws(Failure) {
        // A broken link that would not be followed is not an error.
        let status: File.Status?
        if isShard || selection.followsLinks {
            try checkUTF8(entry, path)
            status = try File.status(at: path)
        } else {
            status = entry.isUTF8 ? (try? File.status(at: path)) ?? nil : nil
        }
        if status?.isFolder == true {
            try addLinkToFolder(relative, path, status!, in: folder, named)
        } else if !isShard {
            ignore(relative, kind: status?.isRegular == false ? OtherFiles.deviceKind : nil)
        } else if !selection.globsMatch(relative) {
            leaveOut(relative)
        } else if let status {
            if status.isRegular { add(relative, path, status) } else { ignore(relative, kind: OtherFiles.deviceKind) }
        } else {
            let target = File.linkTarget(path) ?? "a file"
            throw Failure("\(path): a link to \(target), which is not there; restore the file or remove the link")
        }
    }

    private mutating func addLinkToFolder(
        _ relative: String, _ path: String, _ status: File.Status, in folder: PendingFolder, _ named: Set<BytewiseName>?
    ) throws(Failure) {
        guard selection.followsLinks else {
            others.add(link: ShardListing.name(relative, label: input.label))
            return
        }
        if folder.ancestors.contains(FolderIdentity(status)) {
            throw Failure(
                "\(path): a link to \(File.linkTarget(path) ?? "a folder"), the folder that contains it: following it "
                    + "would never end; remove the link, or exclude it with \(Parameter.exclude)")
        }
        followedLinks.append(CorpusInput(path: path))
        push(relative, status, in: folder, named)
    }

    /// Throws if the name is not UTF-8: reports and the catalog store names as text.
    private func checkUTF8(_ entry: Folder.Entry, _ path: String) throws(Failure) {
        if entry.isUTF8 { return }
        throw Failure("\(path): its name is not valid UTF-8 (shown with U+FFFD for what is not); rename it")
    }
}
