package import Basics
package import Corpus
internal import Foundation

/// A JSON file that lists the files that a command made from the shards of a corpus, with the parameters of the
/// command. For each shard it says which file was read and which files were written.
package protocol FolderRecord: Codable, Sendable, Equatable {
    associatedtype Shard: RecordedShard
    /// The schema that this version of dedup writes.
    static var currentSchema: Int { get }
    /// The recorded data as messages call it, for example "scores".
    static var subject: String { get }
    var schema: Int { get }
    /// Sorted by the bytes of their names.
    var shards: [Shard] { get set }
    /// Computes the totals over all shards.
    mutating func count()
}

/// A shard in a `FolderRecord`; it was read to its end.
package protocol RecordedShard: Codable, Sendable, Equatable {
    var name: String { get }
    /// Size in bytes of the file that was read.
    var size: Int64 { get }
    /// Its time of modification in nanoseconds since 1970.
    var modified: Int64 { get set }
    /// Its XXH3-128, in hexadecimal.
    var digest: String { get }
    /// Whether its counts are possible values. The counts in a damaged record may be anything.
    var isPossible: Bool { get }
}

extension RecordedShard {
    /// Compares this record with the shard's file as it is now. Returns nil if the content has changed; otherwise the
    /// record, with the file's present time of modification. The file is read only if its size is the same but its time
    /// of modification has changed.
    package func ifUnchanged(from shard: Corpus.Shard) throws(Failure) -> Self? {
        if shard.size == size && shard.modified == modified { return self }
        guard shard.size == size, try File.digest(of: shard.path).description == digest else { return nil }
        var new = self
        new.modified = shard.modified
        return new
    }
}

/// Size and digest of a file that was written to its end.
package struct WrittenFile: Codable, Sendable, Equatable {
    /// The size of the file.
    package var bytes: Int64
    /// XXH3-128, in hexadecimal.
    package var digest: String

    package init(bytes: Int64, digest: String) {
        self.bytes = bytes
        self.digest = digest
    }

    package init(_ file: TemporaryFile) {
        bytes = file.size
        digest = file.digest
    }
}

/// The field that records of all schemas have.
private struct RecordSchema: Decodable { var schema: Int }

extension FolderRecord {
    /// Reads a record and checks its counts.
    ///
    /// - Parameter remedy: the advice at the end of messages about a damaged record.
    /// - Throws: if the file is not such a record, is damaged, or has another schema.
    package init(path: String, remedy: String) throws(Failure) {
        let data = Data(try File.whole(path, remedy: remedy))
        guard let schema = try? JSONDecoder().decode(RecordSchema.self, from: data) else {
            throw Failure("\(path): damaged: it is not a record of \(Self.subject); \(remedy)")
        }
        guard schema.schema == Self.currentSchema else {
            throw Failure(
                "\(path): has schema \(schema.schema); this version of dedup reads schema \(Self.currentSchema). Use "
                    + "the version that wrote it, or \(remedy)")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw Failure("\(path): damaged: \(error.fieldAtFault); \(remedy)")
        }
        var counted = self
        if let shard = shards.first(where: { !ShardName.isPossible($0.name) }) {
            throw Failure("\(path): damaged: no shard can have the name \(shard.name); \(remedy)")
        }
        let arePossible = shards.allSatisfy(\.isPossible)
        if arePossible { counted.count() }
        guard arePossible, counted == self else {
            throw Failure("\(path): damaged: the counts cannot be; \(remedy)")
        }
    }

    /// Encodes the record. The same content always gives the same bytes.
    package func json() throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            throw Failure("the record of \(Self.subject): \(error)")
        }
    }

    /// Adds shards. A shard of the same name is replaced.
    package mutating func put(_ new: [Shard]) {
        remove(Set(new.map { BytewiseName($0.name) }))
        shards = (shards + new).sorted { $0.name.precedesBytewise($1.name) }
        count()
    }

    /// Removes the shards of these names.
    package mutating func remove(_ names: Set<BytewiseName>) {
        shards.removeAll { names.contains(BytewiseName($0.name)) }
        count()
    }
}

