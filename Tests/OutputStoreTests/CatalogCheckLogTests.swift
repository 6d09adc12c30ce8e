import Basics
import Foundation
import TestSupport
import Testing

@testable import DuplicateIndex
@testable import OutputStore

/// Damage to the log of a catalog, and what a crash may leave there.
@Suite struct CatalogCheckLogTests {
    @Test(arguments: [false, true])
    func aFlippedBitInTheLogIsFound(isBigEndian: Bool) throws {
        let folder = try TemporaryFolder()
        var files = try filesWithLog(folder)
        if isBigEndian {
            files.log = withBigEndianChecksums(files.log)
            // SQLite reads the converted log like the original.
            #expect(try CopiedFiles(files).rowCount() == 239)
        }
        let copy = try CopiedFiles(files)
        #expect(try copy.damage().isEmpty)
        let log = LogLayout(files.log)
        #expect(log.commits.count == 6 && log.commits.contains { $0.count > 3 })
        let logPath = copy.path + "-wal"

        for at in 0..<32 {
            try copy.flip(\.log, at, bit: at % 8)
            let found = try copy.damage()
            #expect(found.map(\.path) == [logPath] && found.allSatisfy { !$0.mayBeTorn })
        }
        var random = SeededGenerator(seed: 2)
        for frame in 0..<log.frameCount {
            let isInLastCommit = log.commits.last!.contains(frame)
            for place in Array(0..<24) + (0..<3).map({ _ in Int.random(in: 24..<log.frameSize, using: &random) }) {
                let at = 32 + frame * log.frameSize + place
                try copy.flip(\.log, at, bit: Int.random(in: 0..<8, using: &random))
                let found = try copy.damage()
                #expect(found.count == 1 && found[0].path == logPath)
                #expect(found[0].what.hasPrefix("frame \(frame + 1) (bytes \(32 + frame * log.frameSize)..<"))
                // If the last frame of a commit no longer looks like one, the commit cannot be told from an unfinished
                // one.
                let looksOpen = log.isCommit(frame) && !LogLayout(copy.files.log).isCommit(frame)
                #expect(!found[0].mayBeTorn || isInLastCommit || looksOpen)
                if isInLastCommit && place >= 24 {
                    #expect(found[0].mayBeTorn)
                    #expect(found[0].what.hasSuffix("is damaged or was cut off while it was written"))
                }
            }
        }
    }

    @Test func aCutLogIsAtMostTorn() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let copy = try CopiedFiles(files)
        let ends = Set(log.commits.map { 32 + $0.upperBound * log.frameSize } + [0, 32])
        var lengths = Array(0...33)
        for frame in 0..<log.frameCount {
            let start = 32 + frame * log.frameSize
            lengths += [start, start + 1, start + 15, start + 16, start + 23, start + 24, start + 300]
        }
        for length in lengths + [files.log.count] {
            var cut = files
            cut.log.removeLast(files.log.count - length)
            try copy.write(cut)
            let found = try copy.damage()
            #expect(found.isEmpty == ends.contains(length))
            #expect(found.allSatisfy { $0.mayBeTorn && $0.path == copy.path + "-wal" })
            // Some file systems extend a file with zeros before they write its content.
            cut.log += [UInt8](repeating: 0, count: files.log.count - length)
            try copy.write(cut)
            let zeros = try copy.damage()
            #expect(zeros.allSatisfy { $0.mayBeTorn } || length < 32)
        }
    }

    /// The frames of one commit may reach the disk in any order.
    @Test func aTornCommitIsNoDamageForCertain() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let last = try #require(log.commits.last)
        #expect(last.count > 3)
        let copy = try CopiedFiles(files)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            var torn = files
            for frame in last where random.chance(0.4) {
                let start = 32 + frame * log.frameSize
                let from = random.chance(0.5) ? start : start + Int.random(in: 24..<log.frameSize, using: &random)
                for at in from..<start + log.frameSize { torn.log[at] = 0 }
            }
            try copy.write(torn)
            let found = try copy.damage()
            #expect(found.isEmpty == (torn.log == files.log))
            #expect(found.allSatisfy { $0.mayBeTorn })
        }
        // The same damage in an earlier commit cannot come from a crash.
        for frame in log.commits[log.commits.count - 3] {
            var damaged = files
            let start = 32 + frame * log.frameSize
            for at in start + 24..<start + log.frameSize { damaged.log[at] ^= 0xFF }
            try copy.write(damaged)
            #expect(try copy.damage().map(\.mayBeTorn) == [false])
        }
    }

    /// The rest of a commit that crashed stays in the file until it is overwritten.
    @Test func aCommitOverATornOneIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let files = try filesWithLog(folder)
        let log = LogLayout(files.log)
        let last = try #require(log.commits.last)
        for torn in last {
            var crashed = files
            crashed.log[32 + torn * log.frameSize + 100] ^= 1
            let other = try TemporaryFolder()
            try crashed.write(to: other.path + "/catalog.sqlite")
            let database = try TestDatabase(other, pageSize: 512)
            #expect(try database.rowCount() == 209)
            try database.execute("UPDATE item SET text = 'after the crash' WHERE number = 5")
            let copy = try CopiedFiles(database.files())
            #expect(LogLayout(copy.files.log).frameCount == log.frameCount)
            let found = try copy.damage()
            #expect(found.allSatisfy { $0.mayBeTorn })
            // Damage in an earlier frame is reported as damage.
            for frame in 0..<last.lowerBound {
                try copy.flip(\.log, 32 + frame * log.frameSize + 200, bit: 3)
                #expect(try copy.damage().contains { !$0.mayBeTorn && $0.what.hasPrefix("frame \(frame + 1) ") })
            }
        }
    }

    /// A transaction that is larger than the cache writes frames before it is committed.
    @Test func aRollbackIsNoDamage() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 512)
        try database.settle()
        try database.execute("PRAGMA cache_size = 5")
        try database.insert(0..<20)
        try database.insert(20..<300, isRolledBack: true)
        let size = try database.files().log.count
        #expect(try CopiedFiles(database.files()).damage().allSatisfy { $0.mayBeTorn })
        try database.insert(20..<25)
        try database.insert(25..<30)
        let files = try database.files()
        #expect(files.log.count == size)
        #expect(try CopiedFiles(files).damage().allSatisfy { $0.mayBeTorn })
        try database.settle()
        #expect(try CopiedFiles(database.files()).damage().isEmpty)
    }

    @Test func framesOfAnOlderLogAreNoDamage() throws {
        let folder = try TemporaryFolder()
        let database = try TestDatabase(folder, pageSize: 512)
        try database.insert(0..<200)
        try database.execute("PRAGMA wal_checkpoint(RESTART)")
        try CatalogCheck.write(of: database.path)
        #expect(try CopiedFiles(database.files()).damage().isEmpty)
        try database.insert(200..<210)
        try database.insert(210..<220)
        let files = try database.files()
        let copy = try CopiedFiles(files)
        let log = LogLayout(files.log)
        #expect(log.frameCount < (files.log.count - 32) / log.frameSize)
        #expect(try copy.damage().isEmpty)
        for frame in 0..<log.frameCount {
            for place in [0, 5, 9, 13, 17, 21, 100] {
                try copy.flip(\.log, 32 + frame * log.frameSize + place, bit: 2)
                let found = try copy.damage()
                #expect(found.count == 1 && found[0].what.hasPrefix("frame \(frame + 1) "))
                #expect(found[0].mayBeTorn ? log.commits.last!.contains(frame) : true)
            }
        }
    }
}
