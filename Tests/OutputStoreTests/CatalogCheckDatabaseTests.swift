import Basics
import Foundation
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import OutputStore

/// Damage to a catalog whose log is empty.
@Suite struct CatalogCheckDatabaseTests {
    @Test(arguments: [512, 4096, 65536])
    func aFlippedBitInTheDatabaseIsFound(pageSize: Int) throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: pageSize)
        try database.insert(0..<400)
        try database.settle()
        let files = try database.files()
        let copy = try CopiedFiles(files)
        #expect(try copy.damage().isEmpty)
        #expect(files.log.isEmpty && files.database.count > 2 * pageSize)
        var random = SeededGenerator(seed: 1)
        for page in 0..<files.database.count / pageSize {
            var places = [0, 1, pageSize / 2, pageSize - 1]
            for _ in 0..<8 { places.append(Int.random(in: 0..<pageSize, using: &random)) }
            // The header of the database file.
            if page == 0 { places += 0..<100 }
            for place in places {
                let at = page * pageSize + place
                try copy.flip(\.database, at, bit: Int.random(in: 0..<8, using: &random))
                let found = try copy.damage()
                let bytes = "\(page * pageSize)..<\((page + 1) * pageSize)"
                #expect(
                    found == [
                        CatalogCheck.Damage(
                            path: copy.path, what: "page \(page + 1) (bytes \(bytes)) has a wrong checksum")
                    ])
            }
        }
    }

    @Test func aFlippedBitInTheCheckIsFound() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 512)
        try database.insert(0..<100)
        try database.settle()
        let files = try database.files()
        let copy = try CopiedFiles(files)
        let expected = CatalogCheck.Damage(
            path: CatalogCheck.checkPath(of: copy.path), what: "its content differs from what was written")
        for at in files.check.indices {
            try copy.flip(\.check, at, bit: at % 8)
            #expect(try copy.damage() == [expected])
        }
        for length in files.check.indices {
            var cut = files
            cut.check.removeLast(files.check.count - length)
            try copy.write(cut)
            #expect(try copy.damage() == [expected])
        }
        var longer = files
        longer.check.append(0)
        try copy.write(longer)
        #expect(try copy.damage() == [expected])
    }

    @Test func missingFilesAndOtherLengthsAreFound() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 1024)
        try database.insert(0..<100)
        try database.settle()
        let files = try database.files()
        let copy = try CopiedFiles(files)
        for length in [0, 1, 1024, files.database.count - 1024, files.database.count - 1] {
            var cut = files
            cut.database.removeLast(files.database.count - length)
            try copy.write(cut)
            let found = try copy.damage()
            let what = "is \(length) bytes long; \(files.database.count) were written"
            let lastPage = "page \(files.database.count / 1024) "
            #expect(found.contains { $0.what == what || length % 1024 > 0 && $0.what.hasPrefix(lastPage) })
            #expect(found.allSatisfy { $0.path == copy.path && !$0.mayBeTorn })
        }
        for more in [1, 1024, 5000] {
            var longer = files
            longer.database += [UInt8](repeating: 0, count: more)
            try copy.write(longer)
            #expect(try copy.damage().map(\.path) == [copy.path])
        }
        try copy.write(files)
        let check = CatalogCheck.checkPath(of: copy.path)
        try FileManager.default.removeItem(atPath: check)
        #expect(try copy.damage() == [CatalogCheck.Damage(path: check, what: "missing")])
        try copy.write(files)
        try FileManager.default.removeItem(atPath: copy.path)
        #expect(try copy.damage() == [CatalogCheck.Damage(path: copy.path, what: "missing")])
        try copy.write(files)
        try FileManager.default.removeItem(atPath: copy.path + "-wal")
        #expect(try copy.damage().isEmpty)
    }

    @Test func writingLeavesNothingElse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        let database = try TestDatabase(folder, pageSize: 4096)
        // A crash left a temporary file.
        try Data("cut off".utf8).write(to: URL(fileURLWithPath: path + ".check.tmp"))
        for round in 0..<3 {
            try database.insert(round * 100..<(round + 1) * 100)
            try database.settle()
            #expect(try CatalogCheck.damage(of: path).isEmpty)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite.check"])
    }

    @Test(arguments: ["", "no database", "SQLite format 3\0", "SQLite format 3\0\u{3}\u{4}0123456789"])
    func aFileThatIsNoDatabaseIsAFailure(content: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/catalog.sqlite"
        #expect(throws: Failure.self) { try CatalogCheck.write(of: path) }
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: Failure.self) { try CatalogCheck.write(of: path) }
        #expect(error?.message.contains(path) == true)
        #expect(try File.status(at: CatalogCheck.checkPath(of: path)) == nil)
    }
}
