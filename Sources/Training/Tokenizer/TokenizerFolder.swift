internal import Basics
internal import Tokenizers

/// The folder that a trained tokenizer is written to.
struct TokenizerFolder {
    private let path: String
    private let replaces: Bool

    init(_ path: String, replaces: Bool) {
        self.path = path
        self.replaces = replaces
    }

    /// - Throws: a usage error if the path is a file, or if the folder contains files and `replaces` is false.
    func check() throws(Failure) {
        if path.isEmpty { throw .usage("\(Parameter.out) is empty; give a folder") }
        guard let status = try File.status(at: path) else { return }
        guard status.isFolder else { throw .usage("\(Parameter.out(path)) is a file; give a folder") }
        if replaces { return }
        // Hidden files are temporary files of a stopped run, or belong to another program.
        let names = try Folder.entries(of: path).map(\.name).filter { !$0.hasPrefix(".") }.sorted()
        if let first = names.first {
            throw .usage(
                "\(Parameter.out(path)): there are files in it (\(first)" + (names.count > 1 ? ", …" : "")
                    + "); give a new or empty folder, or \(Parameter.replace) to replace the files of a tokenizer and "
                    + "keep others")
        }
    }

    /// Writes the files under temporary names, and renames them once all are synced.
    func write(_ tokenizer: TrainedTokenizer) throws(Failure) {
        try Disk.makeFolder(path)
        let files = tokenizer.files
        let temporary = { (name: String) in "\(path)/.\(name).part" }
        do throws(Failure) {
            for (name, text) in files {
                let file = try File(temporary(name), .create)
                var bytes = Buffer<UInt8>(capacity: text.utf8.count)
                bytes.append(text)
                try file.write(bytes.bytes, at: 0)
                try file.sync()
            }
            for (name, _) in files { try Disk.rename(temporary(name), path + "/" + name) }
            try Disk.sync(folder: path)
        } catch {
            for (name, _) in files { try? Disk.remove(temporary(name)) }
            throw error
        }
    }
}
