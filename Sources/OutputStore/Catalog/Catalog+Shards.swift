package import Basics
package import Corpus
package import DuplicateIndex
internal import Foundation
internal import GRDB

// The shards of an output, done and unfinished.
extension Catalog {
    /// A shard that is done: its file as it was when it was read, and the number of its lines by outcome.
    package struct ShardRecord: Sendable {
        /// The shard's position in the corpus, from 0.
        package let ordinal: Int
        /// The shard's name: its path within the inputs, with the input's label in front.
        package let name: String
        /// The base name of the input that the shard came from.
        package let input: String
        /// Size in bytes and time of modification (nanoseconds since 1970) of the shard's file.
        package let size: Int64
        package let modified: Int64
        /// XXH3-128 of the shard's file, in hexadecimal.
        package let digest: String
        /// The counters of the shard's lines.
        package let counts: DocumentCounts
        /// Whether every byte was kept, so that the shard's output is a copy of its file.
        package let isCopied: Bool

        package init(
            ordinal: Int, name: String, input: String, size: Int64, modified: Int64, digest: String,
            counts: DocumentCounts, isCopied: Bool
        ) {
            self.ordinal = ordinal
            self.name = name
            self.input = input
            self.size = size
            self.modified = modified
            self.digest = digest
            self.counts = counts
            self.isCopied = isCopied
        }
    }

    /// A file that a run wrote for a shard.
    package struct FileRecord: Sendable, Equatable {
        /// `OutputFile.rawValue`: corpus, removed or bad.
        package let kind: String
        /// The size of the file in bytes.
        package let size: Int64
        /// XXH3-128 of the file, in hexadecimal.
        package let digest: String
        /// The file's time of modification when its content was last known to be correct; nil if none was recorded.
        package let modified: Int64?

        package init(kind: String, size: Int64, digest: String, modified: Int64? = nil) {
            self.kind = kind
            self.size = size
            self.digest = digest
            self.modified = modified
        }
    }

    /// Returns the shards that are done, in corpus order.
    package func doneShards() throws(Failure) -> [ShardRecord] {
        try attempt { db in
            let counters = try Self.counters(db)
            return try Row.fetchAll(db, sql: "SELECT * FROM shard WHERE is_done ORDER BY ordinal").map {
                try ShardRecord($0, counters[$0.count("ordinal")] ?? DocumentCounts())
            }
        }
    }

    /// Returns the counters of every shard, by the shard's ordinal.
    private static func counters(_ db: Database) throws -> [Int: DocumentCounts] {
        let known = Dictionary(uniqueKeysWithValues: DocumentCounts.counters.map { ($0.name, $0) })
        var counters: [Int: DocumentCounts] = [:]
        var total = 0
        let rows = try Row.fetchCursor(db, sql: "SELECT shard, name, value FROM counter")
        while let row = try rows.next() {
            let value = try row.count("value", in: DocumentCounts.possible)
            total += value
            // Reports add the counters of all shards.
            guard total <= 1 << 61 else { throw BadRow(what: "its counters are too large to be added up") }
            // A counter that only a later version of dedup knows is ignored.
            guard let counter = known[try row.text("name")] else { continue }
            counters[try row.count("shard"), default: DocumentCounts()][counter] = value
        }
        return counters
    }

    /// Returns the files that were written for the shards that are done, in corpus order.
    package func files() throws(Failure) -> [(shard: String, file: FileRecord)] {
        try attempt { db in
            let sql = """
                SELECT shard.name AS name, kind, file.size AS size, file.digest AS digest,
                    file.modified AS modified
                FROM file JOIN shard ON shard.ordinal = file.shard ORDER BY file.shard, kind
                """
            return try Row.fetchAll(db, sql: sql).map { row in
                let file = FileRecord(
                    kind: try row.text("kind"), size: Int64(try row.count("size")), digest: try row.text("digest"),
                    modified: try row.int64IfAny("modified"))
                return (try row.shardName("name"), file)
            }
        }
    }

    /// Returns the names of shards that are not done but may have files: those with an intent, and the partial shard.
    package func intendedShards() throws(Failure) -> [String] {
        try attempt { db in
            try Row.fetchAll(db, sql: "SELECT name FROM shard WHERE NOT is_done").map { try $0.shardName("name") }
        }
    }

    /// Records the intent to rename files to their final names for these shards. See `OutputFolder`.
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