/// A folder with files that a command made from shards, and the record of these files. At any time, a file with its
/// final name is complete, and every file in the record exists:
///
/// 1. Files are written under temporary names and synced.
/// 2. If some of the shards have files already, the record is written without these shards, synced and renamed.
/// 3. The files are renamed, and their folders are synced.
/// 4. The record is written with the shards, synced and renamed.
package final class RecordedFolder<Record: FolderRecord>: Sendable {
    /// The path of the record.
    package let recordPath: String
    /// The advice at the end of messages about a damaged record.
    private let remedy: String
    /// The folder of temporary files. The names of this command's files there begin with `prefix`.
    private let temporary: String
    private let prefix: String
    private let filesMade = Locked(0)
    private let root: String
    private let times: WrittenFiles

    /// - Parameter root: the folder that holds the files and the record.
    package init(root: String, recordPath: String, temporary: String, prefix: String, remedy: String) {
        self.root = root
        self.recordPath = recordPath
        let name = URL(fileURLWithPath: recordPath).deletingPathExtension().lastPathComponent
        times = WrittenFiles(root + "/.dedup/\(name).written", below: root)
        self.temporary = temporary
        self.prefix = prefix
        self.remedy = remedy
    }

    /// Reads the record; nil if nothing was written yet.
    package func record() throws(Failure) -> Record? {
        guard try File.status(at: recordPath) != nil else { return nil }
        return try Record(path: recordPath, remedy: remedy)
    }

    /// Creates the folder of the record and the folder of temporary files, if they do not exist yet.
    ///
    /// - Throws: a usage error if `.dedup`, or something in it that a run changes, is a symbolic link.
    package func make() throws(Failure) {
        try OutputFolder(root).checkLinks()
        for folder in [Disk.folder(of: recordPath), temporary] { try Disk.makeFolder(folder) }
    }

    /// Deletes the temporary files of a stopped run.
    package func clearTemporary() throws(Failure) {
        for name in try TemporaryNames.files(in: temporary, prefix: prefix) { try Disk.remove(temporary + "/" + name) }
    }

    /// Whether a stopped run left temporary files.
    package func hasTemporary() throws(Failure) -> Bool {
        try !TemporaryNames.files(in: temporary, prefix: prefix).isEmpty
    }

    // MARK: Checking existing files

    /// Whether a file exists and has the recorded content.
    package func isWhole(_ path: String, _ file: WrittenFile) throws(Failure) -> Bool {
        try times.isWhole(path, bytes: file.bytes, digest: file.digest)
    }

    /// Stores the times of modification of files that were read again, so that the next run does not read them again.
    package func keepTimes() throws(Failure) {
        guard let digest = try recordDigest() else { return }
        try times.write(record: digest, earlier: nil, temporary: temporaryPath())
    }

    /// Returns a message about damage to the record; nil if it is undamaged, or if its digest is not known.
    package func damageOfRecord() throws(Failure) -> String? { try times.damage(ofRecord: recordPath) }

    private func recordDigest() throws(Failure) -> String? {
        try File.status(at: recordPath) == nil ? nil : try File.digest(of: recordPath).description
    }

    // MARK: Writing

    /// Creates a file with a new temporary name.
    package func temporaryFile() throws(Failure) -> TemporaryFile {
        try TemporaryFile(temporaryPath())
    }

    private func temporaryPath() -> String {
        let number = filesMade.withLock { made in
            made += 1
            return made
        }
        return temporary + "/\(prefix)\(number)"
    }

    /// A shard whose files are complete, under temporary names.
    package struct Finished {
        /// The shard's entry for the record.
        package let record: Record.Shard
        /// The files under their temporary names, with their final paths.
        package let files: [(file: TemporaryFile, target: String)]
        /// The final paths of files that an earlier run wrote for the shard and that this run does not write. `commit`
        /// deletes them.
        package var obsolete: [String] = []

        package init(record: Record.Shard, files: [(file: TemporaryFile, target: String)], obsolete: [String] = []) {
            self.record = record
            self.files = files
            self.obsolete = obsolete
        }
    }

    /// Renames the files of shards to their final names and records the shards; durable when it returns.
    ///
    /// - Parameters:
    ///   - record: the record to which these shards are added.
    ///   - written: the record as it is on the disk; it is set to the new record.
    package func commit(_ shards: [Finished], _ record: inout Record, written: inout Record?) throws(Failure) {
        for shard in shards { for (file, _) in shard.files { try file.sync() } }
        let names = Set(shards.map { BytewiseName($0.record.name) })
        if var before = written, before.shards.contains(where: { names.contains(BytewiseName($0.name)) }) {
            before.remove(names)
            try write(before)
        }
        var folders: Set<BytewiseName> = []
        for shard in shards {
            for (file, target) in shard.files {
                let folder = Disk.folder(of: target)
                if folders.insert(BytewiseName(folder)).inserted { try Disk.makeFolder(folder) }
                try Disk.rename(file.path, target)
                try times.note(target, digest: file.digest)
            }
            for path in shard.obsolete where File.exists(path) {
                try times.forget(path)
                try Disk.remove(path)
                folders.insert(BytewiseName(Disk.folder(of: path)))
            }
        }
        for folder in folders { try Disk.sync(folder: folder.string) }
        record.put(shards.map(\.record))
        try write(record)
        written = record
    }

    /// Deletes files and syncs their folders. The caller has removed their shards from the record before.
    package func remove(_ files: [String]) throws(Failure) {
        var folders: Set<BytewiseName> = []
        for file in files where File.exists(file) {
            try times.forget(file)
            try Disk.remove(file)
            folders.insert(BytewiseName(Disk.folder(of: file)))
        }
        for folder in folders { try Disk.sync(folder: folder.string) }
    }

    /// Writes the record atomically.
    package func write(_ record: Record) throws(Failure) {
        let json = try record.json()
        try times.write(
            record: json.withUnsafeBytes { Hash128($0).description }, earlier: try recordDigest(),
            temporary: temporaryPath())
        let file = try temporaryFile()
        do throws(Failure) {
            // withUnsafeBytes does not pass on a typed error.
            try json.withUnsafeBytes { bytes in Result { () throws(Failure) in try file.write(bytes) } }.get()
            try file.sync()
            try Disk.rename(file.path, recordPath)
            try Disk.sync(folder: Disk.folder(of: recordPath))
        } catch {
            try? Disk.remove(file.path)
            throw error
        }
    }
}

/// Returns the relative paths of all files below a folder.
package func filesBelow(_ root: String) throws(Failure) -> [String] {
    guard try File.status(at: root) != nil else { return [] }
    var folders = [""]
    var files: [String] = []
    while let folder = folders.popLast() {
        for entry in try Folder.entries(of: root + "/" + folder) {
            if entry.kind == .folder {
                folders.append(folder + entry.name + "/")
            } else {
                files.append(folder + entry.name)
            }
        }
    }
    return files
}
