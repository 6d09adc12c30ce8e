package import Basics
internal import Foundation
internal import GRDB

/// What an output was made of: its parameters, its inputs and its shards, in the order in which they were taken in.
///
/// SQLite, in WAL mode, synced at every commit: what it says is done lies on the disk.
package final class Catalog: Sendable {
    /// The version of the tables.
    private static let format = 1

    private let database: DatabaseQueue
    private let path: String

    /// Opens the catalog of an output, or makes it.
    ///
    /// - Throws: an error when the file is no catalog, or one of a later version.
    package init(path: String) throws(Failure) {
        self.path = path
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        database = try Self.attempt(path) {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write(Self.makeTables)
            return database
        }
        let format = try attempt { try $0.string("SELECT value FROM parameter WHERE name = 'catalog-format'") }
        guard format == String(Self.format) else {
            throw Failure("\(path): made by another version of dedup (format \(format ?? "unknown"))")
        }
    }

    private static func makeTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS parameter (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                INSERT OR IGNORE INTO parameter VALUES ('catalog-format', '\(format)');
                CREATE TABLE IF NOT EXISTS input (
                    ordinal INTEGER PRIMARY KEY,  -- its place among the inputs
                    name TEXT NOT NULL UNIQUE,    -- the base name of what was given
                    label TEXT                    -- what its shards' names begin with; null for none
                );
                CREATE TABLE IF NOT EXISTS shard (
                    ordinal INTEGER PRIMARY KEY,  -- its place in the corpus
                    name TEXT NOT NULL UNIQUE,
                    input TEXT NOT NULL REFERENCES input (name),
                    is_done INTEGER NOT NULL,     -- 0: its files may be there in part
                    size INTEGER, modified INTEGER, digest TEXT,
                    documents INTEGER, kept INTEGER, removed INTEGER, dropped INTEGER, bad INTEGER, blank_lines INTEGER,
                    bytes INTEGER, kept_bytes INTEGER, compared INTEGER, is_copied INTEGER
                );
                """)
    }

    /// The parameters of the output; empty before its first run.
    package func parameters() throws(Failure) -> [String: String] {
        try attempt { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM parameter WHERE name <> 'catalog-format'")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["name"] as String, $0["value"] as String) })
        }
    }

    /// Records what a run is asked, and inputs that are new. While no shard is done it takes the place of what earlier
    /// runs were asked.
    package func begin(_ parameters: [String: String], _ inputs: [Input]) throws(Failure) {
        try attempt { db in
            if try Int.fetchOne(db, sql: "SELECT count(*) FROM shard WHERE is_done") == 0 {
                try db.execute(
                    sql: """
                        DELETE FROM shard; DELETE FROM input;
                        DELETE FROM parameter WHERE name <> 'catalog-format';
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
                Input(name: $0["name"], label: $0["label"])
            }
        }
    }

    /// A shard that is done: how it was when it was read, and what became of it.
    package struct ShardRecord: Sendable {
        package let ordinal: Int
        package let name: String
        /// The base name of its input.
        package let input: String
        package let size: Int64
        package let modified: Int64
        package let digest: String
        package let counts: ShardCounts

        package init(
            ordinal: Int, name: String, input: String, size: Int64, modified: Int64, digest: String,
            counts: ShardCounts
        ) {
            self.ordinal = ordinal
            self.name = name
            self.input = input
            self.size = size
            self.modified = modified
            self.digest = digest
            self.counts = counts
        }
    }

    /// The shards that are done, in their order.
    package func doneShards() throws(Failure) -> [ShardRecord] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT * FROM shard WHERE is_done ORDER BY ordinal").map(ShardRecord.init)
        }
    }

    /// The names of shards whose files may be there although they are not done.
    package func intendedShards() throws(Failure) -> [String] {
        try attempt { db in try String.fetchAll(db, sql: "SELECT name FROM shard WHERE NOT is_done") }
    }

    /// Says that the files of these shards are about to get their names.
    package func intend(_ shards: [ShardRecord]) throws(Failure) {
        try attempt { db in
            for shard in shards {
                try db.execute(sql: "DELETE FROM shard WHERE name = ?", arguments: [shard.name])
                try db.execute(
                    sql: "INSERT OR REPLACE INTO shard (ordinal, name, input, is_done) VALUES (?, ?, ?, 0)",
                    arguments: [shard.ordinal, shard.name, shard.input])
            }
        }
    }

    /// Says that the files of these shards are in place.
    package func finish(_ shards: [ShardRecord]) throws(Failure) {
        try attempt { db in
            for shard in shards {
                let c = shard.counts
                try db.execute(
                    sql: """
                        UPDATE shard SET is_done = 1, size = ?, modified = ?, digest = ?, documents = ?, kept = ?,
                            removed = ?, dropped = ?, bad = ?, blank_lines = ?, bytes = ?, kept_bytes = ?,
                            compared = ?, is_copied = ?
                        WHERE ordinal = ?
                        """,
                    arguments: [
                        shard.size, shard.modified, shard.digest, c.documents, c.kept, c.removed, c.dropped, c.bad,
                        c.blankLines, c.bytes, c.keptBytes, c.compared, c.isCopied, shard.ordinal,
                    ])
            }
        }
    }

    private func attempt<Result>(_ work: (Database) throws -> Result) throws(Failure) -> Result {
        try Self.attempt(path) { try database.write(work) }
    }

    private static func attempt<Result>(_ path: String, _ work: () throws -> Result) throws(Failure) -> Result {
        do {
            return try work()
        } catch let error as DatabaseError {
            throw Failure("\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
        } catch {
            throw Failure("\(path): \(error)")
        }
    }
}

/// What became of the lines of a shard, or of several.
package struct ShardCounts: Sendable, Equatable {
    /// Lines that are not blank: kept + removed + dropped + bad.
    package var documents = 0
    package var kept = 0
    package var removed = 0
    package var dropped = 0
    package var bad = 0
    package var blankLines = 0
    /// Bytes of the decoded shard.
    package var bytes = 0
    /// Bytes of the decoded output.
    package var keptBytes = 0
    /// Pairs that shared a band and were compared.
    package var compared = 0
    /// Whether every byte was kept, so that the file is a copy.
    package var isCopied = false

    package init() {}

    package static func += (sum: inout ShardCounts, more: ShardCounts) {
        sum.documents += more.documents
        sum.kept += more.kept
        sum.removed += more.removed
        sum.dropped += more.dropped
        sum.bad += more.bad
        sum.blankLines += more.blankLines
        sum.bytes += more.bytes
        sum.keptBytes += more.keptBytes
        sum.compared += more.compared
    }
}

extension Catalog.ShardRecord {
    fileprivate init(_ row: Row) {
        var counts = ShardCounts()
        counts.documents = row["documents"]
        counts.kept = row["kept"]
        counts.removed = row["removed"]
        counts.dropped = row["dropped"]
        counts.bad = row["bad"]
        counts.blankLines = row["blank_lines"]
        counts.bytes = row["bytes"]
        counts.keptBytes = row["kept_bytes"]
        counts.compared = row["compared"]
        counts.isCopied = row["is_copied"]
        self.init(
            ordinal: row["ordinal"], name: row["name"], input: row["input"], size: row["size"],
            modified: row["modified"], digest: row["digest"], counts: counts)
    }
}

extension Database {
    fileprivate func string(_ sql: String) throws -> String? { try String.fetchOne(self, sql: sql) }
}
