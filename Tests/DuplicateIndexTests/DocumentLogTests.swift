import Basics
import Corpus
import Foundation
import TestSupport
import Testing

@testable import DuplicateIndex

@Suite struct DocumentLogTests {
    /// A record of the document log, as it was written or read.
    private struct Entry: Equatable {
        /// The offset of the record, in words.
        var document = 0
        let place: Place
        let id: DocumentID?
        let shingles: [UInt64]
    }

    private static let ids: [DocumentID?] = [
        nil, .string(""), .string("a"), .number("12"), .string("1234567"), .string("12345678"), .number("123456789"),
        .string("два слова"),
    ]

    private func append(_ entries: [Entry], to log: inout DocumentLog) throws -> [Entry] {
        var written: [Entry] = []
        var records = Buffer<UInt64>()
        for entry in entries {
            var entry = entry
            let offsets = try entry.shingles.withUnsafeBufferPointer { shingles in
                try entry.id.withBytes { id in
                    let document = NewDocument(
                        place: entry.place, id: id, keys: UnsafeBufferPointer(start: nil, count: 0),
                        shingles: shingles)
                    let offsets = try log.offsets(of: [document])
                    try log.write([document], at: offsets[0], &records)
                    return offsets
                }
            }
            entry.document = offsets[0]
            log.extend(to: offsets[1])
            written.append(entry)
        }
        return written
    }

    private func entries(
        _ sizes: [Int], seed: UInt64 = 1, ids: [DocumentID?] = DocumentLogTests.ids
    ) -> [Entry] {
        var random = SeededGenerator(seed: seed)
        return sizes.enumerated().map { number, size in
            Entry(
                place: Place(shard: number * 1000, line: Int(UInt32.max) - number), id: ids[number % ids.count],
                shingles: (0..<size).map { _ in random.next() })
        }
    }

    private func all(_ log: borrowing DocumentLog, from start: Int = 0) throws -> [Entry] {
        var found: [Entry] = []
        try log.forEach(from: start) { document, record, words throws(Failure) in
            found.append(
                Entry(
                    document: document, place: record.place, id: record.id(in: words),
                    shingles: Array(record.shingles(in: words))))
        }
        return found
    }

    private func read(
        _ document: Int, _ log: borrowing DocumentLog, wanted: ClosedRange<Int> = 0...Int.max
    ) throws -> Entry {
        var scratch = Buffer<UInt64>()
        let record = try log.read(document, wanted: wanted, into: &scratch)
        return Entry(
            document: document, place: record.place, id: record.id(in: scratch),
            shingles: Array(record.shingles(in: scratch)))
    }

    private func log(in folder: TemporaryFolder, words: Int, isReadOnly: Bool = true) throws -> DocumentLog {
        try DocumentLog.open(in: folder.path, words: words, isReadOnly: isReadOnly)
    }

    // MARK: Reading

    /// A block has 131,072 words and a header has 3. A read of a record fetches 512 words.
    @Test(arguments: [
        [], [0], [1], [508, 509, 510, 0, 511], [131_069, 1], [131_068, 1], [131_066, 1], [131_070, 5, 0],
        [5, 131_069, 7], [300_000], [3, 300_000, 4, 131_071, 131_072, 1], [60_000, 60_000, 60_000, 60_000],
    ])
    func allRecordsComeBackInOrder(sizes: [Int]) throws {
        let folder = try TemporaryFolder()
        for ids in [[nil], Self.ids] {
            var log = try DocumentLog.open(in: folder.path, words: 0, isReadOnly: false)
            let written = try append(entries(sizes, ids: ids), to: &log)
            try log.sync()
            let words = log.written
            let reopened = try self.log(in: folder, words: words)
            #expect(try all(log) == written)
            #expect(try all(reopened) == written)
            for (number, entry) in written.enumerated() {
                #expect(try all(log, from: entry.document) == Array(written[number...]))
                #expect(try read(entry.document, log) == entry)
                #expect(try read(entry.document, reopened) == entry)
            }
            #expect(try all(log, from: words).isEmpty)
        }
    }

