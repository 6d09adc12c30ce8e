package import Basics
internal import Foundation
internal import GRDB

// The shards of an output: those that are done, and how far the others are.
extension Catalog {
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

    /// A file that was written of a shard.
    package struct FileRecord: Sendable, Equatable {
        package let kind: String
        package let size: Int64
        package let digest: String

        package init(kind: String, size: Int64, digest: String) {
            self.kind = kind
            self.size = size
            self.digest = digest
        }
    }

    /// The shards that are done, in their order.
    package func doneShards() throws(Failure) -> [ShardRecord] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT * FROM shard WHERE is_done ORDER BY ordinal").map(ShardRecord.init)
        }
    }

    /// What was written of the shards that are done, in their order.
    package func files() throws(Failure) -> [(shard: String, file: FileRecord)] {
        try attempt { db in
            let sql = """
                SELECT shard.name AS name, kind, file.size AS size, file.digest AS digest
                FROM file JOIN shard ON shard.ordinal = file.shard ORDER BY file.shard, kind
                """
            return try Row.fetchAll(db, sql: sql).map {
                ($0["name"], FileRecord(kind: $0["kind"], size: $0["size"], digest: $0["digest"]))
            }
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
                try db.execute(sql: "DELETE FROM shard WHERE name = ? AND NOT is_done", arguments: [shard.name])
                try db.execute(
                    sql: "INSERT OR REPLACE INTO shard (ordinal, name, input, is_done) VALUES (?, ?, ?, 0)",
                    arguments: [shard.ordinal, shard.name, shard.input])
            }
        }
    }

    /// Says that the files of these shards are in place, and how far the index goes with them.
    package func finish(_ shards: [(record: ShardRecord, files: [FileRecord])], _ index: IndexState) throws(Failure) {
        try attempt { db in
            for (shard, files) in shards {
                let c = shard.counts
                try db.execute(
                    sql: """
                        UPDATE shard SET is_done = 1, size = ?, modified = ?, digest = ?, documents = ?, kept = ?,
                            removed = ?, dropped = ?, bad = ?, blank_lines = ?, bytes = ?, kept_bytes = ?,
                            compared = ?, is_copied = ?
                        WHERE ordinal = ?
                        """,
                    arguments: [
                        shard.size, shard.modified, shard.digest, c.read, c.kept, c.removed, c.dropped, c.bad,
                        c.blankLines, c.bytes, c.keptBytes, c.candidates, c.isCopied, shard.ordinal,
                    ])
                for file in files {
                    try db.execute(
                        sql: "INSERT INTO file (shard, kind, size, digest) VALUES (?, ?, ?, ?)",
                        arguments: [shard.ordinal, file.kind, file.size, file.digest])
                }
            }
            if !shards.isEmpty { try db.execute(sql: "DELETE FROM partial") }
            try Self.record(index, db)
        }
        try settleLongLog()
    }

    /// Says that a shard's file, its content unchanged, has another time of modification.
    package func touch(_ shard: String, modified: Int64) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "UPDATE shard SET modified = ? WHERE name = ?", arguments: [modified, shard])
        }
    }

    /// Says how far a shard is, of which a part is for good.
    package func record(_ partial: PartialShard, _ index: IndexState) throws(Failure) {
        try attempt { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO partial (ordinal, state) VALUES (?, ?)",
                arguments: [partial.ordinal, try JSONEncoder().encode(partial)])
            try Self.record(index, db)
        }
        // What waits to be written of the shard makes the log long.
        try settleLongLog()
    }

    /// The shard of which a part is for good.
    package func partialShard() throws(Failure) -> PartialShard? {
        try attempt { db in
            try Data.fetchOne(db, sql: "SELECT state FROM partial").map {
                try JSONDecoder().decode(PartialShard.self, from: $0)
            }
        }
    }
}

extension Catalog.ShardRecord {
    fileprivate init(_ row: Row) {
        var counts = ShardCounts()
        counts.read = row["documents"]
        counts.kept = row["kept"]
        counts.removed = row["removed"]
        counts.dropped = row["dropped"]
        counts.bad = row["bad"]
        counts.blankLines = row["blank_lines"]
        counts.bytes = row["bytes"]
        counts.keptBytes = row["kept_bytes"]
        counts.candidates = row["compared"]
        counts.isCopied = row["is_copied"]
        self.init(
            ordinal: row["ordinal"], name: row["name"], input: row["input"], size: row["size"],
            modified: row["modified"], digest: row["digest"], counts: counts)
    }
}
