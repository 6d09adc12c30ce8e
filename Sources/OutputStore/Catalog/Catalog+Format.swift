internal import Basics
internal import Corpus
internal import GRDB

// The formats of the catalog's tables.
extension Catalog {
    /// Returns the format of the catalog's tables: the current one, or format 2 of dedup 0.1.0.
    ///
    /// - Throws: if another version of dedup made the tables.
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

    /// Converts the tables of dedup 0.1.0 (format 2) to the current format, within the caller's transaction. Format 2
    /// had the counters as columns of `shard`; `makeTables` describes the current tables.
    ///
    /// - Returns: whether the tables were converted; false if they already had the current format.
    /// - Throws: if another version of dedup made the tables.
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
        // The columns of dedup 0.1.0. The names of two of them are misleading.
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

/// Thrown for a row that no run can have written: a null, a value of another type, or an impossible number.
struct BadRow: Error {
    let what: String
}

/// These methods read a column and check its type. Values come from a file, which may be damaged.
///
/// - Throws: `BadRow` if the column does not exist, or holds a value of another type.
extension Row {
    private func stored(_ column: String) throws -> DatabaseValue {
        guard hasColumn(column) else { throw BadRow(what: "it has no column '\(column)'") }
        return self[column]
    }

    /// - Throws: `BadRow` if the column does not hold text.
    func text(_ column: String) throws -> String {
        guard case .string(let text) = try stored(column).storage else {
            throw BadRow(what: "a row holds no text in the column '\(column)'")
        }
        return text
    }

    /// - Throws: `BadRow` if the column holds neither text nor null.
    func textIfAny(_ column: String) throws -> String? {
        try stored(column).isNull ? nil : try text(column)
    }

    /// Returns a count, a size in bytes or an offset.
    ///
    /// - Throws: `BadRow` if the column does not hold a whole number in the range.
    func count(_ column: String, in range: ClosedRange<Int> = 0...1 << 50) throws -> Int {
        let number = try int64(column)
        guard range.contains(Int(number)) else {
            throw BadRow(what: "a row holds \(number) in the column '\(column)', which no run writes")
        }
        return Int(number)
    }

    /// - Throws: `BadRow` if the column does not hold a whole number.
    func int64(_ column: String) throws -> Int64 {
        guard case .int64(let number) = try stored(column).storage else {
            throw BadRow(what: "a row holds no whole number in the column '\(column)'")
        }
        return number
    }

    /// - Throws: `BadRow` if the column holds neither a whole number nor null.
    func int64IfAny(_ column: String) throws -> Int64? {
        try stored(column).isNull ? nil : try int64(column)
    }

    /// Returns the name of a shard. `BadRow` is thrown for a name that would lead out of the output folder, such as
    /// `../a`.
    func shardName(_ column: String) throws -> String {
        let name = try text(column)
        guard ShardName.isPossible(name) else {
            throw BadRow(what: "a row names the shard '\(name)', and no shard can have that name")
        }
        return name
    }
}
