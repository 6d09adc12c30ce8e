import Basics
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import OutputStore

/// The content of a catalog's files, also after a crash, and damage to them.
@Suite struct CatalogFileTests {
    private func logBytes(_ path: String) throws -> Int64 { try File.status(at: path + "-wal")?.size ?? 0 }

    @Test func settlingLeavesAnEmptyLog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let catalog = try Catalog(path: path)
        #expect(try logBytes(path) == 0)
        try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
        for number in 0..<3 {
            let record = shardRecord(number, "\(number).jsonl")
            try catalog.intend([record])
            try finish([record], catalog, sampleState(number))
            #expect(try logBytes(path) > 0)
            try catalog.settle()
            #expect(try logBytes(path) == 0)
            #expect(try CatalogCheck.damage(of: path).isEmpty)
        }
        // A long log is moved into the database without a call of `settle`.
        try catalog.record(samplePartial(3, bytes: 5 << 20), sampleState(4))
        #expect(try logBytes(path) == 0)
        #expect(try CatalogCheck.damage(of: path).isEmpty)
        #expect(isSame(try catalog.partialShard(), samplePartial(3, bytes: 5 << 20)))
        #expect(try folder.names() == ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite.check"])
    }

    /// A copy of the files that is taken while the catalog is open stands for what a crash leaves.
    @Test func aCrashTakesNothingBack() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let catalog = try Catalog(path: path)
        let books = Catalog.Input(name: "books", label: nil)
        try catalog.begin(["bands": "3"], [books])
        var random = SeededGenerator(seed: 8)
        var done: [Catalog.ShardRecord] = []
        for number in 0..<15 {
            let next = shardRecord(number, "\(number).jsonl")
            try catalog.intend([next])
            if random.chance(0.2) { try catalog.record(samplePartial(number), sampleState(number)) }
            try checkCopy(of: folder, done, catalog)
            try finish([next], catalog, sampleState(number))
            done.append(next)
            try checkCopy(of: folder, done, catalog)
            if random.chance(0.2) { try catalog.settle() }
        }
    }

    private func checkCopy(
        of folder: TemporaryFolder, _ done: [Catalog.ShardRecord], _ catalog: Catalog
    ) throws {
        let copy = try TemporaryFolder()
        for (name, bytes) in try folder.contents() { try write(bytes, to: copy.path + "/" + name) }
        let other = try Catalog(path: copy.path + "/catalog.sqlite")
        #expect(isSame(try other.doneShards(), done))
        #expect(isSame(try other.files(), filesOf: done))
        #expect(try other.intendedShards() == catalog.intendedShards())
        #expect(try other.indexState() == catalog.indexState())
        #expect(isSame(try other.partialShard(), try catalog.partialShard()))
        #expect(try other.state() == catalog.state())
    }

    /// A commit that was cut short has no effect, and earlier commits stay.
    @Test func aCommitThatWasCutShortIsNone() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let catalog = try Catalog(path: path)
        try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
        try catalog.intend([shardRecord(0, "a.jsonl")])
        try finish([shardRecord(0, "a.jsonl")], catalog, sampleState(3))
        let before = try logBytes(path)
        try catalog.record(sampleState(4))
        let after = try logBytes(path)
        #expect(after > before + 4096)
        for length in [before, before + 1, before + 24, before + 4096, after - 4096, after - 1, after] {
            let copy = try TemporaryFolder()
            for (name, bytes) in try folder.contents() {
                let isLog = name.hasSuffix("-wal")
                try write(isLog ? Array(bytes.prefix(Int(length))) : bytes, to: copy.path + "/" + name)
            }
            let other = try Catalog(path: copy.path + "/catalog.sqlite")
            #expect(isSame(try other.doneShards(), [shardRecord(0, "a.jsonl")]))
            #expect(try other.indexState() == sampleState(length == after ? 4 : 3))
        }
    }

    /// A first run that was stopped before it wrote checksums does not endanger the commits of the next run.
    @Test func aCatalogThatWasCutOffBeforeItWasWholeIsMadeWhole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
        }
        try Disk.remove(CatalogCheck.checkPath(of: path))
        let catalog = try Catalog(path: path)
        #expect(try CatalogCheck.damage(of: path).isEmpty)
        try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
        try checkCopy(of: folder, [], catalog)
        try catalog.intend([shardRecord(0, "a.jsonl")])
        try finish([shardRecord(0, "a.jsonl")], catalog, sampleState(3))
        try checkCopy(of: folder, [shardRecord(0, "a.jsonl")], catalog)
    }

    @Test func aFileOfNothingBecomesACatalog() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        try write([], to: path)
        let catalog = try Catalog(path: path)
        #expect(try catalog.doneShards().isEmpty)
        try checkCopy(of: folder, [], catalog)
    }

    @Test(arguments: [true, false])
    func missingChecksumsAreDamage(isPartial: Bool) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
            try catalog.intend([shardRecord(0, "a.jsonl")])
            if isPartial {
                try catalog.record(samplePartial(0), sampleState(1))
            } else {
                try finish([shardRecord(0, "a.jsonl")], catalog)
            }
        }
        let check = CatalogCheck.checkPath(of: path)
        let bytes = try bytesOfFile(check)
        try Disk.remove(check)
        let before = try folder.contents()
        #expect(try failure { _ = try Catalog(path: path) }?.hasPrefix("\(check): damaged: missing") == true)
        // The failed attempt changed nothing. When the checksums are restored, the catalog can be opened.
        #expect(try folder.contents() == before)
        try write(bytes, to: check)
        let catalog = try Catalog(path: path)
        #expect(isSame(try catalog.doneShards(), isPartial ? [] : [shardRecord(0, "a.jsonl")]))
        #expect(isSame(try catalog.partialShard(), isPartial ? samplePartial(0) : nil))
    }

    /// Reading the names does not change the output.
    @Test func namesOfShardsAreReadWithoutATrace() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin([:], [Catalog.Input(name: "books", label: nil)])
            try catalog.intend([shardRecord(0, "a.jsonl"), shardRecord(1, "b.jsonl")])
            try finish([shardRecord(0, "a.jsonl")], catalog)
        }
        let before = try folder.contents()
        #expect(try Set(Catalog.namesOfShards(in: path)) == ["a.jsonl", "b.jsonl"])
        #expect(try folder.contents() == before)
        #expect(isSame(try Catalog(path: path).doneShards(), [shardRecord(0, "a.jsonl")]))
    }

    @Test func everyFlippedByteIsDamage() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let done = (0..<20).map { shardRecord($0, "shard-\($0).jsonl") }
        do {
            let catalog = try Catalog(path: path)
            try catalog.begin(["bands": "3"], [Catalog.Input(name: "books", label: nil)])
            try catalog.intend(done)
            try finish(done, catalog, sampleState(4))
            try catalog.settle()
        }
        for name in [path, CatalogCheck.checkPath(of: path)] {
            let bytes = try bytesOfFile(name)
            // All of the first 200 bytes, and some of the others in a long file.
            for at in bytes.indices where at < 200 || bytes.count < 1000 || at % 101 == 0 || at == bytes.count - 1 {
                try overwrite(name, at: at, [bytes[at] ^ 1 << UInt8(at % 8)])
                let message = try failure { _ = try Catalog(path: path) }
                if message?.hasPrefix("\(name): damaged: ") != true { Issue.record("byte \(at): \(message ?? "")") }
                try overwrite(name, at: at, [bytes[at]])
            }
        }
        #expect(isSame(try Catalog(path: path).doneShards(), done))
    }

    // MARK: Other files

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
            let records = (0..<200).map { shardRecord($0, "shard-\($0).jsonl") }
            try catalog.intend(records)
            try finish(records, catalog)
            try catalog.settle()
        }
        // Overwrites all pages except the first, which identifies the file as a database.
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

    @Test(arguments: ["1", "4", "0", "x"])
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
        // The file was changed without updating the checksums, so it counts as damaged.
        #expect(try failure { _ = try Catalog(path: path) }?.contains("\(path): damaged: ") == true)
        try CatalogCheck.write(of: path)
        let expected = "\(path): made by another version of dedup (format \(format))"
        #expect(try failure { _ = try Catalog(path: path) }?.hasPrefix(expected) == true)
        // The other version wrote no checksums.
        try Disk.remove(CatalogCheck.checkPath(of: path))
        #expect(try failure { _ = try Catalog(path: path) }?.hasPrefix(expected) == true)
    }
}
