internal import Basics
internal import Corpus
internal import GRDB

// The versions of the tables.
extension Catalog {
    /// The version of the tables: the current one, or that of dedup 0.1.0 (2).
    ///
    /// - Throws: when another version of dedup made them.
    static func format(_ db: Database, _ path: String) throws -> Int {
        let recorded = try Row.fetchOne(db, sql: "SELECT value FROM parameter WHERE name = 'catalog-format'")
        let text = try recorded?.text("value") ?? "unknown"
        guard let number = Int(text), (2...format).contains(number) else {
            throw Failure(
                "\(path): made by another version of dedup (format \(text)); this version reads the formats 2 and "
                    + "\(format)")
        }
        return number
    }

    /// Brings the tables of dedup 0.1.0 (format 2) to the current format, in the transaction that it is called in.
    ///
    /// - Returns: whether anything was changed.
    /// - Throws: when another version of dedup made the tables.
    static func migrate(_ db: Database, _ path: String) throws -> Bool {
        if try format(db, path) == format { return false }
        try db.execute(
            sql: """
                CREATE TABLE counter (            -- what became of the lines of a shard that is done
                    shard INTEGER NOT NULL REFERENCES shard (ordinal),
                    name TEXT NOT NULL,           -- read, kept, removed, ...
                    value INTEGER NOT NULL,
                    PRIMARY KEY (shard, name)
                ) WITHOUT ROWID;
                ALTER TABLE shard ADD COLUMN compression TEXT;
                ALTER TABLE file ADD COLUMN modified INTEGER;
                """)
        // The columns of dedup 0.1.0. Two of them have names that do not say what they count.
        let columns: KeyValuePairs = [
            "documents": "read", "kept": "kept", "removed": "removed", "dropped": "dropped", "bad": "bad",
            "blank_lines": "blank_lines", "bytes": "bytes", "kept_bytes": "kept_bytes", "compared": "candidates",
        ]
        for (column, name) in columns {
            try db.execute(
                sql: """
                    INSERT INTO counter (shard, name, value) SELECT ordinal, '\(name)', \(column) FROM shard WHERE is_done;
                    ALTER TABLE shard DROP COLUMN \(column);
                    """)
        }
        try db.execute(sql: "UPDATE parameter SET value = '\(Self.format)' WHERE name = 'catalog-format'")
        return true
    }
}

/// A row holds what no run writes: a null, another type, or a number that cannot be.
struct BadRow: Error {
    let what: String
}

extension Row {
    private func stored(_ column: String) throws -> DatabaseValue {
        guard hasColumn(column) else { throw BadRow(what: "it has no column '\(column)'") }
        return self[column]
    }

    /// - Throws: `BadRow` when the column holds anything but a text.
    func text(_ column: String) throws -> String {
        guard case .string(let text) = try stored(column).storage else {
            throw BadRow(what: "a row holds no text in the column '\(column)'")
        }
        return text
    }

    /// - Throws: `BadRow` when the column holds anything but a text or null.
    func textIfAny(_ column: String) throws -> String? {
        try stored(column).isNull ? nil : try text(column)
    }

    /// A count, a size or an offset.
    ///
    /// - Throws: `BadRow` when the column holds anything but a whole number in the range.
    func count(_ column: String, in range: ClosedRange<Int> = 0...1 << 50) throws -> Int {
        let number = try int64(column)
        guard range.contains(Int(number)) else {
            throw BadRow(what: "a row holds \(number) in the column '\(column)', which no run writes")
        }
        return Int(number)
    }

    /// - Throws: `BadRow` when the column holds anything but a whole number.
    func int64(_ column: String) throws -> Int64 {
        guard case .int64(let number) = try stored(column).storage else {
            throw BadRow(what: "a row holds no whole number in the column '\(column)'")
        }
        return number
    }

    /// - Throws: `BadRow` when the column holds anything but a whole number or null.
    func int64IfAny(_ column: String) throws -> Int64? {
        try stored(column).isNull ? nil : try int64(column)
    }

    /// The name of a shard: a path that leads out of no output.
    func shardName(_ column: String) throws -> String {
        let name = try text(column)
        guard ShardName.isPossible(name) else {
            throw BadRow(what: "a row names the shard '\(name)', and no shard can have that name")
        }
        return name
    }
}
