import Basics
import Corpus
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import OutputStore

/// Catalogs of dedup 0.1.0, and catalogs with values that no run writes.
@Suite struct CatalogFormatTests {
    private static let former =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .path + "/CommandLineTests/Fixtures/output-0.1.0/output/.dedup"

    private func formerCatalog() throws -> (folder: TemporaryFolder, path: String) {
        let folder = try TemporaryFolder()
        for name in ["catalog.sqlite", "catalog.sqlite.check"] {
            try FileManager.default.copyItem(atPath: Self.former + "/" + name, toPath: folder.path + "/" + name)
        }
        return (folder, folder.path + "/catalog.sqlite")
    }

    /// Changes the database of a catalog directly, and updates the checksums.
    private func change(_ path: String, _ sql: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; " + sql) }
        try database.close()
        try CatalogCheck.write(of: path)
    }

    @Test func aFormerCatalogSaysTheSameOnceItIsMigrated() throws {
        let (folder, path) = try formerCatalog()
        let before = try folder.contents()
        let read = try Catalog.read(path) { catalog throws(Failure) in try catalog.doneShards() }
        #expect(try folder.contents() == before)
        #expect(read.map(\.name) == ["books/a.jsonl", "books/deep/b.jsonl", "crawl/c.jsonl"])
        #expect(read.map(\.counts.read) == [30, 22, 21] && read.map(\.counts.candidates).reduce(0, +) == 20)
        let state = try Catalog.read(path) { catalog throws(Failure) in try catalog.state() }
        do {
            let catalog = try Catalog(path: path)
            #expect(isSame(try catalog.doneShards(), read))
            // The state did not change, so outputs that were compared with this one can be continued.
            #expect(try catalog.state() == state)
        }
        #expect(try CatalogCheck.damage(of: path).isEmpty)
        #expect(isSame(try Catalog(path: path).doneShards(), read))
    }

    /// Wherever the log of the migrating transaction ends, the catalog is either unchanged or migrated.
    @Test func migrationCanBeCutOffInTheLog() throws {
        let (folder, path) = try formerCatalog()
        do {
            let database = try DatabaseQueue(path: path, configuration: Catalog.configuration)
            let isMigrated = try database.write { try Catalog.migrate($0, path) }
            #expect(isMigrated)
            try database.close()
        }
        let files = try folder.contents()
        let log = try #require(files["catalog.sqlite-wal"])
        for length in [0, 1, 32, 100, log.count / 2, log.count - 4096, log.count - 1, log.count] {
            let copy = try TemporaryFolder()
            for (name, bytes) in files where name != "catalog.sqlite-wal" {
                try write(bytes, to: copy.path + "/" + name)
            }
            try write(Array(log.prefix(length)), to: copy.path + "/catalog.sqlite-wal")
            let other = copy.path + "/catalog.sqlite"
            #expect(try Catalog.damage(of: other).allSatisfy(\.mayBeTorn))
            let read = try Catalog.read(other) { catalog throws(Failure) in try catalog.doneShards() }
            #expect(read.map(\.counts.read) == [30, 22, 21])
            #expect(isSame(try Catalog(path: other).doneShards(), read))
            #expect(try Catalog.damage(of: other).isEmpty)
        }
    }

    /// The migration has reached the database, but the checksums are still the old ones.
    @Test func migrationCanBeCutOffBeforeTheChecksums() throws {
        let (folder, path) = try formerCatalog()
        // A folder in the place of the temporary file makes writing fail.
        let obstacle = CatalogCheck.checkPath(of: path) + ".tmp"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        #expect(try failure { _ = try Catalog(path: path) } != nil)
        try FileManager.default.removeItem(atPath: obstacle)
        #expect(try Catalog.damage(of: path).isEmpty)
        #expect(try Catalog(path: path).doneShards().map(\.counts.read) == [30, 22, 21])
        #expect(try Catalog.damage(of: path).isEmpty)
        withExtendedLifetime(folder) {}
    }

    /// The values of all counters, each another one, so that no two can be exchanged.
    private var distinctCounts: DocumentCounts {
        var counts = DocumentCounts()
        for (number, counter) in DocumentCounts.counters.enumerated() { counts[counter] = 1000 + number }
        return counts
    }

