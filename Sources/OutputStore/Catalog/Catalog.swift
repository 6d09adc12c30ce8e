package import Basics
internal import CSystem
internal import Corpus
package import DuplicateIndex
internal import Foundation
internal import GRDB

/// The record of an output: its parameters, its inputs, its shards in the order in which they were processed, and the
/// state of its index.
///
/// The catalog is an SQLite database in WAL mode. Every commit is synced, so a shard that is marked as done is on the
/// disk. Every page of the database has a checksum (`CatalogCheck`). The checksums are rewritten only at a checkpoint,
/// that is, when SQLite moves the content of its write-ahead log into the database file.
package final class Catalog: Sendable {
    /// The version of the tables' layout.
    static let format = 3
    /// The size of the write-ahead log, in bytes, above which a commit ends with a checkpoint.
    private static let longestLog = 4 << 20

    private let database: DatabaseQueue
    let path: String
    /// True if the database file may differ from its checksums, because a checkpoint was done but the checksums are not
    /// rewritten yet. Until the log is overwritten, SQLite reads these pages from the log, so nothing is lost. The next
    /// commit overwrites the log, so the checksums are rewritten first.
    private let isCheckStale = Locked(false)

    /// Opens the catalog of an output, or creates it if there is none.
    ///
    /// - Throws: if the file is not a catalog, is damaged, or was made by another version of dedup.
    package init(path: String) throws(Failure) {
        self.path = path
        if try File.status(at: path) != nil { try Self.checkWhole(path) }
        var configuration = Self.configuration
        configuration.journalMode = .wal
        database = try Self.attempt(path) {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            // GRDB lowers this setting when it switches to WAL mode.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try database.write { if try !$0.tableExists("parameter") { try Self.makeTables($0) } }
            return database
        }
        let isMigrated = try attempt { try Self.migrate($0, path) }
        // The catalog is new, or a run was stopped before it wrote the first checksums.
        let isChecked = try File.status(at: CatalogCheck.checkPath(of: path)) != nil
        if isMigrated || !isChecked { try settle() }
    }

    /// The configuration of all connections. It skips SQLite's checkpoint when the connection closes, so that the
    /// database file changes only in `settle`.
    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            dedup_sqlite_keep_log(UnsafeMutableRawPointer(db.sqliteConnection))
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA wal_autocheckpoint = 0")
        }
        return configuration
    }

    /// What to do about a damaged catalog, for messages.
    static var remedy: String { "restore the output from a copy, or rewrite it with \(Parameter.replace)" }

    /// - Throws: if the catalog is damaged. A commit that a crash cut short is not damage.
    private static func checkWhole(_ path: String) throws(Failure) {
        guard let damage = try damage(of: path).first(where: { !$0.mayBeTorn }) else { return }
        throw Failure(
            "\(damage.path): damaged: \(damage.what); \(remedy)")
    }

    /// Returns the damage that is found in the catalog at a path; empty if there is none.
    package static func damage(of path: String) throws(Failure) -> [CatalogCheck.Damage] {
        // The first run was stopped before the catalog was complete, so there is nothing to check.
        if try File.status(at: CatalogCheck.checkPath(of: path)) == nil, try isUnused(at: path) { return [] }
        return try CatalogCheck.damage(of: path)
    }

    /// Whether no shard is done, and none is done in part.
    static func isUnused(_ db: Database) throws -> Bool {
        let sql = "SELECT (SELECT count(*) FROM shard WHERE is_done) + (SELECT count(*) FROM partial)"
        return try Int.fetchOne(db, sql: sql) == 0
    }

    /// Moves the write-ahead log into the database file (a checkpoint) and rewrites the checksums.
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

    /// Does a checkpoint if the write-ahead log has become long.
    func settleLongLog() throws(Failure) {
        if let status = try File.status(at: path + "-wal"), status.size > Self.longestLog { try settle() }
    }

    // MARK: Parameters and inputs

    /// The parameter of a catalog that belongs to an index without a corpus, as a program keeps it through the library.
    /// All its documents are of one shard that is never finished.
    package static let indexOnly = (name: "contents", value: "the index of a Deduplicator")

    /// Checks that a catalog with these parameters belongs to an output of runs.
    ///
    /// - Throws: a usage error about `path` if it belongs to an index without a corpus.
    package static func checkBelongsToRuns(_ parameters: [String: String], _ path: String) throws(Failure) {
        guard parameters[indexOnly.name] == nil else {
            throw .usage(
                "\(path) is not the output of a run: it is an index that a program keeps with the library's Deduplicator; "
                    + "give another folder")
        }
    }

    /// Returns the parameters of the output; empty before its first run.
    package func parameters() throws(Failure) -> [String: String] {
        try attempt { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM parameter WHERE name NOT LIKE 'catalog-%'")
            return Dictionary(try rows.map { (try $0.text("name"), try $0.text("value")) }) { $1 }
        }
    }

    /// Records that a run begins, with its parameters and its new inputs. While no shard is done, these replace what
    /// earlier runs recorded.
    ///
    /// - Parameter outputs: the other outputs that the run compares its documents with.
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

    /// The name of a parameter that exists while a run is in progress. It remains if the run does not finish.
    private static let runMark = "catalog-run"

    /// Records that a run finished.
    package func end() throws(Failure) {
        try attempt { try $0.execute(sql: "DELETE FROM parameter WHERE name = '\(Self.runMark)'") }
    }

    /// Whether the last run failed, was interrupted or was killed, or no run has finished a shard. dedup 0.1.0 does not
    /// record this; its runs count as finished.
    package func isRunUnfinished() throws(Failure) -> Bool {
        try attempt { db in
            let sql = "SELECT name FROM parameter WHERE name = '\(Self.runMark)'"
            return try Self.isUnused(db) || Row.fetchOne(db, sql: sql) != nil
        }
    }

    /// An input that shards came from.
    package struct Input: Sendable, Equatable {
        /// The base name of the path that the user gave.
        package let name: String
        /// The label in `LABEL=PATH`, with which the names of the input's shards begin; nil without a label.
        package let label: String?

        package init(name: String, label: String?) {
            self.name = name
            self.label = label
        }
    }

    /// Returns the inputs, in the order in which they were first given.
    package func inputs() throws(Failure) -> [Input] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT name, label FROM input ORDER BY ordinal").map {
                Input(name: try $0.text("name"), label: try $0.textIfAny("label"))
            }
        }
    }

    /// Another output, with whose kept documents the documents of this output are compared.
    package struct OtherOutput: Sendable, Equatable {
        /// The path that the user gave.
        package let path: String
        /// The value of `Catalog.state` of that output at the time of the comparison.
        package let state: String

        package init(path: String, state: String) {
            self.path = path
            self.state = state
        }
    }

    /// Returns the other outputs that the last run compared its documents with.
    package func otherOutputs() throws(Failure) -> [OtherOutput] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT path, state FROM against ORDER BY ordinal").map {
                OtherOutput(path: try $0.text("path"), state: try $0.text("state"))
            }
        }
    }

    /// Returns a hash of the documents in the output: it changes with every run that adds shards.
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

    /// Returns a random number that identifies this output among all others.
    package func identity() throws(Failure) -> UInt64 {
        let text = try attempt { db in
            try Row.fetchOne(db, sql: "SELECT value FROM parameter WHERE name = 'catalog-identity'")?.text("value")
        }
        guard let number = text.flatMap({ UInt64($0) }) else { throw Failure("\(path): no identity in it") }
        return number
    }

    /// Returns the recorded state of the index.
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

    /// Records the state of the index.
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

    /// Records the digest of a report that is about to be written, next to the digest of the present one. Afterwards
    /// either file counts as undamaged.
    package func expectReport(_ name: String, digest: String) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "INSERT INTO report VALUES (?, ?)", arguments: [name, digest])
        }
    }

    /// Records the digest of a report that has been written, and forgets the digests of earlier ones.
    package func recordReport(_ name: String, digest: String) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "DELETE FROM report WHERE name = ? AND digest <> ?", arguments: [name, digest])
        }
    }

    /// Returns the digests that each report may have, by file name.
    package func reports() throws(Failure) -> [String: Set<String>] {
        try attempt { db in
            var found: [String: Set<String>] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT name, digest FROM report") {
                found[try row.text("name"), default: []].insert(try row.text("digest"))
            }
            return found
        }
    }

    /// Runs `work` in a transaction, and turns its errors into a `Failure`.
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
                "\(path): damaged: \(error.what); \(remedy)")
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// Turns an SQLite error into a message of dedup's. Only content that was read and is invalid is called damage; a
    /// failed system call is not.
    private static func failure(_ path: String, _ error: DatabaseError) -> Failure {
        let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT:
            return Failure("\(path): damaged: \(message); \(remedy)")
        case .SQLITE_READONLY, .SQLITE_PERM: return Failure("cannot write \(path): \(message)", kind: .system)
        case .SQLITE_FULL: return Failure("cannot write \(path): No space left on device", kind: .system)
        default: return Failure("cannot read or write \(path): \(message)", kind: .system)
        }
    }
}
