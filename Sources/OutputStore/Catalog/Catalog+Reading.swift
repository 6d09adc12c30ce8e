package import Basics
internal import Foundation
internal import GRDB

// Reading a catalog that must not be changed.
extension Catalog {
    /// Opens the catalog at a path and passes it to `work`. All commands that only read an output use this.
    ///
    /// `work` gets a private copy of the database and its write-ahead log. So nothing is written next to the original,
    /// no write permission is needed there, and a catalog of dedup 0.1.0 is converted to the current format in the
    /// copy.
    ///
    /// - Throws: if the catalog cannot be read, is damaged, or was made by another version of dedup.
    package static func read<Result>(
        _ path: String, _ work: (Catalog) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withCopy(path) { copy throws(Failure) in try work(try Catalog(path: copy)) }
    }

    /// Returns the names of all shards in the catalog at a path, without checking the catalog for damage first. Used
    /// for an output that is about to be deleted.
    package static func namesOfShards(in path: String) throws(Failure) -> [String] {
        try withCopy(path) { copy throws(Failure) in
            try attempt(copy) {
                try DatabaseQueue(path: copy, configuration: configuration).read { db in
                    try Row.fetchAll(db, sql: "SELECT name FROM shard").map { try $0.shardName("name") }
                }
            }
        }
    }

    /// Whether a catalog without a checksum file holds nothing: no shard is done, and none is done in part. This is the
    /// case if the first run was stopped before the catalog was complete.
    ///
    /// - Throws: if another version of dedup made the catalog, because that version may write no checksums.
    static func isUnused(at path: String) throws(Failure) -> Bool {
        // SQLite creates a new database under a rollback journal. While the journal exists, SQLite discards what was
        // written.
        if try File.status(at: path + "-journal") != nil { return true }
        return try withCopy(path) { copy throws(Failure) in
            try attempt(copy) {
                try DatabaseQueue(path: copy, configuration: configuration).read { db in
                    guard try db.tableExists("parameter") else { return true }
                    _ = try format(db, path)
                    return try isUnused(db)
                }
            }
        }
    }

    /// Passes `work` a copy of a catalog, its log and its checksums, in a folder that only the current user can read.
    private static func withCopy<Result>(
        _ path: String, _ work: (_ copy: String) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let folder = try copyToPrivateFolder(path)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let copy = folder + "/" + copyName
        do throws(Failure) {
            return try work(copy)
        } catch {
            // The user never sees the copy, so the message names the original.
            throw Failure(error.message.replacing(copy, with: path), kind: error.kind)
        }
    }

    private static let copyName = "catalog.sqlite"

    /// Copies a catalog to a new temporary folder and returns that folder. The usual temporary folder may be read-only
    /// or full; then other folders are tried.
    private static func copyToPrivateFolder(_ path: String) throws(Failure) -> String {
        let first = FileManager.default.temporaryDirectory.path
        do throws(Failure) {
            return try copyToPrivateFolder(path, in: first)
        } catch {
            if error.kind != .system { throw error }
            for place in ["/tmp", "/var/tmp", "/dev/shm"] where place != first {
                if let folder = try? copyToPrivateFolder(path, in: place) { return folder }
            }
            throw error
        }
    }

    private static func copyToPrivateFolder(_ path: String, in place: String) throws(Failure) -> String {
        let folder = try privateFolder(in: place)
        do throws(Failure) {
            try copyAll(of: path, to: folder + "/" + copyName)
            return folder
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    private static func privateFolder(in place: String) throws(Failure) -> String {
        let pattern = place + "/dedup-XXXXXX"
        var name = Array(pattern.utf8CString)
        guard mkdtemp(&name) != nil else { throw .system("cannot make the temporary folder", pattern) }
        return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Copies the files of a catalog in a consistent state: if a run changes them meanwhile, copying starts again.
    private static func copyAll(of path: String, to copy: String) throws(Failure) {
        try CatalogCheck.checkSizes(of: path)
        let endings = ["", "-wal", ".check"]
        for _ in 1...100 {
            let before = try status(of: path, endings)
            for (ending, status) in zip(endings, before) {
                try Disk.remove(copy + ending)
                if status != nil { try copyFile(path + ending, to: copy + ending) }
            }
            if try status(of: path, endings) == before { return }
            usleep(20_000)
        }
        throw Failure("\(path): a run changes it; try again when it has ended")
    }

    private static func status(of path: String, _ endings: [String]) throws(Failure) -> [File.Status?] {
        var found: [File.Status?] = []
        for ending in endings {
            let status = try File.status(at: path + ending)
            if let status, !status.isRegular { throw Failure("\(path + ending): no regular file; move it away") }
            found.append(status)
        }
        return found
    }

    private static func copyFile(_ path: String, to copy: String) throws(Failure) {
        let source = try File(path, .read)
        let target = try File(copy, .create)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { room.deallocate() }
        while true {
            let count = try source.read(into: room)
            if count == 0 { return }
            try target.write(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}
