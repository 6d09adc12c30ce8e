package import Basics
internal import CSystem
package import Corpus
package import DuplicateIndex
internal import Foundation

/// The folder of an output: the filtered corpus and, in `.dedup`, the catalog, the index, the lists and the reports.
///
/// What is durable is decided in this order, by `commit` from step 2 on:
///
/// 1. The temporary files in `.dedup/tmp` are synced: by the stage `commit`, several at once. `commit` syncs the document
///    log and the new segments of the index. The catalog does not mention any of them yet.
/// 2. A transaction records which shards are about to get their files (the intent).
/// 3. The files are renamed to their final names, and their folders are synced.
/// 4. A transaction records that the shards are done, how much of the document log is valid, and which segments are
///    live.
/// 5. Segments that are no longer live are deleted, and so are earlier partial files of shards that are now plain
///    copies.
///
/// For a large shard that is not done, `commit(part:)` makes the part that is written durable: step 1, then a
/// transaction as in step 4.
///
/// A run begins by deleting everything that the catalog does not mention: temporary files, the files of shards that
/// have an intent but are not done, segments that are not live, and the document log beyond its valid length. Files of
/// a partial shard that have been renamed already get their temporary names back.
///
/// A commit that fails is not tried again, because only the next run can find out how much of it was done.
package final class OutputFolder: Sendable {
    /// The path of the output folder.
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    /// The path of the catalog of an output.
    package static func catalogPath(in folder: String) -> String { folder + "/.dedup/catalog.sqlite" }
    static func reportPath(in folder: String) -> String { folder + "/.dedup/report.json" }

    /// The folder of dedup's own files in the output.
    package var own: String { path + "/.dedup" }
    /// The folder of temporary files.
    package var temporary: String { own + "/tmp" }
    /// The folder of the index.
    package var indexFolder: String { own + "/index" }

    /// Checks that SQLite can open the catalog: its path may have 512 bytes, including endings such as `-wal`.
    ///
    /// - Throws: a usage error that says by how many bytes the path is too long.
    package static func checkLength(of path: String) throws(Failure) {
        let length = catalogPath(in: try futurePath(path)).utf8.count + 16
        guard length <= 512 else {
            throw .usage(
                "\(Parameter.out(path)): its full path is too long by \(length - 512) bytes for the catalog in it; "
                    + "give a folder with a shorter path")
        }
    }

    /// What exists at the path of an output.
    package enum Content {
        /// Nothing, or a folder without a catalog and without files that dedup did not write.
        case nothing
        case output
        /// A file, or a folder without a catalog but with files that dedup did not write. The text continues a message
        /// after the path, for example "is a file".
        case foreign(String)
    }

    /// Finds out what exists at the path of an output.
    ///
    /// - Throws: if the place of a catalog file is taken by something that is not a regular file.
    package static func content(at path: String) throws(Failure) -> Content {
        guard let status = try File.status(at: path) else { return .nothing }
        guard status.isFolder else { return .foreign("is a file") }
        let catalog = catalogPath(in: path)
        if try File.status(at: catalog) != nil {
            // Opening a named pipe, for example, would make SQLite wait forever.
            for path in [catalog, catalog + "-wal", CatalogCheck.checkPath(of: catalog)] {
                guard let status = try File.status(at: path), !status.isRegular else { continue }
                throw Failure(
                    "\(path): \(status.isFolder ? "a folder" : "no regular file"), where dedup had a file; restore it")
            }
            return .output
        }
        // A run that was stopped before it created the catalog leaves an empty `.dedup`.
        let foreign = try Folder.entries(of: path).map(\.name).filter { $0 != ".dedup" }
        guard let first = foreign.min() else { return .nothing }
        return .foreign("holds files that dedup did not write (\(first))")
    }

    // MARK: Before a run

    /// Creates the folders of the output, of temporary files and of the index, if they do not exist yet.
    ///
    /// - Throws: a usage error if `.dedup`, or something in it that a run changes, is a symbolic link.
    package func make() throws(Failure) {
        try checkLinks()
        for folder in [path, own, temporary, indexFolder] { try Disk.makeFolder(folder) }
    }

    /// Deletes the temporary files of a stopped run, except those of the partial shard.
    package func clearTemporary(keeping partial: PartialShard?) throws(Failure) {
        let kept = Set(partial?.files.values.compactMap(\.temporaryName) ?? [])
        let files = try TemporaryNames.files(in: temporary) + TemporaryNames.files(in: temporary, prefix: "scores-")
        for name in files where !kept.contains(name) {
            try Disk.remove(temporary + "/" + name)
        }
    }

    /// Undoes the renames of an unfinished commit: deletes the final files of shards that have an intent but are not
    /// done. Called before the intents are removed from the catalog.
    ///
    /// - Parameter partial: the partial shard, if any. Its files that have been renamed get their temporary names back.
    ///   If its temporary files still exist, the shard has grown: the files under its final names are from before it
    ///   grew, and stay until the shard is done again.
    package func undoCommits(of shards: [String], partial: PartialShard?) throws(Failure) {
        var folders: Set<BytewiseName> = []
        for shard in shards {
            let parts = partial.map { $0.name.equalsBytewise(shard) ? $0.files : [:] } ?? [:]
            for file in OutputFile.allCases {
                let path = finalPath(file, shard)
                guard File.exists(path) else { continue }
                folders.insert(BytewiseName(Disk.folder(of: path)))
                guard let name = parts[file.rawValue]?.temporaryName else {
                    try Disk.remove(path)
                    continue
                }
                if !File.exists(temporary + "/" + name) {
                    try Disk.rename(path, temporary + "/" + name)
                    try Disk.sync(folder: temporary)
                }
            }
        }
        for folder in folders { try Disk.sync(folder: folder.string) }
    }

    /// Checks the output files of the shards that are done. A file is trusted if its size and time of modification are
    /// the ones in the catalog; any other file is read once, and its new time is recorded.
    ///
    /// - Throws: if the kept documents of a shard are gone, or if a file is damaged. Damage that changes neither size
    ///   nor time is found only by `dedup verify`, which reads all bytes.
    package func checkOutputs(_ catalog: Catalog) throws(Failure) {
        let remedy = "restore it, or rewrite the whole output with \(Parameter.replace)"
        var times: [(shard: String, kind: String, modified: Int64)] = []
        for (shard, file) in try catalog.files() {
            guard let kind = OutputFile(rawValue: file.kind) else { continue }
            let path = finalPath(kind, shard)
            guard let status = try File.status(at: path) else {
                if kind == .corpus { throw Failure("\(path): missing, although it was written; \(remedy)") }
                continue
            }
            if status.size != file.size {
                throw Failure("\(path): damaged: \(status.size) bytes long, but \(file.size) were written; \(remedy)")
            }
            if status.modified == file.modified { continue }
            guard try File.digest(of: path).description == file.digest else {
                throw Failure("\(path): damaged: its content differs from what was written; \(remedy)")
            }
            times.append((shard, file.kind, status.modified))
        }
        try catalog.note(times)
    }

    /// Checks that the folder holds no files except the known ones and hidden ones.
    ///
    /// - Parameter known: the relative paths of the files that dedup wrote.
    /// - Throws: a usage error that names a file that is not known.
    package func checkForeignFiles(known: [String]) throws(Failure) {
        let foreign = try foreignFiles(known: Set(known.map(BytewiseName.init)))
        if let first = foreign.min() {
            throw .usage(
                "\(Parameter.out(path)): \(foreign.count) files in it were not written by dedup (\(first)"
                    + (foreign.count > 1 ? ", …" : "") + "); move them away")
        }
    }

    /// Returns the relative paths of files that are neither known nor hidden.
    package func foreignFiles(known: Set<BytewiseName>) throws(Failure) -> [String] {
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
        return foreign
    }

    // MARK: Writing

    private let filesMade = Locked(0)

    /// Creates a file with a new temporary name.
    package func temporaryFile() throws(Failure) -> TemporaryFile {
        let number = filesMade.withLock { made in
            made += 1
            return made
        }
        return try TemporaryFile(temporary + "/\(number)")
    }

    /// Opens the temporary files of a partial shard, to continue them.
    package func files(of partial: PartialShard) throws(Failure) -> [OutputFile: TemporaryFile] {
        var files: [OutputFile: TemporaryFile] = [:]
        for (kind, part) in partial.files {
            guard let name = part.temporaryName, let kind = OutputFile(rawValue: kind) else { continue }
            files[kind] = try TemporaryFile(temporary + "/" + name, part)
            filesMade.withLock { $0 = max($0, Int(name).map { min($0, 1 << 48) } ?? 0) }
        }
        return files
    }

    /// Copies a shard's file to `target`.
    ///
    /// - Throws: if the file is no longer the one that was read; then the copy is deleted.
    package static func copy(_ shard: Shard, expecting end: ShardEnd, to target: TemporaryFile) throws(Failure) {
        var isWhole = false
        defer { if !isWhole { try? Disk.remove(target.path) } }
        let source = try File(shard.path, .read)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { room.deallocate() }
        while true {
            let count = try source.read(into: room)
            if count == 0 { break }
            try target.write(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
        guard target.digest == end.digest.description else {
            throw Failure(
                "\(shard.name): changed while the run was reading it; run again when nothing writes to it")
        }
        isWhole = true
    }

    /// A shard that is processed, with its output in temporary files.
    package struct WrittenShard: Sendable {
        /// The catalog's entry for the shard.
        package let record: Catalog.ShardRecord
        /// The shard's files, under their temporary names.
        package let files: [OutputFile: TemporaryFile]
        /// For a shard whose output is a plain copy: a partial output file of an earlier run, which is no longer
        /// needed.
        package let superseded: TemporaryFile?

        package init(record: Catalog.ShardRecord, files: [OutputFile: TemporaryFile], superseded: TemporaryFile?) {
            self.record = record
            self.files = files
            self.superseded = superseded
        }

        /// Syncs the files, the first step of a commit.
        package func sync() throws(Failure) {
            for file in files.values { try file.sync() }
        }
    }

    /// Renames the files of shards to their final names and marks the shards as done; durable when it returns. The
    /// steps are described at the top of this class. The files of the shards must be synced already.
    ///
    /// - Parameter position: the position of the index after the last of these shards.
    package func commit(
        _ shards: [WrittenShard], _ catalog: Catalog, _ index: DuplicateIndex?, _ position: IndexState.Position
    ) throws(Failure) {
        let state = try index?.makeDurable(through: position) ?? .empty
        try catalog.intend(shards.map(\.record))
        var folders: Set<BytewiseName> = []
        var records: [(record: Catalog.ShardRecord, files: [Catalog.FileRecord])] = []
        for shard in shards {
            var files: [Catalog.FileRecord] = []
            for (kind, file) in shard.files {
                let target = finalPath(kind, shard.record.name)
                let folder = Disk.folder(of: target)
                if folders.insert(BytewiseName(folder)).inserted { try Disk.makeFolder(folder) }
                try Disk.rename(file.path, target)
                files.append(
                    Catalog.FileRecord(
                        kind: kind.rawValue, size: file.size, digest: file.digest,
                        modified: try File.status(at: target)?.modified))
            }
            records.append((shard.record, files))
        }
        for folder in folders { try Disk.sync(folder: folder.string) }
        try catalog.finish(records, state)
        try index?.wasCommitted(state)
        for shard in shards { if let file = shard.superseded { try Disk.remove(file.path) } }
    }

    /// Makes the part of an unfinished shard durable, under temporary names.
    package func commit(
        part: PartialShard, _ files: [OutputFile: TemporaryFile], _ catalog: Catalog, _ index: DuplicateIndex?,
        _ position: IndexState.Position
    ) throws(Failure) {
        for file in files.values { try file.sync() }
        try Disk.sync(folder: temporary)
        let state = try index?.makeDurable(through: position) ?? .empty
        try catalog.record(part, state)
        try index?.wasCommitted(state)
    }

    /// Writes a file in `.dedup` atomically.
    package func write(_ name: String, _ content: borrowing Buffer<UInt8>) throws(Failure) {
        let file = try temporaryFile()
        do throws(Failure) {
            try file.write(content.bytes)
            try file.sync()
            try Disk.rename(file.path, own + "/" + name)
            try Disk.sync(folder: own)
        } catch {
            try? Disk.remove(file.path)
            throw error
        }
    }

    /// The final path of a file of a shard.
    package func finalPath(_ file: OutputFile, _ shard: String) -> String {
        let kind: DerivedFile =
            switch file {
            case .corpus: .corpus
            case .removed: .removed
            case .bad: .bad
            }
        return kind.path(of: shard, in: path)
    }

    // MARK: Locking and replacing

    /// Locks the output, in this process and for others.
    ///
    /// - Throws: if another run holds the lock; a usage error if something that a run changes is a symbolic link.
    package func lock(_ kind: FolderLock.Kind = .exclusive) throws(Failure) -> FolderLock {
        if kind == .exclusive { try checkLinks() }
        return try FolderLock(own + "/lock", kind, of: path)
    }

    /// Returns the path where a run writes a new output before the old one is replaced: a hidden folder next to
    /// it.
    package static func beside(_ path: String) throws(Failure) -> String {
        guard let beside = try replacement(of: path) else {
            throw .usage(
                "\(path): its name is too long for \(Parameter.replace), which writes .NAME.dedup-new beside it; "
                    + "rename it")
        }
        return beside
    }

    /// Returns nil if the hidden folder's name would be too long.
    private static func replacement(of path: String) throws(Failure) -> String? {
        guard let real = try File.realPath(path) else { throw .usage("\(path): no such folder") }
        let url = URL(fileURLWithPath: real)
        let name = ".\(url.lastPathComponent).dedup-new"
        return name.utf8.count > (try DerivedNames.longestName(in: real))
            ? nil : url.deletingLastPathComponent().path + "/" + name
    }

    /// Deletes the unfinished new output of a replacing run that was killed.
    package static func removeUnfinishedReplacement(of path: String) throws(Failure) {
        guard let beside = try replacement(of: path), case .output = try content(at: beside),
            try OutputFolder(beside).foreignEntry() == nil
        else { return }
        try remove(beside)
    }

    /// Deletes an output in which `foreignEntry` found nothing. The catalog is deleted last, so that after a crash the
    /// rest is still recognized as an output.
    package static func remove(_ path: String) throws(Failure) {
        guard File.exists(path) else { return }
        for entry in try Folder.entries(of: path) where entry.name != ".dedup" {
            try Disk.removeTree(path + "/" + entry.name)
        }
        let own = path + "/.dedup"
        if Folder.kind(of: own) == .folder {
            for entry in try Folder.entries(of: own) where entry.name != "catalog.sqlite" {
                try Disk.removeTree(own + "/" + entry.name)
            }
        }
        try Disk.removeTree(path)
    }

    /// Exchanges two folders atomically.
    package static func swap(_ a: String, _ b: String) throws(Failure) {
        guard dedup_swap_paths(a, b) == 0 else {
            throw .system("cannot exchange the new output with", b)
        }
        try Disk.sync(folder: URL(fileURLWithPath: b).deletingLastPathComponent().path)
    }
}