    @Test func everyCounterIsARow() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let record = Catalog.ShardRecord(
            ordinal: 0, name: "a.jsonl", input: "books", size: 1, modified: .min, digest: "a", counts: distinctCounts,
            isCopied: false)
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
            try catalog.intend([record])
            try finish([record], catalog)
        }
        let found = try Catalog.read(path) { catalog throws(Failure) in try catalog.doneShards() }
        #expect(isSame(found, [record]))
        let database = try DatabaseQueue(path: path)
        let rows = try database.read { db in
            try Row.fetchAll(db, sql: "SELECT name, value FROM counter").map { row -> (String, Int) in
                (row["name"], row["value"])
            }
        }
        try database.close()
        let expected = DocumentCounts.counters.map { ($0.name, distinctCounts[$0]) }
        #expect(Dictionary(uniqueKeysWithValues: rows) == Dictionary(uniqueKeysWithValues: expected))
    }

    /// Unfinished shards keep every counter, also those whose names dedup 0.1.0 and later versions spell differently.
    @Test func everyCounterIsInTheRecordOfAnUnfinishedShard() throws {
        let written = try JSONEncoder().encode(distinctCounts)
        #expect(try JSONDecoder().decode(DocumentCounts.self, from: written) == distinctCounts)
        let rows = DocumentCounts.counters.map { "\"\($0.name)\":\(distinctCounts[$0])" }
        let json = "{" + rows.joined(separator: ",") + ",\"isCopied\":false}"
        #expect(try JSONDecoder().decode(DocumentCounts.self, from: Data(json.utf8)) == distinctCounts)
    }

    /// The record of an unfinished shard as dedup 0.1.0 wrote it.
    @Test func formerPartialShardsAreRead() throws {
        let json = """
            {"ordinal":1,"name":"a.jsonl","input":"books","read":{"line":5,"byte":90,"fileBytes":100,"digest":"aa",
            "size":200,"modified":3},"counts":{"documents":4,"kept":2,"removed":1,"dropped":0,"bad":1,"blankLines":7,
            "bytes":90,"keptBytes":50,"candidates":6,"isCopied":true},"files":{}}
            """
        let partial = try JSONDecoder().decode(PartialShard.self, from: Data(json.utf8))
        #expect(partial.counts.blankLines == 7 && partial.counts.keptBytes == 50 && partial.counts.read == 4)
        let again = try JSONDecoder().decode(PartialShard.self, from: JSONEncoder().encode(partial))
        #expect(again.counts == partial.counts)
        let lie = json.replacingOccurrences(of: "\"kept\":2", with: "\"kept\":-2")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PartialShard.self, from: Data(lie.utf8)) }
    }

    @Test(arguments: [
        "UPDATE shard SET size = NULL", "UPDATE shard SET size = 'x'", "UPDATE shard SET size = -1",
        "UPDATE shard SET modified = 1.5", "UPDATE shard SET modified = X'00'", "UPDATE shard SET digest = NULL",
        "UPDATE shard SET is_copied = 7", "UPDATE shard SET is_copied = NULL",
        "UPDATE shard SET name = '../../a'", "UPDATE shard SET name = X'FF'",
        "UPDATE shard SET name = ''", "UPDATE shard SET name = '/etc/x'", "UPDATE shard SET name = '.dedup/x'",
        "UPDATE counter SET value = 'many'", "UPDATE counter SET value = -1",
        "UPDATE counter SET value = 9223372036854775807", "UPDATE counter SET name = X'01' WHERE name = 'kept'",
        "UPDATE position SET words = 'x'", "UPDATE position SET documents = -1", "UPDATE position SET shingles = X'00'",
        "UPDATE segment SET first_word = 9, end_word = 1", "UPDATE segment SET end_word = 9223372036854775807",
        "UPDATE segment SET entries = 'x'", "UPDATE segment SET header_check = 0.5",
        "UPDATE partial SET state = 'x'", "UPDATE partial SET state = 5", "UPDATE partial SET state = X'7B7D'",
        "UPDATE parameter SET value = X'FF' WHERE name = 'bands'",
        "UPDATE parameter SET value = 'x' WHERE name = 'catalog-identity'",
        "UPDATE input SET label = X'00'", "UPDATE input SET name = X'00'", "UPDATE file SET size = 'x'",
        "UPDATE file SET kind = X'00' WHERE kind = 'bad'", "UPDATE report SET digest = X'00'",
        "UPDATE against SET path = X'00'",
        "DROP TABLE counter", "ALTER TABLE shard DROP COLUMN digest",
    ])
    func rowsThatNoRunWritesAreFailures(sql: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin(
                ["bands": "3"], [Catalog.Input(name: "books", label: "b")], against: [.init(path: "p", state: "s")])
            try catalog.intend([shardRecord(0, "a.jsonl")])
            try finish([shardRecord(0, "a.jsonl")], catalog, sampleState(4))
            try catalog.record(samplePartial(1), sampleState(4))
            try catalog.expectReport("report.json", digest: "d")
            try catalog.settle()
        }
        try change(path, sql)
        let message = try failure {
            try Catalog.read(path) { catalog throws(Failure) in
                _ = try catalog.parameters()
                _ = try catalog.inputs()
                _ = try catalog.identity()
                _ = try catalog.files()
                _ = try catalog.intendedShards()
                _ = try catalog.partialShard()
                _ = try catalog.indexState()
                _ = try catalog.otherOutputs()
                _ = try catalog.reports()
                _ = try catalog.state()
            }
        }
        #expect(message?.contains(path) == true, "\(sql): \(message ?? "no failure")")
    }
}
