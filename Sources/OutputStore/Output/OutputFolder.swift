package import Basics
internal import CSystem
package import Corpus
package import DuplicateIndex
internal import Foundation

/// The folder of an output: the filtered corpus and, in `.dedup`, what belongs to it.
///
/// What is durable, and in which order, is decided in `commit` alone:
///
/// 1. what was written under temporary names in `.dedup/tmp` is synced, and so are the log and the new segments of the
///    index, which the catalog does not know yet;
/// 2. one transaction says which shards are about to get their files (the intent);
/// 3. the files are renamed, and their folders synced;
/// 4. one transaction says that the shards are done, how far the log goes and which segments are live;
/// 5. segments that are no longer live are deleted, and what was written of shards that are copied.
///
/// Of a large shard that is not done, `commit(part:)` makes what there is durable: 1, then a transaction as in 4.
///
/// A run that begins deletes what the catalog does not know: temporary files, the files of shards with an intent that
/// are not done, segments that are not live, and what the log holds beyond its length. What it knows of a large shard
/// that is not done gets its temporary name back.
///
/// A commit that fails is not tried again: only the next run can tell how far it came.
package final class OutputFolder: Sendable {
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    package static func catalogPath(in folder: String) -> String { folder + "/.dedup/catalog.sqlite" }
    static func reportPath(in folder: String) -> String { folder + "/.dedup/report.json" }

    package var own: String { path + "/.dedup" }
    package var temporary: String { own + "/tmp" }
    /// Where the index keeps its files while a run lasts.
    package var indexFolder: String { own + "/index" }

    /// - Throws: a usage error when the path of the catalog would be longer than SQLite takes: 512 bytes, with what it adds
    ///   to the name.
    package static func checkLength(of path: String) throws(Failure) {
        let length = catalogPath(in: try futurePath(path)).utf8.count + 16
        guard length <= 512 else {
            throw .usage(
                "--out \(path): its full path is too long by \(length - 512) bytes for the catalog in it; give a folder with a "
                    + "shorter path")
        }
    }

    /// What lies at an output's path.
    package enum Content {
        case nothing
        case output
        case foreign(String)
    }

    package static func content(at path: String) throws(Failure) -> Content {
        guard let status = try File.status(at: path) else { return .nothing }
        guard status.isFolder else { return .foreign("is a file") }
        let catalog = catalogPath(in: path)
        if try File.status(at: catalog) != nil {
            // SQLite would wait for what it is to read.
            for path in [catalog, catalog + "-wal", CatalogCheck.checkPath(of: catalog)] {
                guard let status = try File.status(at: path), !status.isRegular else { continue }
                throw Failure(
                    "\(path): \(status.isFolder ? "a folder" : "no regular file"), where dedup had a file; restore it")
            }
            return .output
        }
        // A run that ended before it had a catalog leaves its own folder.
        let foreign = try Folder.entries(of: path).map(\.name).filter { $0 != ".dedup" }
        guard let first = foreign.min() else { return .nothing }
        return .foreign("holds files that dedup did not write (\(first))")
    }

    // MARK: Before a run

    package func make() throws(Failure) {
        try checkLinks()
        for folder in [path, own, temporary, indexFolder] { try Disk.makeFolder(folder) }
    }

    /// Deletes what a run that was cut off left under temporary names, but for what is done of a large shard.
    package func clearTemporary(keeping partial: PartialShard?) throws(Failure) {
        let kept = Set(partial?.files.values.compactMap(\.temporaryName) ?? [])
        let files = try TemporaryNames.files(in: temporary) + TemporaryNames.files(in: temporary, prefix: "scores-")
        for name in files where !kept.contains(name) {
            try Disk.remove(temporary + "/" + name)
        }
    }

    /// Takes back the files of shards that were about to get their names when a run was cut off, before the catalog
    /// forgets about them.
    ///
    /// - Parameter partial: a shard of which a part is done. Files that hold it get their temporary names back. What lies
    ///   beside them under the final names is what the shard was before it grew, and stays until the shard is done again.
    package func takeBack(shards: [String], partial: PartialShard?) throws(Failure) {
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

    /// Looks at the files of shards that are done. A file is trusted while its size and time of modification are what the
    /// catalog noted; any other file is read again, once.
    ///
    /// - Throws: when the output of a shard that is done is gone, or a file made of the shard is not what was written. Rot
    ///   that changes no time is found by `dedup verify`, which reads all bytes.
    package func checkOutputs(_ catalog: Catalog) throws(Failure) {
        let remedy = "restore it, or make the whole output anew with --force"
        var times: [(shard: String, kind: String, modified: Int64)] = []
        for (shard, file) in try catalog.files() {
            guard let kind = OutputFile(rawValue: file.kind) else { continue }
            let path = finalPath(kind, shard)
            guard let status = try File.status(at: path) else {
                if kind == .corpus { throw Failure("\(path): gone since it was written; \(remedy)") }
                continue
            }
            if status.size != file.size {
                throw Failure("\(path): damaged: \(status.size) bytes long, and \(file.size) were written; \(remedy)")
            }
            if status.modified == file.modified { continue }
            guard try File.digest(of: path).description == file.digest else {
                throw Failure("\(path): damaged: its content is not what was written; \(remedy)")
            }
            times.append((shard, file.kind, status.modified))
        }
        try catalog.note(times)
    }

    /// - Throws: when the folder holds a file that is not the output of one of the shards; hidden files are let be.
    package func checkForeignFiles(known: [String]) throws(Failure) {
        let foreign = try foreignFiles(known: Set(known.map(BytewiseName.init)))
        if let first = foreign.min() {
            throw .usage(
                "--out \(path): \(foreign.count) files in it were not written by dedup (\(first)"
                    + (foreign.count > 1 ? ", …" : "") + "); move them away")
        }
    }

    /// The files, by their relative paths, that are neither known nor hidden.
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

    package func temporaryFile() throws(Failure) -> TemporaryFile {
        let number = filesMade.withLock { made in
            made += 1
            return made
        }
        return try TemporaryFile(temporary + "/\(number)")
    }

    /// Goes on with the files of a shard of which a part is done.
    package func files(of partial: PartialShard) throws(Failure) -> [OutputFile: TemporaryFile] {
        var files: [OutputFile: TemporaryFile] = [:]
        for (kind, part) in partial.files {
            guard let name = part.temporaryName, let kind = OutputFile(rawValue: kind) else { continue }
            files[kind] = try TemporaryFile(temporary + "/" + name, part)
            filesMade.withLock { $0 = max($0, Int(name).map { min($0, 1 << 48) } ?? 0) }
        }
        return files
    }

    /// A copy of a shard's file: of the bytes that were read, or it fails.
    package func copy(of shard: Shard, expecting end: ShardEnd) throws(Failure) -> TemporaryFile {
        let target = try temporaryFile()
        try Self.copy(shard, expecting: end, to: target)
        return target
    }

    /// Copies a shard's file: the bytes that were read, or it fails and deletes the copy.
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

    /// A shard whose files are written under temporary names.
    package struct WrittenShard {
        package let record: Catalog.ShardRecord
        package let files: [OutputFile: TemporaryFile]
        /// Of a shard that is copied, the file that holds what an earlier run made durable of it.
        package let superseded: TemporaryFile?

        package init(record: Catalog.ShardRecord, files: [OutputFile: TemporaryFile], superseded: TemporaryFile?) {
            self.record = record
            self.files = files
            self.superseded = superseded
        }
    }

    /// Gives the files of shards their names, for good.
    ///
    /// - Parameter position: where the index stood after the last of them.
    package func commit(
        _ shards: [WrittenShard], _ catalog: Catalog, _ index: DuplicateIndex?, _ position: IndexState.Position
    ) throws(Failure) {
        for shard in shards { for file in shard.files.values { try file.sync() } }
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

    /// Makes what there is of a shard that is not done durable.
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

    /// Writes a file of `.dedup` whole or not at all.
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

    /// - Throws: when another run holds the lock; a usage error when what a run is about to write to is a link.
    package func lock(_ kind: FolderLock.Kind = .exclusive) throws(Failure) -> FolderLock {
        if kind == .exclusive { try checkLinks() }
        return try FolderLock(own + "/lock", kind, of: path)
    }

    /// Where an output that is to replace another one is written: in the same folder, hidden.
    package static func beside(_ path: String) throws(Failure) -> String {
        guard let beside = try replacement(of: path) else {
            throw .usage("\(path): its name is too long for --force, which writes .NAME.dedup-new beside it; rename it")
        }
        return beside
    }

    /// nil where the folder's name leaves no room for the other one's.
    private static func replacement(of path: String) throws(Failure) -> String? {
        guard let real = try File.realPath(path) else { throw .usage("\(path): no such folder") }
        let url = URL(fileURLWithPath: real)
        let name = ".\(url.lastPathComponent).dedup-new"
        return name.utf8.count > (try DerivedNames.longestName(in: real))
            ? nil : url.deletingLastPathComponent().path + "/" + name
    }

    /// Deletes what a replacement left that was killed.
    package static func removeUnfinishedReplacement(of path: String) throws(Failure) {
        guard let beside = try replacement(of: path), case .output = try content(at: beside),
            try OutputFolder(beside).foreignEntry() == nil
        else { return }
        try remove(beside)
    }

    /// Deletes an output, in which `foreignEntry` found nothing. Its catalog goes last: cut off, what is left is still
    /// known for an output.
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

    /// Swaps two folders in one step.
    package static func swap(_ a: String, _ b: String) throws(Failure) {
        guard dedup_swap_paths(a, b) == 0 else {
            throw .system("cannot put the new output in the place of", b)
        }
        try Disk.sync(folder: URL(fileURLWithPath: b).deletingLastPathComponent().path)
    }
}
