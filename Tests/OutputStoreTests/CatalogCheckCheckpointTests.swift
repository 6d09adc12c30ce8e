import Basics
import Foundation
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import OutputStore

/// Tests of catalogs whose log is being copied to the database.
@Suite struct CatalogCheckCheckpointTests {
    @Test func aCheckpointUnderWayIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let newest = log.newestPages
        #expect(newest.keys.contains { $0 * 512 > files.database.count })
        let copy = try CopiedFiles(files)
        var underWay = files
        // The pages are copied in the order of a checkpoint.
        for (page, bytes) in newest.sorted(by: { $0.key < $1.key }) {
            for length in [200, 512] {
                let start = (page - 1) * 512
                let missing = start + length - underWay.database.count
                if missing > 0 { underWay.database += [UInt8](repeating: 0, count: missing) }
                underWay.database.replaceSubrange(start..<start + length, with: bytes[..<length])
                try copy.write(underWay)
                #expect(try copy.damage().isEmpty)
            }
        }
        // All other pages are still compared, and so is the log.
        let others = (1...files.database.count / 512).filter { newest[$0] == nil }
        #expect(others.count > 2)
        for page in others {
            try copy.flip(\.database, page * 512 - 7, bit: 5)
            let found = try copy.damage()
            #expect(found.count == 1 && found[0].path == copy.path && found[0].what.hasPrefix("page \(page) "))
        }
        for place in [17, 40, 32 + log.frameSize * 2 + 30] {
            try copy.flip(\.log, place, bit: 1)
            let found = try copy.damage()
            #expect(found.map(\.path) == [copy.path + "-wal"] && found.allSatisfy { !$0.mayBeTorn })
        }
    }

    /// A crash at any step of a checkpoint is not damage, whether the database grows or shrinks.
    @Test(arguments: [false, true])
    func eachStepOfSettlingIsClean(isShrinking: Bool) throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 1024)
        try database.insert(0..<300)
        try database.settle()
        let before = try database.files()
        if isShrinking {
            try database.execute("DELETE FROM item WHERE number > 30")
            try database.execute("VACUUM")
        } else {
            try database.insert(300..<500)
        }
        #expect(try CopiedFiles(database.files()).damage().isEmpty)
        try database.execute("PRAGMA wal_checkpoint(FULL)")
        let copied = try database.files()
        #expect((copied.database.count < before.database.count) == isShrinking)
        #expect(copied.database.count != before.database.count && !copied.log.isEmpty)
        #expect(copied.check == before.check)
        #expect(try CopiedFiles(copied).damage().isEmpty)
        try CatalogCheck.write(of: database.path)
        let checked = try database.files()
        #expect(checked.check != before.check && checked.log == copied.log)
        #expect(try CopiedFiles(checked).damage().isEmpty)
        // If a crash came before the log was truncated, a new connection may reuse the log.
        let other = try TemporaryFolder()
        try checked.write(to: other.path + "/catalog.sqlite")
        let reopened = try TestDatabase(other, pageSize: 1024)
        try reopened.insert(1000..<1010)
        #expect(try CopiedFiles(reopened.files()).damage().isEmpty)
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let settled = try database.files()
        #expect(settled.log.isEmpty)
        #expect(try CopiedFiles(settled).damage().isEmpty)
        // A log does not fit a newer state of the database.
        var mixed = settled
        mixed.check = before.check
        #expect(try !CopiedFiles(mixed).damage().isEmpty)
    }
}
