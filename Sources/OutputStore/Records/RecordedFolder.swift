package import Basics
package import Corpus
internal import Foundation

/// What a file of JSON says of files that were made of shards: with what, and for each shard what was read and written.
package protocol FolderRecord: Codable, Sendable, Equatable {
    associatedtype Shard: RecordedShard
    static var currentSchema: Int { get }
    /// What there is besides the shards, in words, for messages: "scores".
    static var subject: String { get }
    var schema: Int { get }
    /// By the bytes of their names.
    var shards: [Shard] { get set }
    /// Sums up what it says of the shards.
    mutating func count()
}

/// A shard that was read whole.
package protocol RecordedShard: Codable, Sendable, Equatable {
    var name: String { get }
    /// Size, time of modification (nanoseconds since 1970) and XXH3-128 of the file that was read.
    var size: Int64 { get }
    var modified: Int64 { get set }
    var digest: String { get }
    /// Whether its counts can be; those of a damaged file may be anything.
    var isPossible: Bool { get }
}

extension RecordedShard {
    /// The record of the shard as it lies there now; nil when its content is another.
    package func asRead(from shard: Corpus.Shard) throws(Failure) -> Self? {
        if shard.size == size && shard.modified == modified { return self }
        guard shard.size == size, try File.digest(of: shard.path).description == digest else { return nil }
        var new = self
        new.modified = shard.modified
        return new
    }
}

/// A file that was written whole.
package struct WrittenFile: Codable, Sendable, Equatable {
    package var bytes: Int64
    /// XXH3-128.
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

/// What every record says first.
private struct RecordSchema: Decodable { var schema: Int }

extension FolderRecord {
    /// Reads a record.
    ///
    /// - Parameter remedy: what to do about one that is damaged.
    /// - Throws: when it is none, or one of another schema.
    package init(path: String, remedy: String) throws(Failure) {
        let data = Data(try File.whole(path, remedy: remedy))
        guard let schema = try? JSONDecoder().decode(RecordSchema.self, from: data) else {
            throw Failure("\(path): damaged: no record of \(Self.subject); \(remedy)")
        }
        guard schema.schema == Self.currentSchema else {
            throw Failure(
                "\(path): of schema \(schema.schema), and this version of dedup reads \(Self.currentSchema); use the "
                    + "version that made it, or: \(remedy)")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw Failure("\(path): damaged: \(error.fieldAtFault); \(remedy)")
        }
        var counted = self
        if let shard = shards.first(where: { !ShardName.isPossible($0.name) }) {
            throw Failure("\(path): damaged: no shard can be called \(shard.name); \(remedy)")
        }
        let arePossible = shards.allSatisfy(\.isPossible)
        if arePossible { counted.count() }
        guard arePossible, counted == self else {
            throw Failure("\(path): damaged: the counts cannot be; \(remedy)")
        }
    }

    package func json() throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            throw Failure("the record of \(Self.subject): \(error)")
        }
    }

    /// Puts shards in, in the place of those of their names.
    package mutating func put(_ new: [Shard]) {
        remove(Set(new.map { BytewiseName($0.name) }))
        shards = (shards + new).sorted { $0.name.precedesBytewise($1.name) }
        count()
    }

    package mutating func remove(_ names: Set<BytewiseName>) {
        shards.removeAll { names.contains(BytewiseName($0.name)) }
        count()
    }
}

/// Files that are made of shards, and the record of them. What has its name is whole, and what the record lists is
/// there:
///
/// 1. files under temporary names are synced;
/// 2. of shards that have files already, the record is written without them, synced and renamed;
/// 3. the files are renamed, and their folders synced;
/// 4. the record is written with them, synced and renamed.
package final class RecordedFolder<Record: FolderRecord>: Sendable {
    package let recordPath: String
    /// What to do about a damaged record, for messages.
    private let remedy: String
    /// Where files are written: names that begin with the prefix are this folder's.
    private let temporary: String
    private let prefix: String
    private let filesMade = Locked(0)
    private let root: String
    private let times: WrittenFiles

    /// - Parameter root: the folder that the files and the record lie in.
    package init(root: String, recordPath: String, temporary: String, prefix: String, remedy: String) {
        self.root = root
        self.recordPath = recordPath
        let name = URL(fileURLWithPath: recordPath).deletingPathExtension().lastPathComponent
        times = WrittenFiles(root + "/.dedup/\(name).written", below: root)
        self.temporary = temporary
        self.prefix = prefix
        self.remedy = remedy
    }

    /// What is recorded; nil when nothing was made yet.
    package func record() throws(Failure) -> Record? {
        guard try File.status(at: recordPath) != nil else { return nil }
        return try Record(path: recordPath, remedy: remedy)
    }

    package func make() throws(Failure) {
        try OutputFolder(root).checkLinks()
        for folder in [Disk.folder(of: recordPath), temporary] { try Disk.makeFolder(folder) }
    }

    /// Deletes what was written under temporary names.
    package func clearTemporary() throws(Failure) {
        for name in try TemporaryNames.files(in: temporary, prefix: prefix) { try Disk.remove(temporary + "/" + name) }
    }

    /// Whether a run that was cut off left something under temporary names.
    package func hasTemporary() throws(Failure) -> Bool {
        try !TemporaryNames.files(in: temporary, prefix: prefix).isEmpty
    }

    // MARK: What was written before

    /// Whether a file is there with the content that the record tells of.
    package func isWhole(_ path: String, _ file: WrittenFile) throws(Failure) -> Bool {
        try times.isWhole(path, bytes: file.bytes, digest: file.digest)
    }

    /// Makes the times of files that were read again durable, so that the next run trusts them.
    package func keepTimes() throws(Failure) {
        guard let digest = try recordDigest() else { return }
        try times.write(record: digest, earlier: nil, temporary: temporaryPath())
    }

    /// What is wrong with the record; nil where nothing is, or nothing is known.
    package func damageOfRecord() throws(Failure) -> String? { try times.damage(ofRecord: recordPath) }

    private func recordDigest() throws(Failure) -> String? {
        try File.status(at: recordPath) == nil ? nil : try File.digest(of: recordPath).description
    }

    // MARK: Writing

    /// A file under a name that no reader takes for a finished one's.
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

    /// The files of a shard.
    package struct Finished {
        package let record: Record.Shard
        package let files: [(file: TemporaryFile, target: String)]
        /// What an earlier run made of the shard and this one did not.
        package var obsolete: [String] = []

        package init(record: Record.Shard, files: [(file: TemporaryFile, target: String)], obsolete: [String] = []) {
            self.record = record
            self.files = files
            self.obsolete = obsolete
        }
    }

    /// Gives the files of shards their names, for good.
    ///
    /// - Parameters:
    ///   - record: what was done before; these shards are put into it.
    ///   - written: what the file of the record says.
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

    /// Deletes the files of shards, for good.
    package func remove(_ files: [String]) throws(Failure) {
        var folders: Set<BytewiseName> = []
        for file in files where File.exists(file) {
            try times.forget(file)
            try Disk.remove(file)
            folders.insert(BytewiseName(Disk.folder(of: file)))
        }
        for folder in folders { try Disk.sync(folder: folder.string) }
    }

    /// Writes the record whole or not at all.
    package func write(_ record: Record) throws(Failure) {
        let json = try record.json()
        try times.write(
            record: json.withUnsafeBytes { Hash128($0).description }, earlier: try recordDigest(),
            temporary: temporaryPath())
        let file = try temporaryFile()
        do throws(Failure) {
            // The closure cannot say what it throws.
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

/// The files below a folder, by their relative paths.
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
