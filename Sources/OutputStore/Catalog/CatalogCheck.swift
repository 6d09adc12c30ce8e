package import Basics
internal import Foundation

/// Finds changed bytes in a catalog. The pages of the database file are compared with hashes that are stored in a file
/// next to it; the write-ahead log has SQLite's own checksums.
///
/// The database file must change only at checkpoints. `write` must be called after the checkpoint that moves the whole
/// log into the database and before the one that truncates the log. A crash may come at any point, so a checkpoint may
/// be half done: pages that are also in the log are not compared, because SQLite reads them from the log.
///
/// Both files are read without SQLite. Closing them releases SQLite's locks on them in this process, because POSIX
/// locks belong to the process. So a lock on another file must keep other processes away.
package enum CatalogCheck {
    /// Damage in one file.
    package struct Damage: Sendable, Equatable, CustomStringConvertible {
        /// The path of the damaged file.
        package let path: String
        /// The position in the file, and what is wrong there.
        package let what: String
        /// True if a crash in the middle of the last commit can have the same effect. Then no finished work is lost.
        package let mayBeTorn: Bool

        init(path: String, what: String, mayBeTorn: Bool = false) {
            self.path = path
            self.what = what
            self.mayBeTorn = mayBeTorn
        }

        package var description: String { "\(path): \(what)" }
    }

    /// The path of the file that holds the page hashes.
    package static func checkPath(of catalogPath: String) -> String { catalogPath + ".check" }

    /// Stores the hashes of the database file's present pages, and syncs them to the disk.
    ///
    /// - Throws: if the file is not an SQLite database, or if a file cannot be read or written.
    package static func write(of catalogPath: String) throws(Failure) {
        let hashes = try PageHashes(ofDatabase: catalogPath)
        let path = checkPath(of: catalogPath)
        let file = try File(path + ".tmp", .create)
        try hashes.encoded.withUnsafeBufferPointer { (bytes) throws(Failure) in
            try file.write(UnsafeRawBufferPointer(bytes))
        }
        try file.sync()
        try Disk.rename(file.path, path)
        try Disk.sync(folder: Disk.folder(of: path))
    }

    /// Returns the damage in the database file, its hashes and its log; empty if there is none.
    ///
    /// Three changes are not found: a deleted log, a log that ends exactly after a commit, and changes to pages that
    /// are also in the log.
    ///
    /// - Throws: if a file cannot be read, or if another version of dedup wrote the hashes.
    package static func damage(of catalogPath: String) throws(Failure) -> [Damage] {
        let path = checkPath(of: catalogPath)
        let isThere = try File.status(at: path) != nil
        if let size = try File.status(at: catalogPath + "-wal")?.size, size > largestLog {
            return [
                Damage(
                    path: catalogPath + "-wal", what: "is \(size) bytes long; the limit is \(largestLog) bytes")
            ]
        }
        let hashes = isThere ? try PageHashes(checkAt: path) : nil
        let log = try WriteAheadLog(catalogPath + "-wal", pageSize: hashes?.pageSize)
        guard let hashes else {
            return [Damage(path: path, what: isThere ? "its content differs from what was written" : "missing")]
                + log.damage
        }
        return try damage(ofDatabase: catalogPath, hashes, log) + log.damage
    }

    /// Checks, before the files are copied, that they are not far larger than what a run can have written.
    ///
    /// - Throws: an error that names the file and both sizes.
    static func checkSizes(of catalogPath: String) throws(Failure) {
        let log = try File.status(at: catalogPath + "-wal")?.size ?? 0
        guard log <= largestLog else { throw tooLarge(catalogPath + "-wal", log, most: largestLog) }
        let path = checkPath(of: catalogPath)
        // Without hashes, the right size is unknown. Opening the catalog reports the missing hashes.
        guard try File.status(at: path) != nil, let hashes = try PageHashes(checkAt: path) else { return }
        // A run that is in progress may meanwhile move the content of one or two logs into the database.
        let most = Int64(hashes.pages.count * hashes.pageSize) + 2 * largestLog
        let size = try File.status(at: catalogPath)?.size ?? 0
        guard size <= most else { throw tooLarge(catalogPath, size, most: most) }
    }

    /// The largest possible size of a log, in bytes. A checkpoint follows when the log has a few megabytes, and one
    /// commit holds at most the pending lines of one shard's three files.
    private static let largestLog: Int64 = 256 << 20

    private static func tooLarge(_ path: String, _ size: Int64, most: Int64) -> Failure {
        Failure(
            "\(path): damaged: \(size) bytes long; the limit is \(most) bytes; \(Catalog.remedy)")
    }

    private static func damage(
        ofDatabase path: String, _ hashes: PageHashes, _ log: WriteAheadLog
    ) throws(Failure) -> [Damage] {
        guard try File.status(at: path) != nil else { return [Damage(path: path, what: "missing")] }
        let file = try File(path, .read)
        let size = Int(try file.status().size)
        let pageSize = hashes.pageSize
        let written = hashes.pages.count
        // A checkpoint in progress changes the length of the file to the length after one of the log's commits.
        let least = min(written, log.sizes?.lowerBound ?? written)
        let most = max(written, log.sizes?.upperBound ?? written)
        var found: [Damage] = []
        if size < least * pageSize || size > most * pageSize {
            found.append(Damage(path: path, what: "is \(size) bytes long; \(written * pageSize) were written"))
        }
        let present = min(most, (size + pageSize - 1) / pageSize)
        for index in 0..<present where !log.pages.contains(index + 1) {
            let start = index * pageSize
            let bytes = try file.bytes(at: start, pageSize)
            // When a file grows, pages that are skipped are zero.
            let isSame = index < written ? bytes.hash == hashes.pages[index] : bytes.allSatisfy { $0 == 0 }
            if isSame { continue }
            let place = "page \(index + 1) (bytes \(start)..<\(start + pageSize))"
            found.append(Damage(path: path, what: "\(place) has a wrong checksum"))
        }
        return found
    }
}

