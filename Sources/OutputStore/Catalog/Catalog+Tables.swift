internal import GRDB

extension Catalog {
    /// Creates the tables:
    ///
    /// - `parameter`: the parameters that an output is bound to. Names that begin with `catalog-` are the catalog's
    ///   own: `catalog-format` is the version of the tables (`format`), `catalog-identity` is the number that
    ///   `identity` returns, and `catalog-run` exists while a run is in progress (`runMark`).
    /// - `input`: the inputs that shards came from. `ordinal` is their order: an input that was given first comes
    ///   first. For `name` and `label` see `Input`.
    /// - `shard`: the shards that are done (`is_done` is 1), and those whose files a run may have renamed or written in
    ///   part (`is_done` is 0; see `intend` and `reopen`). `ordinal` is the position in the corpus, from 0. `size` (in
    ///   bytes), `modified` (nanoseconds since 1970) and `digest` (XXH3-128) belong to the input file; they and
    ///   `is_copied` count only for shards that are done.
    /// - `counter`: the counters of the shards that are done, one row for each counter of each shard. `name` is a name
    ///   in `DocumentCounts.counters`.
    /// - `file`: the files that were written for the shards that are done (`FileRecord`). `kind` is a raw value of
    ///   `OutputFile`.
    /// - `partial`: the large shard that is partly done; the table has no row or one. `ordinal` is the shard's position
    ///   in the corpus, `state` a `PartialShard` as JSON.
    /// - `position`: the end of the durable documents of the index (`IndexState.Position`), in one row. Before the
    ///   first commit there is no row.
    /// - `segment`: the segments of band keys that the index consists of (`IndexState.Segment`). `entries` is the
    ///   number of band keys, `first_word..<end_word` the range of the document log, and `header_check` the checksum of
    ///   the segment's header.
    /// - `against`: the other outputs that the last run compared its documents with (`OtherOutput`), in the order of
    ///   the options.
    /// - `report`: the digests of report.json and report.html, by the names of the files. While a report is being
    ///   replaced, it has two rows: the digests of the old and the new file.
    static func makeTables(_ db: Database) throws {
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
}
