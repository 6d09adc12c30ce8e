package import Basics

/// The shards of a corpus, in its order: inputs as they were given, and within one by the bytes of the relative path.
///
/// Files and folders whose names begin with a dot are left out. Links to files are followed, to folders not (an input
/// itself may be one).
package struct ShardListing: Sendable {
    package let inputs: [CorpusInput]
    package private(set) var shards: [Shard] = []
    /// What else lies in the inputs, named as a shard would be and in the same order: files that are no shards by name
    /// or by nature, and links to folders, these with a slash at the end.
    package private(set) var ignored: [String] = []

    /// Lists the inputs, with the labels they have.
    ///
    /// - Parameter mayBeEmpty: whether an input, by its place, needs hold no shards.
    /// - Throws: a usage error when an input is missing, is neither a file nor a folder, is a file that is no shard by
    ///   its name, or holds no shards, and when two shards have one identity; an error when a folder cannot be read, a
    ///   shard's link leads nowhere, or a name is not UTF-8.
    package init(of inputs: [CorpusInput], mayBeEmpty: (Int) -> Bool = { _ in false }) throws(Failure) {
        self.inputs = inputs
        for (index, input) in inputs.enumerated() {
            var found = try InputListing(input, index: index)
            found.shards.sort { $0.name.precedesBytewise($1.name) }
            found.ignored.sort { $0.precedesBytewise($1) }
            if found.shards.isEmpty && !mayBeEmpty(index) {
                let others = found.ignored.isEmpty ? "" : " (\(found.ignored.count) other files)"
                throw .usage("\(input.path): no shards in it\(others); shards are \(ShardName.patterns)")
            }
            shards += found.shards
            ignored += found.ignored
        }
        try checkIdentities()
    }

    /// The path that a message or an output gives a file of an input.
    static func name(_ relative: String, label: String?) -> String {
        if let label { "\(label)/\(relative)" } else { relative }
    }

    /// Within an input, names differ as paths do.
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

/// One input's shards and other files, as they come.
private struct InputListing {
    let input: CorpusInput
    let index: Int
    var shards: [Shard] = []
    var ignored: [String] = []

    init(_ input: CorpusInput, index: Int) throws(Failure) {
        self.input = input
        self.index = index
        guard let status = try File.status(at: input.path) else { throw CorpusInput.missing(input.path) }
        if status.isFolder {
            try addFolders()
        } else if status.isRegular {
            try addFile(status)
        } else {
            throw Failure("\(input.path): neither a file nor a folder; shards are read from regular files")
        }
    }

    /// Adds the file that is the whole input.
    private mutating func addFile(_ status: File.Status) throws(Failure) {
        let name = CorpusInput.lastComponent(input.path)
        guard ShardName.isShard(name), !name.utf8.starts(with: ".".utf8) else {
            throw .usage("\(input.path): no shard by its name; shards are \(ShardName.patterns), and are not hidden")
        }
        add(name, input.path, status)
    }

    private mutating func add(_ relative: String, _ path: String, _ status: File.Status) {
        let name = ShardListing.name(relative, label: input.label)
        shards.append(Shard(name: name, path: path, input: index, size: status.size, modified: status.modified))
    }

    private mutating func ignore(_ relative: String) {
        ignored.append(ShardListing.name(relative, label: input.label))
    }

    /// Adds the files of the input's folder and of all below it.
    private mutating func addFolders() throws(Failure) {
        let root = input.path.utf8.last == UInt8(ascii: "/") ? input.path : input.path + "/"
        // Relative paths, with a slash at the end but for the root's.
        var folders = [""]
        while let folder = folders.popLast() {
            for entry in try Folder.entries(of: root + folder) where entry.name.utf8.first != UInt8(ascii: ".") {
                let relative = folder + entry.name
                let isShard = ShardName.isShard(entry.name)
                let path = root + relative
                switch entry.kind {
                case .folder:
                    try checkUTF8(entry, path)
                    folders.append(relative + "/")
                case .file where isShard:
                    try checkUTF8(entry, path)
                    guard let status = try File.status(at: path) else {
                        throw Failure("\(path): removed while its folder was listed; run again when nothing changes it")
                    }
                    add(relative, path, status)
                case .link:
                    try addLink(entry, relative, path)
                case .file, .other:
                    ignore(relative)
                }
            }
        }
    }

    private mutating func addLink(_ entry: Folder.Entry, _ relative: String, _ path: String) throws(Failure) {
        if ShardName.isShard(entry.name) {
            try checkUTF8(entry, path)
            guard let status = try File.status(at: path) else {
                let target = File.linkTarget(path) ?? "a file"
                throw Failure("\(path): a link to \(target), which is not there; restore the file or remove the link")
            }
            if status.isRegular {
                add(relative, path, status)
            } else {
                ignore(status.isFolder ? relative + "/" : relative)
            }
        } else {
            // Whatever is wrong with a link that would not be followed is no concern of the run.
            let status = entry.isUTF8 ? try? File.status(at: path) : nil
            ignore(status?.isFolder == true ? relative + "/" : relative)
        }
    }

    /// Names go to reports and to the catalog as text.
    private func checkUTF8(_ entry: Folder.Entry, _ path: String) throws(Failure) {
        if entry.isUTF8 { return }
        throw Failure("\(path): its name is not valid UTF-8 (shown with U+FFFD for what is not); rename it")
    }
}
