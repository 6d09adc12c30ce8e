import Basics
import Corpus
import Foundation
import TestSupport

@testable import DuplicateIndex
@testable import OutputStore

// Sample values for catalogs, and functions that compare them.

func shardRecord(_ ordinal: Int, _ name: String, removed: Int = 3, isCopied: Bool = false) -> Catalog.ShardRecord {
    var counts = DocumentCounts()
    counts.kept = 10
    counts.removed = removed
    counts.dropped = 2
    counts.bad = 1
    counts.read = 13 + removed
    counts.blankLines = 4
    counts.bytes = 5_000_000_000
    counts.keptBytes = 4_000_000_000
    counts.candidates = 77
    return Catalog.ShardRecord(
        ordinal: ordinal, name: name, input: "books", size: 1 << 40, modified: 1_700_000_000_123_456_789,
        digest: "00112233445566778899aabbccddeeff", counts: counts, isCopied: isCopied)
}

private func same(_ a: Catalog.ShardRecord, _ b: Catalog.ShardRecord) -> Bool {
    a.ordinal == b.ordinal && a.name.equalsBytewise(b.name) && a.input == b.input && a.size == b.size
        && a.modified == b.modified && a.digest == b.digest && a.counts == b.counts && a.isCopied == b.isCopied
}

func isSame(_ found: [Catalog.ShardRecord], _ expected: [Catalog.ShardRecord]) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy(same)
}

func sampleFiles(_ record: Catalog.ShardRecord) -> [Catalog.FileRecord] {
    [
        Catalog.FileRecord(kind: "bad", size: Int64(record.ordinal), digest: "\(record.ordinal)"),
        Catalog.FileRecord(kind: "corpus", size: 1 << 40, digest: "00112233445566778899aabbccddeeff"),
    ]
}

func finish(
    _ records: [Catalog.ShardRecord], _ catalog: Catalog, _ index: IndexState = .empty
) throws {
    try catalog.finish(records.map { ($0, sampleFiles($0)) }, index)
}

func sampleState(_ number: Int) -> IndexState {
    var random = SeededGenerator(seed: UInt64(number))
    var end = 0
    var segments: [IndexState.Segment] = []
    // The numbers of segments need not be in the order of the documents.
    for segment in (0..<number % 5).reversed() {
        let start = end
        end += Int.random(in: 1...1 << 40, using: &random)
        segments.append(
            IndexState.Segment(
                number: number * 10 + segment, entries: Int.random(in: 1...1 << 40, using: &random),
                documents: start..<end, check: [.max, 1 << 63, random.next()].randomElement(using: &random)!))
    }
    let position = IndexState.Position(words: end + 7, documents: number, shingles: number * 1_000_000_007)
    return IndexState(position: position, segments: segments)
}

func samplePartial(_ ordinal: Int, bytes: Int = 100) -> PartialShard {
    let pending = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0) })
    return PartialShard(
        ordinal: ordinal, name: "a/é.jsonl", input: "books",
        read: ReadPoint(
            line: 1_000_000, byte: 1 << 41, fileBytes: 1 << 40, digest: "aa", size: 1 << 42,
            modified: 1_700_000_000_123_456_789),
        counts: shardRecord(ordinal, "a/é.jsonl").counts,
        files: [
            "corpus": .init(temporaryName: "tmp-1", bytes: 1 << 39, digest: "0123456789abcdef", pending: pending),
            "bad": .init(temporaryName: nil, bytes: 0, digest: "0123456789abcdef", pending: Data()),
        ])
}

func isSame(_ a: PartialShard?, _ b: PartialShard?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.ordinal == b.ordinal && a.name.equalsBytewise(b.name) && a.input == b.input && a.read == b.read
        && a.counts == b.counts && Set(a.files.keys) == Set(b.files.keys)
        && a.files.allSatisfy { kind, file in
            let other = b.files[kind]!
            return file.temporaryName == other.temporaryName && file.bytes == other.bytes
                && file.pending == other.pending
        }
}

func isSame(
    _ found: [(shard: String, file: Catalog.FileRecord)], filesOf records: [Catalog.ShardRecord]
) -> Bool {
    let expected = records.flatMap { record in sampleFiles(record).map { (record.name, $0) } }
    return found.count == expected.count
        && zip(found, expected).allSatisfy { $0.shard.equalsBytewise($1.0) && $0.file == $1.1 }
}
