import Basics
import DuplicateIndex
import Foundation
import GRDB
import Testing

struct CatalogTests {
    private func record(_ ordinal: Int, _ name: String, removed: Int = 3, isCopied: Bool = false) -> Catalog.ShardRecord
    {
        var counts = ShardCounts()
        counts.kept = 10
        counts.removed = removed
        counts.dropped = 2
        counts.bad = 1
        counts.documents = 13 + removed
        counts.blankLines = 4
        counts.bytes = 5_000_000_000
        counts.keptBytes = 4_000_000_000
        counts.compared = 77
        counts.isCopied = isCopied
        return Catalog.ShardRecord(
            ordinal: ordinal, name: name, input: "books", size: 1 << 40, modified: 1_700_000_000_123_456_789,
            digest: "00112233445566778899aabbccddeeff", counts: counts)
    }

    private func same(_ a: Catalog.ShardRecord, _ b: Catalog.ShardRecord) -> Bool {
        a.ordinal == b.ordinal && a.name.equalsBytewise(b.name) && a.input == b.input && a.size == b.size
            && a.modified == b.modified && a.digest == b.digest && a.counts == b.counts
    }

    private func isSame(_ found: [Catalog.ShardRecord], _ expected: [Catalog.ShardRecord]) -> Bool {
        found.count == expected.count && zip(found, expected).allSatisfy(same)
    }

    @Test func everythingComesBackAlsoLater() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let inputs = [Catalog.Input(name: "books", label: nil), Catalog.Input(name: "crawl", label: "веб")]
        let parameters = ["bands": "10", "threshold": "0.7", "text-field": "a'b\"c"]
        let first = record(0, "a/1.jsonl.zst")
        let second = record(1, "a/é.jsonl", isCopied: true)
        do {
            let catalog = try Catalog(path: path)
            #expect(try catalog.parameters().isEmpty && catalog.inputs().isEmpty && catalog.doneShards().isEmpty)
            try catalog.begin(["bands": "3"], [Catalog.Input(name: "forgotten", label: nil)])
            // Nothing is done yet: what was asked first does not count.
            try catalog.begin(parameters, inputs)
            try catalog.intend([second, first])
            #expect(try catalog.doneShards().isEmpty)
            #expect(try Set(catalog.intendedShards()) == [first.name, second.name])
            try catalog.finish([first])
            #expect(try catalog.intendedShards() == [second.name])
            #expect(isSame(try catalog.doneShards(), [first]))
        }
        let catalog = try Catalog(path: path)
        #expect(try catalog.parameters() == parameters)
        #expect(try catalog.inputs() == inputs)
        #expect(isSame(try catalog.doneShards(), [first]))
        try catalog.finish([second])
        #expect(isSame(try catalog.doneShards(), [first, second]))
        // What is there stays as it was.
        try catalog.begin(["bands": "20"], [Catalog.Input(name: "books", label: "other")])
        #expect(try catalog.inputs().first { $0.name == "books" }?.label == nil)
        #expect(try catalog.parameters()["bands"] == "20")
    }

    /// A shard that a run was cut off at is taken again, perhaps at another place.
    @Test func anIntentCanBeRenewed() throws {
        let folder = try TemporaryFolder()
        let catalog = try Catalog(path: folder.path + "/catalog.sqlite")
        try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
        try catalog.intend([record(0, "a.jsonl"), record(1, "b.jsonl"), record(2, "c.jsonl")])
        let renewed = [record(0, "0.jsonl"), record(1, "a.jsonl", removed: 8)]
        try catalog.intend(renewed)
        #expect(try Set(catalog.intendedShards()) == ["0.jsonl", "a.jsonl", "c.jsonl"])
        try catalog.finish(renewed)
        #expect(isSame(try catalog.doneShards(), renewed))
        #expect(try catalog.intendedShards() == ["c.jsonl"])
    }

    /// Names are bytes: an é of one scalar and one of two are two shards.
    @Test func namesAreBytes() throws {
        let folder = try TemporaryFolder()
        let catalog = try Catalog(path: folder.path + "/catalog.sqlite")
        try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
        let both = [record(0, "e\u{301}.jsonl"), record(1, "\u{E9}.jsonl")]
        try catalog.intend(both)
        try catalog.finish(both)
        #expect(isSame(try catalog.doneShards(), both))
    }

    @Test func whatIsNoCatalogIsAFailure() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        try Data("this is no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: path))
        let text = #expect(throws: Failure.self) { try Catalog(path: path) }
        #expect(text?.message.contains(path) == true)
        #expect(throws: Failure.self) { try Catalog(path: folder.path) }
        #expect(throws: Failure.self) { try Catalog(path: folder.path + "/none/catalog.sqlite") }
    }

    @Test func aDamagedCatalogIsAFailure() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
            let records = (0..<200).map { record($0, "shard-\($0).jsonl") }
            try catalog.intend(records)
            try catalog.finish(records)
        }
        // All the pages but the first, which says that this is a database.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.count > 3 * 4096)
        for at in 4096..<bytes.count { bytes[at] = UInt8(truncatingIfNeeded: at &* 31) }
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: Failure.self) {
            let catalog = try Catalog(path: path)
            _ = try catalog.doneShards()
        }
        #expect(error?.message.contains(path) == true)
    }

    @Test(arguments: ["2", "0", "x"])
    func anotherFormatIsRefused(format: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do { _ = try Catalog(path: path) }
        do {
            let database = try DatabaseQueue(path: path)
            try database.write { db in
                try db.execute(sql: "UPDATE parameter SET value = ? WHERE name = 'catalog-format'", arguments: [format])
            }
            try database.close()
        }
        let error = #expect(throws: Failure.self) { try Catalog(path: path) }
        #expect(error?.message.contains("made by another version of dedup (format \(format))") == true)
    }
}