/// A hash of each page of a database file.
///
/// File format, all numbers little-endian: the magic bytes `DEDUPCHK` (8), the version (4), the page size (4), the
/// number of pages (8), the hashes (8 each), and a hash of all preceding bytes (8).
private struct PageHashes {
    private static let magic = Array("DEDUPCHK".utf8)
    private static let version: UInt32 = 1
    private static let headerSize = 24

    let pageSize: Int
    let pages: [UInt64]

    init(ofDatabase path: String) throws(Failure) {
        let file = try File(path, .read)
        let size = Int(try file.status().size)
        let header = try file.bytes(at: 0, 18)
        guard header.count == 18, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw Failure("\(path): is not an SQLite database")
        }
        let field = Int(header[16]) << 8 | Int(header[17])
        pageSize = field == 1 ? 65536 : field
        guard pageSize >= 512, pageSize & (pageSize - 1) == 0 else {
            throw Failure("\(path): its header gives \(pageSize) bytes as the size of a page")
        }
        guard size % pageSize == 0 else {
            throw Failure("\(path): its \(size) bytes are not a number of whole pages of \(pageSize) bytes")
        }
        var pages: [UInt64] = []
        for start in stride(from: 0, to: size, by: pageSize) {
            let bytes = try file.bytes(at: start, pageSize)
            guard bytes.count == pageSize else { throw Failure("\(path): became shorter while it was read") }
            pages.append(bytes.hash)
        }
        self.pages = pages
    }

    /// Reads the file that `encoded` was written to; nil if the file is damaged.
    init?(checkAt path: String) throws(Failure) {
        let bytes = try File.whole(path)
        let end = bytes.count - 8
        guard end >= Self.headerSize, bytes.starts(with: Self.magic) else { return nil }
        guard Array(bytes[..<end]).hash == UInt64(littleEndian: bytes.value(at: end)) else { return nil }
        let version = UInt32(littleEndian: bytes.value(at: 8))
        guard version == Self.version else {
            throw Failure("\(path): made by another version of dedup (format \(version))")
        }
        let count = UInt64(littleEndian: bytes.value(at: 16))
        guard count == (end - Self.headerSize) / 8, end % 8 == 0 else { return nil }
        pageSize = Int(UInt32(littleEndian: bytes.value(at: 12)))
        guard (512...65536).contains(pageSize) else { return nil }
        pages = stride(from: Self.headerSize, to: end, by: 8).map { UInt64(littleEndian: bytes.value(at: $0)) }
    }

    var encoded: [UInt8] {
        var bytes = Self.magic
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.version)
        append(UInt32(pageSize))
        append(UInt64(pages.count))
        for page in pages { append(page) }
        append(bytes.hash)
        return bytes
    }
}
