import Foundation
import GRDB
import TestSupport

@testable import DuplicateIndex
@testable import OutputStore

/// Returns a settled database with a log of several commits, each of one to many frames.
func filesWithLog(_ folder: TemporaryFolder) throws -> CatalogFiles {
    let database = try TestDatabase(folder, pageSize: 512)
    try database.insert(0..<150)
    try database.settle()
    try database.insert(150..<152)
    try database.insert(152..<200)
    try database.execute("UPDATE item SET text = 'changed' WHERE number = 3")
    try database.execute("DELETE FROM item WHERE number BETWEEN 20 AND 40")
    try database.insert(200..<230)
    try database.insert(230..<260)
    return try database.files()
}

/// The contents of the files of a catalog.
struct CatalogFiles: Equatable {
    var database: [UInt8]
    var check: [UInt8]
    var log: [UInt8]

    init(at path: String) throws {
        func read(_ path: String) throws -> [UInt8] {
            FileManager.default.fileExists(atPath: path) ? try Array(Data(contentsOf: URL(fileURLWithPath: path))) : []
        }
        database = try read(path)
        check = try read(path + ".check")
        log = try read(path + "-wal")
    }

    /// - Parameter old: the content of the existing files.
    func write(to path: String, over old: CatalogFiles? = nil) throws {
        for (part, suffix) in [
            (\CatalogFiles.database, ""), (\CatalogFiles.check, ".check"), (\CatalogFiles.log, "-wal"),
        ] {
            let name = path + suffix
            let bytes = self[keyPath: part]
            if bytes == old?[keyPath: part] && FileManager.default.fileExists(atPath: name) { continue }
            try Data(bytes).write(to: URL(fileURLWithPath: name))
        }
    }
}

/// A catalog with an open connection, as during a run.
final class TestDatabase {
    let path: String
    private let queue: DatabaseQueue

    init(_ folder: TemporaryFolder, pageSize: Int) throws {
        path = folder.path + "/catalog.sqlite"
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.prepareDatabase {
            try $0.execute(
                sql: """
                    PRAGMA page_size = \(pageSize);
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA wal_autocheckpoint = 0;
                    """)
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        // Opening sets it to NORMAL.
        try execute("PRAGMA synchronous = FULL")
        try execute("CREATE TABLE IF NOT EXISTS item (number INTEGER PRIMARY KEY, name TEXT UNIQUE, text TEXT)")
    }

    func execute(_ sql: String) throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func insert(_ numbers: Range<Int>, isRolledBack: Bool = false) throws {
        try queue.writeWithoutTransaction { db in
            try db.inTransaction {
                for number in numbers {
                    try db.execute(
                        sql: "INSERT INTO item VALUES (?, ?, ?)",
                        arguments: [number, "shard-\(number).jsonl", String(repeating: "text ", count: number % 50)])
                }
                return isRolledBack ? .rollback : .commit
            }
        }
    }

    func rowCount() throws -> Int? { try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM item") } }

    func settle() throws {
        try execute("PRAGMA wal_checkpoint(FULL)")
        try CatalogCheck.write(of: path)
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    func files() throws -> CatalogFiles { try CatalogFiles(at: path) }
}

/// A copy of a catalog's files without an open connection.
final class CopiedFiles {
    private let folder: TemporaryFolder
    private let original: CatalogFiles
    private(set) var files: CatalogFiles
    var path: String { folder.path + "/catalog.sqlite" }

    init(_ files: CatalogFiles) throws {
        folder = try TemporaryFolder()
        original = files
        self.files = files
        try files.write(to: path)
    }

    func write(_ files: CatalogFiles) throws {
        try files.write(to: path, over: self.files)
        self.files = files
    }

    /// Restores the files, and flips one bit.
    func flip(_ file: WritableKeyPath<CatalogFiles, [UInt8]>, _ at: Int, bit: Int) throws {
        var flipped = original
        flipped[keyPath: file][at] ^= 1 << UInt8(bit)
        try write(flipped)
    }

    func damage() throws -> [CatalogCheck.Damage] { try CatalogCheck.damage(of: path) }

    /// The number of rows that SQLite finds in the copied files.
    func rowCount() throws -> Int? {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM item") }
    }
}

/// The layout of an undamaged log.
struct LogLayout {
    let frameSize: Int
    /// The number of frames, without those that remain from an older log.
    let frameCount: Int
    /// The frames of each commit.
    let commits: [Range<Int>]
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let frameSize = 24 + Int(bigEndian(bytes, 8))
        func start(_ frame: Int) -> Int { 32 + frame * frameSize }
        var count = 0
        var commits: [Range<Int>] = []
        while start(count + 1) <= bytes.count, bytes[start(count) + 8..<start(count) + 16] == bytes[16..<24][...] {
            count += 1
            if bigEndian(bytes, start(count - 1) + 4) > 0 {
                commits.append((commits.last?.upperBound ?? 0)..<count)
            }
        }
        self.frameSize = frameSize
        frameCount = count
        self.commits = commits
    }

    func isCommit(_ frame: Int) -> Bool { bigEndian(bytes, 32 + frame * frameSize + 4) > 0 }

    /// The final content of each page, by its number.
    var newestPages: [Int: [UInt8]] {
        var pages: [Int: [UInt8]] = [:]
        for frame in 0..<frameCount {
            let start = 32 + frame * frameSize
            pages[Int(bigEndian(bytes, start))] = Array(bytes[start + 24..<start + frameSize])
        }
        return pages
    }
}

func bigEndian(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
}

/// Returns a log as a big-endian machine writes it.
func withBigEndianChecksums(_ log: [UInt8]) -> [UInt8] {
    var log = log
    var sum: (UInt32, UInt32) = (0, 0)
    func add(_ range: Range<Int>) {
        for at in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
            sum.0 &+= bigEndian(log, at) &+ sum.1
            sum.1 &+= bigEndian(log, at + 4) &+ sum.0
        }
    }
    func store(_ at: Int) {
        for (place, half) in [(at, sum.0), (at + 4, sum.1)] {
            for byte in 0..<4 { log[place + byte] = UInt8(truncatingIfNeeded: half >> UInt32(24 - 8 * byte)) }
        }
    }
    log[3] = 0x83
    add(0..<24)
    store(24)
    let layout = LogLayout(log)
    for frame in 0..<layout.frameCount {
        let start = 32 + frame * layout.frameSize
        add(start..<start + 8)
        add(start + 24..<start + layout.frameSize)
        store(start + 16)
    }
    return log
}