    /// Marks these shards as done, after their files have been renamed, and records the state of the index after them.
    package func finish(_ shards: [(record: ShardRecord, files: [FileRecord])], _ index: IndexState) throws(Failure) {
        try attempt { db in
            for (shard, files) in shards {
                try db.execute(
                    sql: """
                        UPDATE shard SET is_done = 1, size = ?, modified = ?, digest = ?, is_copied = ?
                        WHERE ordinal = ?
                        """,
                    arguments: [
                        shard.size, shard.modified, shard.digest, shard.isCopied, shard.ordinal,
                    ])
                let counter = try db.cachedStatement(sql: "INSERT INTO counter (shard, name, value) VALUES (?, ?, ?)")
                for declared in DocumentCounts.counters {
                    try counter.execute(arguments: [shard.ordinal, declared.name, shard.counts[declared]])
                }
                for file in files {
                    try db.execute(
                        sql: "INSERT INTO file (shard, kind, size, digest, modified) VALUES (?, ?, ?, ?, ?)",
                        arguments: [shard.ordinal, file.kind, file.size, file.digest, file.modified])
                }
            }
            if !shards.isEmpty { try db.execute(sql: "DELETE FROM partial") }
            try Self.record(index, db)
        }
        try settleLongLog()
    }

    /// Records the times of modification of files that were read again and found correct.
    package func note(_ times: [(shard: String, kind: String, modified: Int64)]) throws(Failure) {
        if times.isEmpty { return }
        try attempt { db in
            for (shard, kind, modified) in times {
                try db.execute(
                    sql: """
                        UPDATE file SET modified = ? WHERE kind = ? AND shard =
                            (SELECT ordinal FROM shard WHERE name = ?)
                        """, arguments: [modified, kind, shard])
            }
        }
    }

    /// Records another time of modification for the input file of a shard whose content is unchanged.
    package func touch(_ shard: String, modified: Int64) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "UPDATE shard SET modified = ? WHERE name = ?", arguments: [modified, shard])
        }
    }

    /// Records how much of an unfinished large shard is durable, and the state of the index at that point.
    package func record(_ partial: PartialShard, _ index: IndexState) throws(Failure) {
        try attempt { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO partial (ordinal, state) VALUES (?, ?)",
                arguments: [partial.ordinal, try JSONEncoder().encode(partial)])
            try Self.record(index, db)
        }
        // The state holds lines that are not yet in a frame, which makes the log long.
        try settleLongLog()
    }

    /// Turns the last shard, which is done but has grown since, into a partial shard. A later commit finishes it again.
    package func reopen(_ partial: PartialShard) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "UPDATE shard SET is_done = 0 WHERE ordinal = ?", arguments: [partial.ordinal])
            try db.execute(sql: "DELETE FROM counter WHERE shard = ?", arguments: [partial.ordinal])
            try db.execute(sql: "DELETE FROM file WHERE shard = ?", arguments: [partial.ordinal])
            try db.execute(
                sql: "INSERT OR REPLACE INTO partial (ordinal, state) VALUES (?, ?)",
                arguments: [partial.ordinal, try JSONEncoder().encode(partial)])
        }
    }

    /// Forgets a partial shard, so that it is processed from its first line again.
    ///
    /// - Parameter index: the state of the index before that shard.
    package func forget(_ partial: PartialShard, _ index: IndexState) throws(Failure) {
        try attempt { db in
            try db.execute(sql: "DELETE FROM partial")
            try db.execute(sql: "DELETE FROM shard WHERE name = ? AND NOT is_done", arguments: [partial.name])
            try Self.record(index, db)
        }
    }

    /// Returns the shard of which only a part is done; nil if there is none.
    package func partialShard() throws(Failure) -> PartialShard? {
        try attempt { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT state FROM partial") else { return nil }
            guard case .blob(let state) = (row["state"] as DatabaseValue).storage,
                let partial = try? JSONDecoder().decode(PartialShard.self, from: state), partial.isPossible
            else { throw BadRow(what: "the record of the shard that is not done holds what no run writes") }
            return partial
        }
    }
}

extension Catalog.ShardRecord {
    fileprivate init(_ row: Row, _ counts: DocumentCounts) throws {
        self.init(
            ordinal: try row.count("ordinal"), name: try row.shardName("name"), input: try row.text("input"),
            size: Int64(try row.count("size")), modified: try row.int64("modified"), digest: try row.text("digest"),
            counts: counts, isCopied: try row.count("is_copied", in: 0...1) == 1)
    }
}

extension PartialShard {
    /// Whether a run can have written this record. A damaged or altered catalog may hold anything.
    fileprivate var isPossible: Bool {
        let numbers =
            [ordinal, read.line, read.byte, Int(read.fileBytes), Int(read.size)] + files.values.map { Int($0.bytes) }
        return (numbers + DocumentCounts.counters.map { counts[$0] }).allSatisfy(DocumentCounts.possible.contains)
            && ShardName.isPossible(name)
            && files.values.compactMap(\.temporaryName).allSatisfy(Self.isTemporaryName)
    }

    /// The names of temporary files are numbers, without a folder.
    private static func isTemporaryName(_ name: String) -> Bool {
        ShardName.isPossible(name) && !name.utf8.contains(UInt8(ascii: "/"))
            && Int(name).map(DocumentCounts.possible.contains) ?? true
    }
}
