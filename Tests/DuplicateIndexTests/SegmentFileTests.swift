import Basics
import TestSupport
import Testing

@testable import DuplicateIndex

/// Tests of segments that are stored on the disk.
@Suite struct SegmentFileTests {
    private let folder: TemporaryFolder
    private let model: Model
    /// The keys, in ascending order.
    private let keys: [UInt64]
    private let info: IndexState.Segment
    private let bytes: [UInt8]

    /// Creates a segment with three pages of entries.
    init() throws {
        folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 11)
        var table = BandTable()
        var model = Model()
        for document in 0..<600 {
            let key = randomKey(&random)
            table.insert(key: key, document: UInt64(document))
            model.insert(key, UInt64(document))
        }
        self.model = model
        keys = model.keys.sorted()
        let target = BandSegment.Target(folder: folder.path, number: 7, isTemporary: false, inMemory: false)
        let segment = try BandSegment.seal(table.sortedEntries(), documents: 0..<600, target)
        #expect(segment.path == folder.path + "/bands-000007")
        info = segment.info
        bytes = try bytesOfFile(segment.path)
        #expect(bytes.count == BandSegment.fileBytes(entries: 600) && bytes.count == Self.entriesStart + 600 * 16)
    }

    /// The entries begin after the header, the directory and the filters, each of which takes one page of memory.
    private static let entriesStart = 4 * 4096

    private var path: String { BandSegment.path(info.number, in: folder.path) }

    private func open(inMemory: Bool) throws -> BandSegment {
        try BandSegment(info, in: folder.path, inMemory: inMemory)
    }

    private func documents(_ segment: BandSegment, _ key: UInt64, _ scratch: inout PageScratch) throws -> [UInt64] {
        var found: [UInt64] = []
        try segment.forEach(key: key, &scratch) { found.append($0) }
        return found.sorted()
    }

    // MARK: Damage

    @Test(arguments: [true, false])
    func everyFlippedByteIsFound(inMemory: Bool) throws {
        var scratch = PageScratch()
        for at in bytes.indices {
            try overwrite(path, at: at, [bytes[at] ^ 1 << UInt8(at * 5 % 8)])
            if at < Self.entriesStart {
                let message = try failure { _ = try open(inMemory: inMemory) }
                if message?.hasPrefix("\(path): damaged: ") != true { Issue.record("byte \(at): \(message ?? "")") }
            } else {
                let segment = try open(inMemory: inMemory)
                let message = try failure { try segment.verify() }
                if message?.hasPrefix("\(path): damaged: ") != true { Issue.record("byte \(at): \(message ?? "")") }
                // Looks up the key of the damaged entry, which may fail for other keys in the same page, too.
                let entry = (at - Self.entriesStart) / 16 * 16 + Self.entriesStart
                let key = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: entry, as: UInt64.self) }
                let found = try failure { _ = try documents(segment, key, &scratch) }
                if found?.contains(path) != true { Issue.record("byte \(at): \(found ?? "")") }
                if at % 100 == 0 {
                    for key in keys {
                        var answer: [UInt64] = []
                        if try failure({ answer = try documents(segment, key, &scratch) }) != nil { continue }
                        #expect(answer == model[key])
                    }
                }
            }
            try overwrite(path, at: at, [bytes[at]])
        }
        try open(inMemory: inMemory).verify()
    }

    @Test(arguments: [true, false])
    func anotherLengthIsFound(inMemory: Bool) throws {
        let parts = [0, 4096, 8192, 12288, Self.entriesStart, Self.entriesStart + 4096, bytes.count]
        var lengths: Set<Int> = []
        for part in parts { for more in [-16, -1, 0, 1, 16, 4096] { lengths.insert(max(0, part + more)) } }
        lengths.remove(bytes.count)
        for length in lengths.sorted() {
            try write(bytes.prefix(length) + [UInt8](repeating: 0, count: max(0, length - bytes.count)), to: path)
            let message = try failure { _ = try open(inMemory: inMemory) }
            if message?.contains(path) != true { Issue.record("\(length) bytes: \(message ?? "")") }
        }
        try Disk.remove(path)
        #expect(try failure { _ = try open(inMemory: inMemory) }?.contains(path) == true)
    }

    /// The file changes while it is open; the filters are in memory and do not change.
    @Test func aFileThatChangesWhileItIsOpenIsFound() throws {
        let segment = try open(inMemory: true)
        try segment.verify()
        try overwrite(path, at: bytes.count, [0])
        #expect(try failure { try segment.verify() }?.contains("\(path): damaged: ") == true)
        let file = try File(path, .update)
        try file.truncate(to: Int64(bytes.count - 1))
        #expect(try failure { try segment.verify() }?.contains("\(path): damaged: ") == true)
        var scratch = PageScratch()
        #expect(try failure { _ = try documents(segment, keys.last!, &scratch) }?.contains(path) == true)
        #expect(try documents(segment, keys[0], &scratch) == model[keys[0]])
    }

    /// A segment that another run wrote under the same number is refused.
    @Test func anotherSegmentIsRefused() throws {
        var table = BandTable()
        for document in 0..<600 { table.insert(key: UInt64(document) << 50, document: UInt64(document)) }
        let target = BandSegment.Target(folder: folder.path, number: 7, isTemporary: false, inMemory: true)
        let other = try BandSegment.seal(table.sortedEntries(), documents: 0..<600, target)
        #expect(other.info.check != info.check && other.info.number == info.number)
        #expect(try failure { _ = try open(inMemory: true) }?.contains(path) == true)
        try BandSegment(other.info, in: folder.path, inMemory: true).verify()
    }

    // MARK: Equal results in memory and from files

    @Test(arguments: [1, 256, 600, 20_000])
    func filtersInMemoryAndMappedGiveTheSameAnswers(entries: Int) throws {
        var random = SeededGenerator(seed: UInt64(entries))
        var table = BandTable()
        var model = Model()
        for document in 0..<entries {
            let key = randomKey(&random)
            table.insert(key: key, document: UInt64(document))
            model.insert(key, UInt64(document))
        }
        func target(_ number: Int, inMemory: Bool) -> BandSegment.Target {
            BandSegment.Target(folder: folder.path, number: number, isTemporary: false, inMemory: inMemory)
        }
        let written = [
            try BandSegment.seal(table.sortedEntries(), documents: 5..<10, target(1, inMemory: true)),
            try BandSegment.seal(table.sortedEntries(), documents: 5..<10, target(2, inMemory: false)),
        ]
        #expect(written[0].info.check == written[1].info.check)
        #expect(try bytesOfFile(written[0].path) == bytesOfFile(written[1].path))
        let reopened = [
            try BandSegment(written[1].info, in: folder.path, inMemory: true),
            try BandSegment(written[0].info, in: folder.path, inMemory: false),
        ]
        let all = written + reopened
        let memory = BandSegment.memory(entries: entries)
        #expect(all.map(\.memory) == [memory, 0, memory, 0])
        #expect(all.allSatisfy { $0.info.documents == 5..<10 && $0.info.entries == entries })
        var pagesRead = all.map { _ in 0 }
        for key in model.keys.prefix(2000) + (0..<2000).map({ _ in random.next() }) {
            for (number, segment) in all.enumerated() {
                var scratch = PageScratch()
                if segment.mayContain(key) {
                    if try documents(segment, key, &scratch) != model[key] { Issue.record("\(key)") }
                } else if !model[key].isEmpty {
                    Issue.record("\(key)")
                }
                if model[key].count > 1 && !segment.mayBeShared(key) { Issue.record("\(key)") }
                let isSame =
                    segment.mayContain(key) == all[0].mayContain(key)
                    && segment.mayBeShared(key) == all[0].mayBeShared(key)
                if !isSame { Issue.record("\(key)") }
                pagesRead[number] += scratch.pagesRead
            }
        }
        #expect(Set(pagesRead).count == 1)
        // Of the keys that only one document has, few pass the filter for shared keys.
        let alone = model.keys.filter { model[$0].count == 1 }
        #expect(alone.count { all[0].mayBeShared($0) } <= alone.count / 10)
        // The filter prevents a page read for most absent keys.
        #expect(pagesRead[0] < 2 * min(2000, model.keys.count) + 200)
    }

    @Test func temporarySegmentsLeaveNoFile() throws {
        let before = try folder.contents()
        var table = BandTable()
        for key in keys { table.insert(key: key, document: model[key][0]) }
        for inMemory in [true, false] {
            let target = BandSegment.Target(folder: folder.path, number: 7, isTemporary: true, inMemory: inMemory)
            let first = try BandSegment.seal(table.sortedEntries(), documents: 0..<600, target)
            let merged = try BandSegment.merge([try open(inMemory: inMemory), first], target)
            #expect(try folder.contents() == before)
            try merged.verify()
            #expect(merged.count == 600 + keys.count)
        }
        #expect(try folder.contents() == before)
    }

    @Test func numbersMakeNamesThatSort() {
        #expect(BandSegment.path(0, in: "/a") == "/a/bands-000000")
        #expect(BandSegment.path(999_999, in: "/a") == "/a/bands-999999")
        #expect(BandSegment.path(1_234_567, in: "/a") == "/a/bands-1234567")
    }
}
