import Basics
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DuplicateIndex

struct CatalogCheckTests {
    // MARK: A database at rest

    @Test(arguments: [512, 4096, 65536])
    func aFlippedBitInTheDatabaseIsFound(pageSize: Int) throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: pageSize)
        try database.insert(0..<400)
        try database.settle()
        let files = try database.files()
        let copy = try CopiedFiles(files)
        #expect(try copy.damage().isEmpty)
        #expect(files.log.isEmpty && files.database.count > 2 * pageSize)
        var random = SeededGenerator(seed: 1)
        for page in 0..<files.database.count / pageSize {
            var places = [0, 1, pageSize / 2, pageSize - 1]
            for _ in 0..<8 { places.append(Int.random(in: 0..<pageSize, using: &random)) }
            // The header of the file.
            if page == 0 { places += 0..<100 }
            for place in places {
                let at = page * pageSize + place
                try copy.flip(\.database, at, bit: Int.random(in: 0..<8, using: &random))
                let found = try copy.damage()
                let bytes = "\(page * pageSize)..<\((page + 1) * pageSize)"
                #expect(
                    found == [
                        CatalogCheck.Damage(
                            path: copy.path, what: "page \(page + 1) (bytes \(bytes)) is not what was written")
                    ])
            }
        }
    }

    @Test func aFlippedBitInTheCheckIsFound() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 512)
        try database.insert(0..<100)
        try database.settle()
        let files = try database.files()
        let copy = try CopiedFiles(files)
        let expected = CatalogCheck.Damage(
            path: CatalogCheck.checkPath(of: copy.path), what: "is not what was written")
        for at in files.check.indices {
            try copy.flip(\.check, at, bit: at % 8)
            #expect(try copy.damage() == [expected])
        }
        for length in files.check.indices {
            var cut = files
            cut.check.removeLast(files.check.count - length)
            try copy.write(cut)
            #expect(try copy.damage() == [expected])
        }
        var longer = files
        longer.check.append(0)
        try copy.write(longer)
        #expect(try copy.damage() == [expected])
    }

    @Test func whatIsMissingOrOfAnotherLengthIsFound() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 1024)
        try database.insert(0..<100)
        try database.settle()
        let files = try database.files()
        let copy = try CopiedFiles(files)
        for length in [0, 1, 1024, files.database.count - 1024, files.database.count - 1] {
            var cut = files
            cut.database.removeLast(files.database.count - length)
            try copy.write(cut)
            let found = try copy.damage()
            let what = "is \(length) bytes long; \(files.database.count) were written"
            let lastPage = "page \(files.database.count / 1024) "
            #expect(found.contains { $0.what == what || length % 1024 > 0 && $0.what.hasPrefix(lastPage) })
            #expect(found.allSatisfy { $0.path == copy.path && !$0.mayBeTorn })
        }
        for more in [1, 1024, 5000] {
            var longer = files
            longer.database += [UInt8](repeating: 0, count: more)
            try copy.write(longer)
            #expect(try copy.damage().map(\.path) == [copy.path])
        }
        try copy.write(files)
        let check = CatalogCheck.checkPath(of: copy.path)
        try FileManager.default.removeItem(atPath: check)
        #expect(try copy.damage() == [CatalogCheck.Damage(path: check, what: "missing")])
        try copy.write(files)
        try FileManager.default.removeItem(atPath: copy.path)
        #expect(try copy.damage() == [CatalogCheck.Damage(path: copy.path, what: "missing")])
        try copy.write(files)
        try FileManager.default.removeItem(atPath: copy.path + "-wal")
        #expect(try copy.damage().isEmpty)
    }

    @Test func writingLeavesNothingElse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let database = try TestDatabase(folder, pageSize: 4096)
        // What a crash left.
        try Data("cut off".utf8).write(to: URL(fileURLWithPath: path + ".check.tmp"))
        for round in 0..<3 {
            try database.insert(round * 100..<(round + 1) * 100)
            try database.settle()
            #expect(try CatalogCheck.damage(of: path).isEmpty)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite.check"])
    }

    @Test(arguments: ["", "no database", "SQLite format 3\0", "SQLite format 3\0\u{3}\u{4}0123456789"])
    func whatIsNoDatabaseIsAFailure(content: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        #expect(throws: Failure.self) { try CatalogCheck.write(of: path) }
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: Failure.self) { try CatalogCheck.write(of: path) }
        #expect(error?.message.contains(path) == true)
        #expect(try File.status(at: CatalogCheck.checkPath(of: path)) == nil)
    }

    // MARK: The log

    /// Several commits of one to many frames behind a settled database.
    private func filesWithLog(pageSize: Int = 512, _ folder: TemporaryFolder) throws -> Files {
        let database = try TestDatabase(folder, pageSize: pageSize)
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

    @Test(arguments: [false, true])
    func aFlippedBitInTheLogIsFound(isBigEndian: Bool) throws {
        let folder = try TemporaryFolder()
        var files = try filesWithLog(folder)
        if isBigEndian {
            files.log = withBigEndianChecksums(files.log)
            // SQLite takes it for what it was.
            #expect(try CopiedFiles(files).rowCount() == 239)
        }
        let copy = try CopiedFiles(files)
        #expect(try copy.damage().isEmpty)
        let log = LogLayout(files.log)
        #expect(log.commits.count == 6 && log.commits.contains { $0.count > 3 })
        let logPath = copy.path + "-wal"

        for at in 0..<32 {
            try copy.flip(\.log, at, bit: at % 8)
            let found = try copy.damage()
            #expect(found.map(\.path) == [logPath] && found.allSatisfy { !$0.mayBeTorn })
        }
        var random = SeededGenerator(seed: 2)
        for frame in 0..<log.frameCount {
            let isInLastCommit = log.commits.last!.contains(frame)
            for place in Array(0..<24) + (0..<3).map({ _ in Int.random(in: 24..<log.frameSize, using: &random) }) {
                let at = 32 + frame * log.frameSize + place
                try copy.flip(\.log, at, bit: Int.random(in: 0..<8, using: &random))
                let found = try copy.damage()
                #expect(found.count == 1 && found[0].path == logPath)
                #expect(found[0].what.hasPrefix("frame \(frame + 1) (bytes \(32 + frame * log.frameSize)..<"))
                // A commit that no longer looks like one cannot be told from the last one's first frames.
                let looksOpen = log.isCommit(frame) && !LogLayout(copy.files.log).isCommit(frame)
                #expect(!found[0].mayBeTorn || isInLastCommit || looksOpen)
                if isInLastCommit && place >= 24 {
                    #expect(found[0].mayBeTorn)
                    #expect(found[0].what.hasSuffix("is damaged or was cut off while it was written"))
                }
            }
        }
    }

    @Test func aCutLogIsAtMostTorn() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let copy = try CopiedFiles(files)
        let ends = Set(log.commits.map { 32 + $0.upperBound * log.frameSize } + [0, 32])
        var lengths = Array(0...33)
        for frame in 0..<log.frameCount {
            let start = 32 + frame * log.frameSize
            lengths += [start, start + 1, start + 15, start + 16, start + 23, start + 24, start + 300]
        }
        for length in lengths + [files.log.count] {
            var cut = files
            cut.log.removeLast(files.log.count - length)
            try copy.write(cut)
            let found = try copy.damage()
            #expect(found.isEmpty == ends.contains(length))
            #expect(found.allSatisfy { $0.mayBeTorn && $0.path == copy.path + "-wal" })
            // What a file system makes longer before it writes is zeros.
            cut.log += [UInt8](repeating: 0, count: files.log.count - length)
            try copy.write(cut)
            let zeros = try copy.damage()
            #expect(zeros.allSatisfy { $0.mayBeTorn } || length < 32)
        }
    }

    /// The frames of one commit may get to the disk in any order.
    @Test func aTornCommitIsNoDamageForCertain() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let last = try #require(log.commits.last)
        #expect(last.count > 3)
        let copy = try CopiedFiles(files)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            var torn = files
            for frame in last where random.chance(0.4) {
                let start = 32 + frame * log.frameSize
                let from = random.chance(0.5) ? start : start + Int.random(in: 24..<log.frameSize, using: &random)
                for at in from..<start + log.frameSize { torn.log[at] = 0 }
            }
            try copy.write(torn)
            let found = try copy.damage()
            #expect(found.isEmpty == (torn.log == files.log))
            #expect(found.allSatisfy { $0.mayBeTorn })
        }
        // The same in a commit before the last is damage.
        for frame in log.commits[log.commits.count - 3] {
            var damaged = files
            let start = 32 + frame * log.frameSize
            for at in start + 24..<start + log.frameSize { damaged.log[at] ^= 0xFF }
            try copy.write(damaged)
            #expect(try copy.damage().map(\.mayBeTorn) == [false])
        }
    }

    /// What a crash left of a commit stays in the file until it is written over.
    @Test func aCommitOverATornOneIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let last = try #require(log.commits.last)
        for torn in last {
            var crashed = files
            crashed.log[32 + torn * log.frameSize + 100] ^= 1
            let other = try TemporaryFolder()
            try crashed.write(to: other.path + "/catalog.sqlite")
            let database = try TestDatabase(other, pageSize: 512)
            #expect(try database.rowCount() == 209)
            try database.execute("UPDATE item SET text = 'after the crash' WHERE number = 5")
            let copy = try CopiedFiles(database.files())
            #expect(LogLayout(copy.files.log).frameCount == log.frameCount)
            let found = try copy.damage()
            #expect(found.allSatisfy { $0.mayBeTorn })
            // Damage in front of it is damage.
            for frame in 0..<last.lowerBound {
                try copy.flip(\.log, 32 + frame * log.frameSize + 200, bit: 3)
                #expect(try copy.damage().contains { !$0.mayBeTorn && $0.what.hasPrefix("frame \(frame + 1) ") })
            }
        }
    }

    /// A transaction that is larger than the cache writes frames before it is committed.
    @Test func whatWasRolledBackIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 512)
        try database.settle()
        try database.execute("PRAGMA cache_size = 5")
        try database.insert(0..<20)
        try database.insert(20..<300, isRolledBack: true)
        let size = try database.files().log.count
        #expect(try CopiedFiles(database.files()).damage().allSatisfy { $0.mayBeTorn })
        try database.insert(20..<25)
        try database.insert(25..<30)
        let files = try database.files()
        #expect(files.log.count == size)
        #expect(try CopiedFiles(files).damage().allSatisfy { $0.mayBeTorn })
        try database.settle()
        #expect(try CopiedFiles(database.files()).damage().isEmpty)
    }

    @Test func whatAnOlderLogLeftIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 512)
        try database.insert(0..<200)
        try database.execute("PRAGMA wal_checkpoint(RESTART)")
        try CatalogCheck.write(of: database.path)
        #expect(try CopiedFiles(database.files()).damage().isEmpty)
        try database.insert(200..<210)
        try database.insert(210..<220)
        let files = try database.files()
        let copy = try CopiedFiles(files)
        let log = LogLayout(files.log)
        #expect(log.frameCount < (files.log.count - 32) / log.frameSize)
        #expect(try copy.damage().isEmpty)
        for frame in 0..<log.frameCount {
            for place in [0, 5, 9, 13, 17, 21, 100] {
                try copy.flip(\.log, 32 + frame * log.frameSize + place, bit: 2)
                let found = try copy.damage()
                #expect(found.count == 1 && found[0].what.hasPrefix("frame \(frame + 1) "))
                #expect(found[0].mayBeTorn ? log.commits.last!.contains(frame) : true)
            }
        }
    }

    // MARK: A checkpoint under way

    @Test func aCheckpointUnderWayIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let newest = log.newestPages
        #expect(newest.keys.contains { $0 * 512 > files.database.count })
        let copy = try CopiedFiles(files)
        var underWay = files
        // In the order of a checkpoint.
        for (page, bytes) in newest.sorted(by: { $0.key < $1.key }) {
            for length in [200, 512] {
                let start = (page - 1) * 512
                let missing = start + length - underWay.database.count
                if missing > 0 { underWay.database += [UInt8](repeating: 0, count: missing) }
                underWay.database.replaceSubrange(start..<start + length, with: bytes[..<length])
                try copy.write(underWay)
                #expect(try copy.damage().isEmpty)
            }
        }
        // Every other page is still compared, and so is the log.
        let others = (1...files.database.count / 512).filter { newest[$0] == nil }
        #expect(others.count > 2)
        for page in others {
            try copy.flip(\.database, page * 512 - 7, bit: 5)
            let found = try copy.damage()
            #expect(found.count == 1 && found[0].path == copy.path && found[0].what.hasPrefix("page \(page) "))
        }
        for place in [17, 40, 32 + log.frameSize * 2 + 30] {
            try copy.flip(\.log, place, bit: 1)
            let found = try copy.damage()
            #expect(found.map(\.path) == [copy.path + "-wal"] && found.allSatisfy { !$0.mayBeTorn })
        }
    }

    /// Each step of settling, as a crash may leave it, of a log that makes the database longer or shorter.
    @Test(arguments: [false, true])
    func eachStepOfSettlingIsClean(isShrinking: Bool) throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 1024)
        try database.insert(0..<300)
        try database.settle()
        let before = try database.files()
        if isShrinking {
            try database.execute("DELETE FROM item WHERE number > 30")
            try database.execute("VACUUM")
        } else {
            try database.insert(300..<500)
        }
        #expect(try CopiedFiles(database.files()).damage().isEmpty)
        try database.execute("PRAGMA wal_checkpoint(FULL)")
        let copied = try database.files()
        #expect((copied.database.count < before.database.count) == isShrinking)
        #expect(copied.database.count != before.database.count && !copied.log.isEmpty)
        #expect(copied.check == before.check)
        #expect(try CopiedFiles(copied).damage().isEmpty)
        try CatalogCheck.write(of: database.path)
        let checked = try database.files()
        #expect(checked.check != before.check && checked.log == copied.log)
        #expect(try CopiedFiles(checked).damage().isEmpty)
        // The log may be taken up again where a crash came before it was cut.
        let other = try TemporaryFolder()
        try checked.write(to: other.path + "/catalog.sqlite")
        let reopened = try TestDatabase(other, pageSize: 1024)
        try reopened.insert(1000..<1010)
        #expect(try CopiedFiles(reopened.files()).damage().isEmpty)
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let settled = try database.files()
        #expect(settled.log.isEmpty)
        #expect(try CopiedFiles(settled).damage().isEmpty)
        // A log that was written to an older state of the database is the wrong one.
        var mixed = settled
        mixed.check = before.check
        #expect(try !CopiedFiles(mixed).damage().isEmpty)
    }
}

