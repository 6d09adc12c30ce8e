package import Basics
internal import Corpus
internal import Foundation
package import OutputStore
package import Pipelines

// The files that embedding writes for a shard.
extension DerivedFile {
    package static let vectors = DerivedFile(folder: "", suffix: ".npy", record: "embeddings.json")
    package static let ids = DerivedFile(folder: "", suffix: ".ids.jsonl", record: "embeddings.json")
    static let ofVectors: [DerivedFile] = [.vectors, .ids]
}

/// A folder of vectors: `<shard>.npy` and `<shard>.ids.jsonl` for every shard, and embeddings.json, the record of
/// finished shards. The hidden folder `.dedup` holds a lock, temporary files and the intent.
///
/// `commit` alone decides what is durable, and in which order:
///
/// 1. The temporary files are synced.
/// 2. The intent, a list of the shards that are about to get their files, is written and synced.
/// 3. The files are renamed to their final names, and their folders are synced.
/// 4. The times of the files are stored (see `WrittenFiles`). Then embeddings.json is written under a temporary name,
///    synced and renamed, and its folder is synced.
/// 5. The intent is emptied.
///
/// A run begins by deleting temporary files. Of the shards in the intent, it deletes the files that do not match
/// embeddings.json.
package final class EmbeddingsFolder: Sendable {
    /// The path of the folder.
    package let path: String
    private let own: OutputFolder
    /// The parameter that names the folder, for messages.
    private let parameter: Parameter
    private let times: WrittenFiles

    package init(_ path: String, parameter: Parameter = .out) {
        self.path = path
        self.parameter = parameter
        own = OutputFolder(path)
        times = WrittenFiles(path + "/.dedup/embeddings.written", below: path)
    }

    /// The path of embeddings.json.
    package var recordPath: String { path + "/embeddings.json" }
    private var intentPath: String { path + "/.dedup/intent" }
    func vectorsPath(_ shard: String) -> String { DerivedFile.vectors.path(of: shard, in: path) }
    func idsPath(_ shard: String) -> String { DerivedFile.ids.path(of: shard, in: path) }

    /// Locks the folder. Throws if another run holds the lock.
    package func lock(_ kind: FolderLock.Kind = .exclusive) throws(Failure) -> FolderLock {
        try own.lock(kind)
    }

    // MARK: Before a run

    /// Returns the record; nil if nothing was written yet.
    ///
    /// - Throws: a usage error if the folder holds something other than vectors.
    package func record() throws(Failure) -> EmbeddingsRecord? {
        guard let status = try File.status(at: path) else { return nil }
        guard status.isFolder else { throw .usage("\(parameter(path)) is a file; give a new or empty folder") }
        if try File.status(at: recordPath) != nil {
            return try EmbeddingsRecord(path: recordPath)
        }
        if case .output = try OutputFolder.content(at: path) {
            throw .usage("\(parameter(path)) is an output of dedup run; give a new or empty folder")
        }
        // A first run that was stopped may have left files but no record.
        try checkForeignFiles(known: try intendedShards())
        return nil
    }

    /// Returns the record, for commands that only read the vectors.
    ///
    /// - Throws: a usage error if there are no vectors at the path.
    package func finishedRecord() throws(Failure) -> EmbeddingsRecord {
        guard try File.status(at: path) != nil else { throw .usage("\(path): no such folder") }
        guard try File.status(at: recordPath) != nil else {
            throw .usage("\(path): no folder of embeddings: there is no embeddings.json in it")
        }
        return try EmbeddingsRecord(path: recordPath)
    }

    /// Creates the folders that do not exist yet.
    package func make() throws(Failure) {
        try own.checkLinks()
        for folder in [path, path + "/.dedup", own.temporary] { try Disk.makeFolder(folder) }
    }

    /// Clears up after a run that was stopped: deletes its temporary files, and files that are incomplete or damaged.
    /// Their shards will be embedded again.
    ///
    /// - Parameter skipped: damaged shards, whose vectors are deleted.
    /// - Returns: the record without the shards whose files were deleted.
    package func recover(_ record: EmbeddingsRecord?, without skipped: SkippedShards) throws(Failure)
        -> EmbeddingsRecord?
    {
        let intended = try intendedShards()
        try checkForeignFiles(known: (record?.shards.map(\.name) ?? []) + intended)
        try clearTemporary()
        var lost: [String] = []
        let doubtful = Set(intended.map(BytewiseName.init))
        for shard in record?.shards ?? [] {
            let isTrusted = !doubtful.contains(BytewiseName(shard.name))
            let isSkipped = skipped.contains(shard.name)
            if try isSkipped ? true : !isWhole(shard, trusts: isTrusted) { lost.append(shard.name) }
        }
        let whole = Set((record?.shards ?? []).map { BytewiseName($0.name) }).subtracting(lost.map(BytewiseName.init))
        let unknown = intended.filter { !whole.contains(BytewiseName($0)) }
        var record = record
        if !lost.isEmpty {
            // The intent and the record are written first. If the run is stopped meanwhile, the record lists no file
            // that has been deleted, and the intent lists the files that are still to be deleted.
            try write(intent: lost + unknown)
            record?.remove(Set(lost.map(BytewiseName.init)))
            if let record { try write(record) }
        }
        try remove(lost + unknown)
        if !intended.isEmpty || !lost.isEmpty { try write(intent: []) }
        return record
    }

    func hasRecord() throws(Failure) -> Bool { try File.status(at: recordPath) != nil }

    /// Returns a message about damage to the record; nil if it is undamaged, or if its digest is not known.
    package func damageOfRecord() throws(Failure) -> String? { try times.damage(ofRecord: recordPath) }

    /// Returns the paths of a shard's files, with their recorded sizes and digests.
    package func files(of shard: EmbeddingsRecord.Shard) -> [(path: String, file: WrittenFile)] {
        [(vectorsPath(shard.name), shard.vectors), (idsPath(shard.name), shard.ids)]
    }

    /// Whether a stopped run left temporary files.
    package func hasTemporary() throws(Failure) -> Bool { try !TemporaryNames.files(in: own.temporary).isEmpty }

    /// Deletes all temporary files.
    package func clearTemporary() throws(Failure) { try own.clearTemporary(keeping: nil) }

    /// Whether the files of a shard exist with the recorded content.
    private func isWhole(_ shard: EmbeddingsRecord.Shard, trusts: Bool) throws(Failure) -> Bool {
        for (path, file) in files(of: shard) {
            if try !times.isWhole(path, bytes: file.bytes, digest: file.digest, trusts: trusts) { return false }
        }
        return true
    }

    /// Deletes all vectors in a record, and then the record. The record is deleted last, so that after a crash the next
    /// run knows which files are left.
    package func removeAll(_ record: EmbeddingsRecord) throws(Failure) {
        try write(intent: record.shards.map(\.name))
        try remove(record.shards.map(\.name))
        try Disk.remove(recordPath)
        try Disk.sync(folder: path)
        try write(intent: [])
    }

    /// Deletes the files of shards and syncs their folders.
    private func remove(_ shards: [String]) throws(Failure) {
        var folders: Set<BytewiseName> = []
        for file in shards.flatMap({ [vectorsPath($0), idsPath($0)] }) where File.exists(file) {
            try times.forget(file)
            try Disk.remove(file)
            folders.insert(BytewiseName(Disk.folder(of: file)))
        }
        for folder in folders { try Disk.sync(folder: folder.string) }
    }

    /// Returns the shards in the intent: those that were about to get their files when a run was stopped.
    package func intendedShards() throws(Failure) -> [String] {
        guard try File.status(at: intentPath) != nil else { return [] }
        // Every name ends with a zero byte. If the last name is incomplete, the crash came before the files were
        // renamed.
        return try File.whole(intentPath, remedy: "remove it")
            .split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }.filter(ShardName.isPossible)
    }

    /// - Throws: a usage error if the folder holds a file that does not belong to one of the shards. Hidden files are
    ///   allowed.
    private func checkForeignFiles(known shards: [String]) throws(Failure) {
        var known: Set<BytewiseName> = [BytewiseName("embeddings.json")]
        for shard in shards {
            for file in DerivedFile.ofVectors { known.insert(BytewiseName(file.relativePath(of: shard))) }
        }
        if try File.status(at: path) == nil { return }
        let foreign = try own.foreignFiles(known: known)
        if let first = foreign.min() {
            throw .usage(
                "\(parameter(path)): \(foreign.count) files in it were not written by dedup embed (\(first)"
                    + (foreign.count > 1 ? ", …" : "") + "); move them away, or give another folder")
        }
    }

    // MARK: Writing

    private let filesMade = Locked(0)

    /// Returns a new path for a temporary file.
    func temporaryPath() -> String {
        let number = filesMade.withLock { made in
            made += 1
            return made
        }
        return own.temporary + "/\(number)"
    }

    /// Renames the files of shards to their final names and writes the record; durable when it returns. The steps are
    /// described at the top of this class.
    ///
    /// - Parameter record: the new content of embeddings.json; it includes these shards.
    package func commit(
        _ shards: [(files: ShardFiles, record: EmbeddingsRecord.Shard)], _ record: EmbeddingsRecord
    ) throws(Failure) {
        if !shards.isEmpty {
            for (files, _) in shards { try files.sync() }
            try write(intent: shards.map(\.files.name))
            var folders: Set<BytewiseName> = []
            for (shard, written) in shards {
                let folder = Disk.folder(of: vectorsPath(shard.name))
                if folders.insert(BytewiseName(folder)).inserted { try Disk.makeFolder(folder) }
                try Disk.rename(shard.vectorsPath, vectorsPath(shard.name))
                try Disk.rename(shard.idsPath, idsPath(shard.name))
                for (path, file) in files(of: written) { try times.note(path, digest: file.digest) }
            }
            for folder in folders { try Disk.sync(folder: folder.string) }
        }
        try write(record)
        if !shards.isEmpty { try write(intent: []) }
    }

    private func write(_ record: EmbeddingsRecord) throws(Failure) {
        let json = try record.json()
        let digest = json.withUnsafeBytes { Hash128($0).description }
        try times.write(record: digest, earlier: try recordDigest(), temporary: temporaryPath())
        let temporary = temporaryPath()
        do throws(Failure) {
            let file = try File(temporary, .create)
            try file.write(json, at: 0)
            try file.sync()
            try Disk.rename(temporary, recordPath)
            try Disk.sync(folder: path)
        } catch {
            try? Disk.remove(temporary)
            throw error
        }
    }

    private func recordDigest() throws(Failure) -> String? {
        try File.status(at: recordPath) == nil ? nil : try File.digest(of: recordPath).description
    }

    /// Stores the times of modification of files that were read again, so that the next run does not read them again.
    package func keepTimes() throws(Failure) {
        if let digest = try recordDigest() { try times.write(record: digest, earlier: nil, temporary: temporaryPath()) }
    }

    /// Each name ends with a zero byte, because no path contains one.
    private func write(intent names: [String]) throws(Failure) {
        let isNew = try File.status(at: intentPath) == nil
        let file = try File(intentPath, .create)
        if !names.isEmpty { try file.write(names.flatMap { Array($0.utf8) + [0] }, at: 0) }
        try file.sync()
        if isNew { try Disk.sync(folder: path + "/.dedup") }
    }
}

extension File {
    /// Writes bytes at an offset of the file.
    package func write(_ bytes: [UInt8], at offset: Int64) throws(Failure) {
        var buffer = Buffer<UInt8>(capacity: bytes.count)
        bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
        try write(buffer.bytes, at: offset)
    }
}