    @Test func manyRecordsComeBack() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 2)
        var log = try DocumentLog.temporary(in: folder.path)
        var written: [Entry] = []
        for round in 0..<40 {
            let sizes = (0..<50).map { _ in
                Int.random(in: 0..<[4, 300, 700].randomElement(using: &random)!, using: &random)
            }
            written += try append(entries(sizes, seed: UInt64(round)), to: &log)
            if round % 8 == 0 { #expect(try all(log) == written) }
        }
        #expect(log.written > 2 << 17)
        for start in (0..<written.count).shuffled(using: &random).prefix(20) {
            #expect(try all(log, from: written[start].document) == Array(written[start...]))
        }
        #expect(try folder.names().isEmpty)
    }

    @Test func aRecordOfAnotherSizeIsNotReadWhole() throws {
        let folder = try TemporaryFolder()
        var log = try DocumentLog.open(in: folder.path, words: 0, isReadOnly: false)
        let written = try append(entries([5000, 10]), to: &log)
        var scratch = Buffer<UInt64>()
        for wanted in [0...9, 0...4999, 5001...6000] {
            let record = try log.read(0, wanted: wanted, into: &scratch)
            #expect(record.shingleCount == 5000 && record.place == written[0].place && scratch.count == 512)
        }
        #expect(try log.read(0, wanted: 5000...5000, into: &scratch).shingles(in: scratch).count == 5000)
    }

    // MARK: Damage

    @Test func everyFlippedByteIsFound() throws {
        let folder = try TemporaryFolder()
        var writer = try log(in: folder, words: 0, isReadOnly: false)
        let written = try append(entries([3, 1, 0, 2, 5, 0, 4, 1]), to: &writer)
        let words = writer.written
        let path = DocumentLog.path(in: folder.path)
        let bytes = try bytesOfFile(path)
        #expect(bytes.count == words * 8)
        let reader = try log(in: folder, words: words)
        for at in bytes.indices {
            let damaged = written.last { $0.document * 8 <= at }!
            for bit in 0..<8 {
                try overwrite(path, at: at, [bytes[at] ^ 1 << UInt8(bit)])
                let expected = "\(path): damaged: the checksum of the document at byte \(damaged.document * 8) is wrong"
                let inAll = try failure { _ = try all(reader) }
                if inAll != expected { Issue.record("byte \(at): \(inAll ?? "")") }
                for entry in written {
                    var answer: Entry?
                    let message = try failure { answer = try read(entry.document, reader) }
                    if entry == damaged ? message != expected : answer != entry {
                        Issue.record("byte \(at), \(entry): \(message ?? "")")
                    }
                }
                // If the record's size rules it out, only its header is read and checked.
                let message = try failure { () throws in
                    var scratch = Buffer<UInt64>()
                    let record = try reader.read(damaged.document, wanted: 100...200, into: &scratch)
                    #expect(record.shingleCount == damaged.shingles.count && record.place == damaged.place)
                }
                let place = at - damaged.document * 8
                if message != (place < 16 || (20..<24).contains(place) ? expected : nil) {
                    Issue.record("byte \(at): \(message ?? "")")
                }
            }
            try overwrite(path, at: at, [bytes[at]])
        }
        #expect(try all(reader) == written)
    }

    @Test func aLogThatIsCutOffIsFound() throws {
        let folder = try TemporaryFolder()
        let path = DocumentLog.path(in: folder.path)
        var writer = try log(in: folder, words: 0, isReadOnly: false)
        let written = try append(entries([3, 1, 700, 2]), to: &writer)
        let words = writer.written
        let bytes = try bytesOfFile(path)
        let reader = try log(in: folder, words: words)
        for length in 0..<bytes.count where length % 61 == 0 || length >= bytes.count - 40 {
            try write(Array(bytes.prefix(length)), to: path)
            for isReadOnly in [true, false] {
                let message = try failure { _ = try log(in: folder, words: words, isReadOnly: isReadOnly) }
                #expect(message == "\(path): damaged: \(length) bytes long, and \(bytes.count) were written")
            }
            // The file was not changed. A reader that has it open notices that it is too short.
            #expect(try File.status(at: path)?.size == Int64(length))
            #expect(try failure { _ = try all(reader) }?.hasPrefix("\(path): damaged: ") == true)
            #expect(try failure { _ = try read(written[3].document, reader) }?.hasPrefix("\(path): damaged: ") == true)
        }
        // The given length is not the end of a record.
        try write(bytes, to: path)
        for more in stride(from: 1, to: words, by: 5) where !written.contains(where: { $0.document == more }) {
            let cut = try log(in: folder, words: more)
            #expect(try failure { _ = try all(cut) }?.hasPrefix("\(path): damaged: ") == true)
        }
        try Disk.remove(path)
        #expect(throws: Failure.self) { _ = try log(in: folder, words: words) }
        #expect(throws: Failure.self) { _ = try log(in: folder, words: words, isReadOnly: false) }
        #expect(try folder.names().isEmpty)
    }

    // MARK: Opening

    @Test func bytesAfterTheRecordedLengthAreDropped() throws {
        let folder = try TemporaryFolder()
        let path = DocumentLog.path(in: folder.path)
        var writer = try log(in: folder, words: 0, isReadOnly: false)
        var written = try append(entries([3, 1, 5]), to: &writer)
        let words = writer.written
        _ = try append(entries([2, 700], seed: 2), to: &writer)
        let longer = try bytesOfFile(path)
        for garbage in [longer, longer + [1, 2, 3], Array(longer.prefix(words * 8)) + [7]] {
            try write(garbage, to: path)
            // A reader does not truncate the file.
            let reader = try log(in: folder, words: words)
            #expect(try all(reader) == Array(written.prefix(3)))
            #expect(try bytesOfFile(path) == garbage)
            let writer = try log(in: folder, words: words, isReadOnly: false)
            #expect(try bytesOfFile(path) == Array(longer.prefix(words * 8)))
            #expect(try all(writer) == written)
        }
        // Writing continues at the recorded length.
        var again = try log(in: folder, words: words, isReadOnly: false)
        #expect(again.written == words)
        written += try append(entries([9, 0, 4], seed: 3), to: &again)
        #expect(written[3].document == words)
        #expect(try all(again) == written)
        let end = again.written
        let reopened = try log(in: folder, words: end)
        #expect(try all(reopened) == written)
    }

    @Test func aLogThatWasNeverWrittenCanBeRead() throws {
        let folder = try TemporaryFolder()
        let log = try self.log(in: folder, words: 0)
        #expect(try all(log).isEmpty && log.written == 0)
        #expect(try folder.names().isEmpty)
        let none = try DocumentLog.open(in: folder.path + "/none", words: 0, isReadOnly: true)
        #expect(try all(none).isEmpty)
        #expect(throws: Failure.self) {
            _ = try DocumentLog.open(in: folder.path + "/none", words: 0, isReadOnly: false)
        }
    }

    @Test func aLineThatDoesNotFitIsAFailure() throws {
        let folder = try TemporaryFolder()
        let log = try DocumentLog.temporary(in: folder.path)
        let none = UnsafeBufferPointer<UInt64>(start: nil, count: 0)
        let noID = DocumentIDBytes(kind: .none, bytes: UnsafeBufferPointer(start: nil, count: 0))
        func offsets(line: Int) throws -> [Int] {
            try log.offsets(of: [
                NewDocument(place: Place(shard: 0, line: line), id: noID, keys: none, shingles: none)
            ])
        }
        #expect(try offsets(line: Int(UInt32.max)) == [0, 3])
        #expect(throws: Failure.self) { _ = try offsets(line: Int(UInt32.max) + 1) }
    }
}
