internal import Basics
internal import CSystem
internal import Corpus
internal import DuplicateIndex
internal import Foundation

/// The folder of an output: the filtered corpus and, in `.dedup`, what belongs to it.
///
/// What is durable, and in which order, is decided here and in `commit` alone: files are written under temporary
/// names in `.dedup/tmp` and synced; the catalog says what is about to get its name; the files are renamed and their
/// folders synced; the catalog says that they are done.
final class OutputFolder: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
    }

    static func catalogPath(in folder: String) -> String { folder + "/.dedup/catalog.sqlite" }
    static func reportPath(in folder: String) -> String { folder + "/.dedup/report.json" }

    private var own: String { path + "/.dedup" }
    private var temporary: String { own + "/tmp" }
    /// Where the index keeps its files while a run lasts.
    var indexFolder: String { own + "/index" }

    /// What lies at an output's path.
    enum Content {
        case nothing
        case output
        case foreign(String)
    }

    static func content(at path: String) throws(Failure) -> Content {
        guard let status = try File.status(at: path) else { return .nothing }
        guard status.isFolder else { return .foreign("is a file") }
        if try File.status(at: catalogPath(in: path)) != nil { return .output }
        // A run that ended before it had a catalog leaves its own folder.
        let foreign = try Folder.entries(of: path).map(\.name).filter { $0 != ".dedup" }
        guard let first = foreign.min() else { return .nothing }
        return .foreign("holds files that dedup did not write (\(first))")
    }

    // MARK: Before a run

    func make() throws(Failure) {
        for folder in [path, own, temporary, indexFolder] { try Self.makeFolder(folder) }
    }

    /// Deletes what a run that was cut off left under temporary names.
    func clearTemporary() throws(Failure) {
        for folder in [temporary, indexFolder] where try File.status(at: folder) != nil {
            for entry in try Folder.entries(of: folder) { try Self.remove(folder + "/" + entry.name) }
        }
    }

    /// Deletes the files of shards that were about to get their names when a run was cut off.
    func clear(shards: [String]) throws(Failure) {
        for shard in shards {
            for file in [Block.OutputFile.corpus, .removed, .bad] { try Self.remove(finalPath(file, shard)) }
        }
    }

    /// - Throws: when the output of a shard that is done is gone.
    func checkOutputs(of shards: [String]) throws(Failure) {
        for shard in shards where try File.status(at: finalPath(.corpus, shard)) == nil {
            throw Failure(
                "\(finalPath(.corpus, shard)): gone since it was written; restore it, or make the whole output anew "
                    + "with --force")
        }
    }

    /// - Throws: when the folder holds a file that is not the output of one of the shards; hidden files are let be.
    func checkForeignFiles(known: [String]) throws(Failure) {
        let known = Set(known.map(BytewiseName.init))
        var folders = [""]
        var foreign: [String] = []
        while let folder = folders.popLast() {
            for entry in try Folder.entries(of: path + "/" + folder) where !entry.name.hasPrefix(".") {
                let relative = folder + entry.name
                if entry.kind == .folder {
                    folders.append(relative + "/")
                } else if !known.contains(BytewiseName(relative)) {
                    foreign.append(relative)
                }
            }
        }
        if let first = foreign.min() {
            throw .usage(
                "--out \(path): \(foreign.count) files in it were not written by dedup (\(first)"
                    + (foreign.count > 1 ? ", …" : "") + "); move them away")
        }
    }

    // MARK: Writing

    private let filesMade = Locked(0)

    /// A file under a name that no reader takes for a shard's.
    final class TemporaryFile {
        private let file: File
        var path: String { file.path }

        fileprivate init(_ path: String) throws(Failure) { file = try File(path, .create) }
        func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try file.write(bytes) }
        func write(_ bytes: borrowing Buffer<UInt8>) throws(Failure) { try file.write(bytes.bytes) }
        fileprivate func sync() throws(Failure) { try file.sync() }
    }

    func temporaryFile() throws(Failure) -> TemporaryFile {
        let number = filesMade.withLock { made in
            made += 1
            return made
        }
        return try TemporaryFile(temporary + "/\(number)")
    }

    /// A copy of a shard's file: of the bytes that were read, or it fails.
    func copy(of shard: Shard, expecting end: ShardEnd) throws(Failure) -> TemporaryFile {
        let source = try File(shard.path, .read)
        let target = try temporaryFile()
        var isWhole = false
        defer { if !isWhole { try? Self.remove(target.path) } }
        var hash = RunningHash()
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { room.deallocate() }
        while true {
            let count = try source.read(into: room)
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: room[..<count])
            hash.update(bytes)
            try target.write(bytes)
        }
        guard hash.value == end.digest else {
            throw Failure(
                "\(shard.name): changed while the run was reading it; run again when nothing writes to it")
        }
        isWhole = true
        return target
    }

    /// A shard whose files are written under temporary names.
    struct WrittenShard {
        let record: Catalog.ShardRecord
        let files: [Block.OutputFile: TemporaryFile]
    }

    /// Gives the files of shards their names, for good.
    func commit(_ shards: [WrittenShard], _ catalog: Catalog) throws(Failure) {
        if shards.isEmpty { return }
        for shard in shards { for file in shard.files.values { try file.sync() } }
        let records = shards.map(\.record)
        try catalog.intend(records)
        var folders: Set<BytewiseName> = []
        for shard in shards {
            for (kind, file) in shard.files {
                let target = finalPath(kind, shard.record.name)
                let folder = (target as NSString).deletingLastPathComponent
                if folders.insert(BytewiseName(folder)).inserted { try Self.makeFolder(folder) }
                try Self.rename(file.path, target)
            }
        }
        for folder in folders { try Self.sync(folder: folder.string) }
        try catalog.finish(records)
    }

    /// Writes a file of `.dedup` whole or not at all.
    func write(_ name: String, _ content: borrowing Buffer<UInt8>) throws(Failure) {
        let file = try temporaryFile()
        do throws(Failure) {
            try file.write(content)
            try file.sync()
            try Self.rename(file.path, own + "/" + name)
            try Self.sync(folder: own)
        } catch {
            try? Self.remove(file.path)
            throw error
        }
    }

    private func finalPath(_ file: Block.OutputFile, _ shard: String) -> String {
        switch file {
        case .corpus: path + "/" + shard
        case .removed: own + "/removed/" + shard + ".jsonl.zst"
        case .bad: own + "/bad/" + shard + ".jsonl.zst"
        }
    }

    // MARK: Locking and replacing

    /// Held while a run writes.
    final class Lock {
        private let file: File

        fileprivate init(_ path: String, of folder: String) throws(Failure) {
            file = try File(path, .lock)
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                if errno != EWOULDBLOCK { throw .system("cannot lock", path) }
                let holder = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                throw Failure(
                    "another run is writing to \(folder)" + (holder.isEmpty ? "" : " (process \(holder))"))
            }
            ftruncate(file.descriptor, 0)
            var process = Buffer<UInt8>()
            process.append(String(getpid()))
            try file.write(process.bytes)
        }
    }

    /// - Throws: when another run holds the lock.
    func lock() throws(Failure) -> Lock { try Lock(own + "/lock", of: path) }

    /// Where an output that is to replace another one is written: in the same folder, hidden.
    static func beside(_ path: String) throws(Failure) -> String {
        guard let real = try File.realPath(path) else { throw .usage("\(path): no such folder") }
        let url = URL(fileURLWithPath: real)
        return url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).dedup-new"
    }

    /// Deletes what a replacement left that was killed.
    static func removeUnfinishedReplacement(of path: String) throws(Failure) {
        let beside = try beside(path)
        if case .output = try content(at: beside) { try remove(beside) }
    }

    /// Swaps two folders in one step.
    static func swap(_ a: String, _ b: String) throws(Failure) {
        guard dedup_swap_paths(a, b) == 0 else {
            throw .system("cannot put the new output in the place of", b)
        }
        try sync(folder: URL(fileURLWithPath: b).deletingLastPathComponent().path)
    }

    // MARK: The system's calls

    /// Makes a folder, and those above it that are missing, for good: the folder above a new one is synced.
    private static func makeFolder(_ path: String) throws(Failure) {
        let parent = (path as NSString).deletingLastPathComponent
        let above = parent.isEmpty ? "." : parent
        if mkdir(path, 0o777) == 0 { return try sync(folder: above) }
        if errno == ENOENT, !parent.isEmpty, parent != path {
            try makeFolder(parent)
            if mkdir(path, 0o777) == 0 { return try sync(folder: above) }
        }
        if errno == EEXIST, let status = try File.status(at: path) {
            if status.isFolder { return }
            throw Failure("cannot make the folder \(path): a file of that name is there")
        }
        throw .system("cannot make the folder", path)
    }

    static func remove(_ path: String) throws(Failure) {
        guard try File.status(at: path) != nil else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw Failure("cannot remove \(path): \(error.localizedDescription)")
        }
    }

    static func rename(_ from: String, _ to: String) throws(Failure) {
        guard Foundation.rename(from, to) == 0 else { throw .system("cannot give a finished file its name", to) }
    }

    static func sync(folder: String) throws(Failure) {
        try File(folder, .read).sync()
    }
}