// MARK: - Support

/// The contents of a catalog's files.
private struct Files: Equatable {
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

    /// - Parameter old: what is there already.
    func write(to path: String, over old: Files? = nil) throws {
        for (part, suffix) in [(\Files.database, ""), (\Files.check, ".check"), (\Files.log, "-wal")] {
            let name = path + suffix
            let bytes = self[keyPath: part]
            if bytes == old?[keyPath: part] && FileManager.default.fileExists(atPath: name) { continue }
            try Data(bytes).write(to: URL(fileURLWithPath: name))
        }
    }
}

/// A catalog whose connection is open, as a run has it.
private final class TestDatabase {
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

    func files() throws -> Files { try Files(at: path) }
}

/// Files of a catalog that nothing has open.
private final class CopiedFiles {
    private let folder: TemporaryFolder
    private let original: Files
    private(set) var files: Files
    var path: String { folder.path + "/catalog.sqlite" }

    init(_ files: Files) throws {
        folder = try TemporaryFolder()
        original = files
        self.files = files
        try files.write(to: path)
    }

    func write(_ files: Files) throws {
        try files.write(to: path, over: self.files)
        self.files = files
    }

    /// Puts the files back, but for one bit.
    func flip(_ file: WritableKeyPath<Files, [UInt8]>, _ at: Int, bit: Int) throws {
        var flipped = original
        flipped[keyPath: file][at] ^= 1 << UInt8(bit)
        try write(flipped)
    }

    func damage() throws -> [CatalogCheck.Damage] { try CatalogCheck.damage(of: path) }

    /// What SQLite finds in them.
    func rowCount() throws -> Int? {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM item") }
    }
}

/// Where things are in a log that is whole.
private struct LogLayout {
    let frameSize: Int
    /// Frames of the log, from its start to those of an older one.
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

    /// The content that each page has in the end, by its number.
    var newestPages: [Int: [UInt8]] {
        var pages: [Int: [UInt8]] = [:]
        for frame in 0..<frameCount {
            let start = 32 + frame * frameSize
            pages[Int(bigEndian(bytes, start))] = Array(bytes[start + 24..<start + frameSize])
        }
        return pages
    }
}

private func bigEndian(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
}

/// A log as a big-endian machine writes it.
private func withBigEndianChecksums(_ log: [UInt8]) -> [UInt8] {
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
