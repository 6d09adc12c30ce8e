package import Basics
internal import CSystem
internal import Corpus
package import DuplicateIndex
internal import Foundation
internal import GRDB

/// What an output was made of: its parameters, its inputs and its shards, in the order in which they were taken in, and
/// how far its index goes.
///
/// SQLite, in WAL mode, synced at every commit: what it says is done lies on the disk. Every page of it is under a
/// checksum (`CatalogCheck`), which is renewed when the log is moved into the database, and then alone.
package final class Catalog: Sendable {
    /// The version of the tables.
    static let format = 3
    /// Bytes of log after which it is moved into the database.
    private static let longestLog = 4 << 20

    private let database: DatabaseQueue
    let path: String
    /// Whether the database file is not what its checksums say. As long as the log is as it was, it makes up for that;
    /// the next commit begins it anew.
    private let isCheckStale = Locked(false)

    /// Opens the catalog of an output, or makes it.
    ///
    /// - Throws: an error when the file is no catalog, is damaged, or of another version.
    package init(path: String) throws(Failure) {
        self.path = path
        if try File.status(at: path) != nil { try Self.checkWhole(path) }
        var configuration = Self.configuration
        configuration.journalMode = .wal
        database = try Self.attempt(path) {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            // Switching to WAL mode, GRDB asks for less.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try database.write { if try !$0.tableExists("parameter") { try Self.makeTables($0) } }
            return database
        }
        let isMigrated = try attempt { try Self.migrate($0, path) }
        // New, or one of a run that was cut off before this.
        let isChecked = try File.status(at: CatalogCheck.checkPath(of: path)) != nil
        if isMigrated || !isChecked { try settle() }
    }

    /// Of a connection that leaves what is in the log there when it is closed.
    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            dedup_sqlite_keep_log(UnsafeMutableRawPointer(db.sqliteConnection))
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA wal_autocheckpoint = 0")
        }
        return configuration
    }

    /// - Throws: when the catalog is not what was written. A commit that a crash cut short is none.
    private static func checkWhole(_ path: String) throws(Failure) {
        guard let damage = try damage(of: path).first(where: { !$0.mayBeTorn }) else { return }
        throw Failure(
            "\(damage.path): damaged: \(damage.what); restore the output from a copy, or make it anew with --force")
    }

    /// What is damaged of the catalog at a path; empty when nothing is.
    package static func damage(of path: String) throws(Failure) -> [CatalogCheck.Damage] {
        // The first run was cut off before the catalog was whole: there is nothing in it.
        if try File.status(at: CatalogCheck.checkPath(of: path)) == nil, try isUnused(at: path) { return [] }
        return try CatalogCheck.damage(of: path)
    }

    static func isUnused(_ db: Database) throws -> Bool {
        let sql = "SELECT (SELECT count(*) FROM shard WHERE is_done) + (SELECT count(*) FROM partial)"
        return try Int.fetchOne(db, sql: sql) == 0
    }

    private static func makeTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE parameter (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                INSERT INTO parameter VALUES ('catalog-format', '\(format)');
                INSERT INTO parameter VALUES ('catalog-identity', '\(UInt64.random(in: 1...UInt64.max))');
                CREATE TABLE input (
                    ordinal INTEGER PRIMARY KEY,  -- its place among the inputs
                    name TEXT NOT NULL UNIQUE,    -- the base name of what was given
                    label TEXT                    -- what its shards' names begin with; null for none
                );
                CREATE TABLE shard (
                    ordinal INTEGER PRIMARY KEY,  -- its place in the corpus
                    name TEXT NOT NULL UNIQUE,
                    input TEXT NOT NULL REFERENCES input (name),
                    is_done INTEGER NOT NULL,     -- 0: its files may be there in part
                    size INTEGER, modified INTEGER, digest TEXT,
                    is_copied INTEGER,            -- whether its output is a copy of its file
                    compression TEXT              -- reserved: always null, and not read
                );
                CREATE TABLE counter (            -- what became of the lines of a shard that is done
                    shard INTEGER NOT NULL REFERENCES shard (ordinal),
                    name TEXT NOT NULL,           -- read, kept, removed, ...
                    value INTEGER NOT NULL,
                    PRIMARY KEY (shard, name)
                ) WITHOUT ROWID;
                CREATE TABLE file (               -- what was written of a shard that is done
                    shard INTEGER NOT NULL REFERENCES shard (ordinal),
                    kind TEXT NOT NULL,           -- corpus, removed or bad
                    size INTEGER NOT NULL, digest TEXT NOT NULL,
                    modified INTEGER,             -- when it was known to be what was written; null: not noted
                    PRIMARY KEY (shard, kind)
                ) WITHOUT ROWID;
                CREATE TABLE partial (            -- how far a large shard is that is not done; a row at most
                    ordinal INTEGER PRIMARY KEY,
                    state BLOB NOT NULL
                );
                CREATE TABLE position (           -- how much of the document log counts: one row
                    words INTEGER NOT NULL, documents INTEGER NOT NULL, shingles INTEGER NOT NULL
                );
                CREATE TABLE segment (            -- the live segments of band keys
                    number INTEGER PRIMARY KEY,
                    entries INTEGER NOT NULL,
                    first_word INTEGER NOT NULL, end_word INTEGER NOT NULL,
                    header_check INTEGER NOT NULL
                );
                CREATE TABLE against (            -- other outputs that documents were compared with
                    ordinal INTEGER PRIMARY KEY,
                    path TEXT NOT NULL, state TEXT NOT NULL
                );
                CREATE TABLE report (             -- digests of the reports, the one before included
                    name TEXT NOT NULL, digest TEXT NOT NULL
                );
                """)
    }

    /// Moves the log into the database, and renews its checksums.
    package func settle() throws(Failure) {
        try checkpoint("FULL")
        isCheckStale.withLock { $0 = true }
        try renewCheck()
        try checkpoint("TRUNCATE")
    }

    private func renewCheck() throws(Failure) {
        try CatalogCheck.write(of: path)
        isCheckStale.withLock { $0 = false }
    }

    private func checkpoint(_ mode: String) throws(Failure) {
        try Self.attempt(path) {
            try database.writeWithoutTransaction { _ = try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(\(mode))") }
        }
    }

    func settleLongLog() throws(Failure) {
        if let status = try File.status(at: path + "-wal"), status.size > Self.longestLog { try settle() }
    }

    // MARK: Parameters and inputs

    /// The parameters of the output; empty before its first run.
    package func parameters() throws(Failure) -> [String: String] {
        try attempt { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM parameter WHERE name NOT LIKE 'catalog-%'")
            return Dictionary(try rows.map { (try $0.text("name"), try $0.text("value")) }) { $1 }
        }
    }

    /// Records what a run is asked, and inputs that are new. While nothing is done it takes the place of what earlier
    /// runs were asked.
    package func begin(
        _ parameters: [String: String], _ inputs: [Input], against outputs: [OtherOutput] = []
    ) throws(Failure) {
        try attempt { db in
            if try Self.isUnused(db) {
                try db.execute(
                    sql: """
                        DELETE FROM shard; DELETE FROM input;
                        DELETE FROM parameter WHERE name NOT LIKE 'catalog-%';
                        """)
            }
            for (name, value) in parameters {
                try db.execute(sql: "INSERT OR REPLACE INTO parameter VALUES (?, ?)", arguments: [name, value])
            }
            for input in inputs {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO input (name, label) VALUES (?, ?)",
                    arguments: [input.name, input.label])
            }
            try db.execute(sql: "INSERT OR REPLACE INTO parameter VALUES ('\(Self.runMark)', 'begun')")
            try db.execute(sql: "DELETE FROM against")
            for output in outputs {
                try db.execute(
                    sql: "INSERT INTO against (path, state) VALUES (?, ?)", arguments: [output.path, output.state])
            }
        }
    }

    /// The parameter that is there while a run lasts, and stays when the run does not come to its end.
    private static let runMark = "catalog-run"

    /// Records that a run came to its end.
    package func end() throws(Failure) {
        try attempt { try $0.execute(sql: "DELETE FROM parameter WHERE name = '\(Self.runMark)'") }
    }

    /// Whether the last run did not come to its end: it failed, was interrupted or killed. Runs of dedup 0.1.0 leave
    /// no mark.
    package func isRunUnfinished() throws(Failure) -> Bool {
        try attempt { db in
            let sql = "SELECT name FROM parameter WHERE name = '\(Self.runMark)'"
            return try Self.isUnused(db) || Row.fetchOne(db, sql: sql) != nil
        }
    }

    /// An input that shards came from: the base name it was given by, and its label.
    package struct Input: Sendable, Equatable {
        package let name: String
        package let label: String?

        package init(name: String, label: String?) {
            self.name = name
            self.label = label
        }
    }

    package func inputs() throws(Failure) -> [Input] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT name, label FROM input ORDER BY ordinal").map {
                Input(name: try $0.text("name"), label: try $0.textIfAny("label"))
            }
        }
    }

    /// Another output, whose kept documents those of this one are compared with.
    package struct OtherOutput: Sendable, Equatable {
        package let path: String
        /// `Catalog.state` of it.
        package let state: String

        package init(path: String, state: String) {
            self.path = path
            self.state = state
        }
    }

    package func otherOutputs() throws(Failure) -> [OtherOutput] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT path, state FROM against ORDER BY ordinal").map {
                OtherOutput(path: try $0.text("path"), state: try $0.text("state"))
            }
        }
    }

    /// Says what documents the output holds: another value after every run that took in shards.
    package func state() throws(Failure) -> String {
        var hash = RunningHash()
        func add(_ text: String) {
            var text = text + "\0"
            text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
        }
        for (name, value) in try parameters().sorted(by: { $0.key < $1.key }) { add("\(name)=\(value)") }
        for shard in try doneShards() {
            add("\(shard.name) \(shard.digest) \(shard.counts.kept) \(shard.counts.removed)")
        }
        return hash.value.description
    }

    // MARK: The index

    /// A number that no other output has.
    package func identity() throws(Failure) -> UInt64 {
        let text = try attempt { db in
            try Row.fetchOne(db, sql: "SELECT value FROM parameter WHERE name = 'catalog-identity'")?.text("value")
        }
        guard let number = text.flatMap({ UInt64($0) }) else { throw Failure("\(path): no identity in it") }
        return number
    }

    package func indexState() throws(Failure) -> IndexState {
        try attempt { db in
            var state = IndexState.empty
            if let row = try Row.fetchOne(db, sql: "SELECT words, documents, shingles FROM position") {
                state.position = IndexState.Position(
                    words: try row.count("words"), documents: try row.count("documents"),
                    shingles: try row.count("shingles"))
            }
            state.segments = try Row.fetchAll(db, sql: "SELECT * FROM segment ORDER BY first_word").map { row in
                let first = try row.count("first_word")
                return IndexState.Segment(
                    number: try row.count("number"), entries: try row.count("entries"),
                    documents: first..<(try row.count("end_word", in: first...max(first, state.position.words))),
                    check: UInt64(bitPattern: try row.int64("header_check")))
            }
            return state
        }
    }

    /// Says how far the index goes.
    package func record(_ index: IndexState) throws(Failure) {
        try attempt { try Self.record(index, $0) }
    }

    static func record(_ index: IndexState, _ db: Database) throws {
        let position = index.position
        try db.execute(sql: "DELETE FROM position; DELETE FROM segment")
        try db.execute(
            sql: "INSERT INTO position VALUES (?, ?, ?)",
            arguments: [position.words, position.documents, position.shingles])
        for segment in index.segments {
            try db.execute(
                sql: "INSERT INTO segment VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    segment.number, segment.entries, segment.documents.lowerBound, segment.documents.upperBound,
                    Int64(bitPattern: segment.check),
                ])
        }
    }

    // MARK: Reports

    /// Says what a report is about to be, besides what it is.
    package func expectReport(_ name: String, digest: String) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "INSERT INTO report VALUES (?, ?)", arguments: [name, digest])
        }
    }

    /// Says what a report is.
    package func recordReport(_ name: String, digest: String) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "DELETE FROM report WHERE name = ? AND digest <> ?", arguments: [name, digest])
        }
    }

    /// What the reports may be, by name.
    package func reports() throws(Failure) -> [String: Set<String>] {
        try attempt { db in
            var found: [String: Set<String>] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT name, digest FROM report") {
                found[try row.text("name"), default: []].insert(try row.text("digest"))
            }
            return found
        }
    }

    func attempt<Result>(_ work: (Database) throws -> Result) throws(Failure) -> Result {
        if isCheckStale.withLock({ $0 }) { try renewCheck() }
        return try Self.attempt(path) { try database.write(work) }
    }

    static func attempt<Result>(_ path: String, _ work: () throws -> Result) throws(Failure) -> Result {
        do {
            return try work()
        } catch let error as DatabaseError {
            throw failure(path, error)
        } catch let error as Failure {
            throw error
        } catch let error as BadRow {
            throw Failure(
                "\(path): damaged: \(error.what); restore the output from a copy, or make it anew with --force")
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// An error of SQLite's in the words of dedup: only bytes that were read and do not fit are damage.
    private static func failure(_ path: String, _ error: DatabaseError) -> Failure {
        let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT:
            return Failure("\(path): damaged: \(message); restore the output from a copy, or make it anew with --force")
        case .SQLITE_READONLY, .SQLITE_PERM: return Failure("cannot write \(path): \(message)", kind: .system)
        case .SQLITE_FULL: return Failure("cannot write \(path): No space left on device", kind: .system)
        default: return Failure("cannot read or write \(path): \(message)", kind: .system)
        }
    }
}
