import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

@Suite struct IndexTests {
    private struct Kept {
        let place: Place
        let id: DocumentID?
        let keys: [UInt64]
        let shingles: [UInt64]
    }

    /// Opens an index that is not stored.
    private func temporaryIndex(_ folder: TemporaryFolder, _ memory: Int, _ match: Match) throws -> DuplicateIndex {
        try DuplicateIndex(
            own: nil, scratch: folder.path, memory: memory, match: match,
            keys: { set, keys in for key in Self.keys(of: set) { keys.append(key) } })
    }

    /// Returns keys of bands with few different keys, so that most documents share keys with many dissimilar ones, and
    /// one band in which hardly any two documents share a key.
    private static func keys(of set: some Collection<UInt64>) -> [UInt64] {
        var random = SeededGenerator(seed: set.reduce(0) { ($0 ^ $1) &* 0x9E37_79B9_7F4A_7C15 })
        return (0..<5).map { UInt64($0) << 56 | UInt64.random(in: 0..<40, using: &random) } + [random.next()]
    }

    private func insert(_ kept: Kept, _ index: DuplicateIndex) throws {
        try kept.keys.withUnsafeBufferPointer { keys in
            try kept.shingles.withUnsafeBufferPointer { shingles in
                try kept.id.withBytes {
                    try index.insert([NewDocument(place: kept.place, id: $0, keys: keys, shingles: shingles)])
                }
            }
        }
    }

    private func twin(
        _ keys: [UInt64], _ shingles: [UInt64], _ index: DuplicateIndex, _ workspace: DuplicateIndex.Workspace
    ) throws -> DuplicateIndex.Twin? {
        try keys.withUnsafeBufferPointer { keys in
            try shingles.withUnsafeBufferPointer { try index.twin(keys: keys, shingles: $0, workspace) }
        }
    }

    private static let ids: [DocumentID?] = [
        nil, .string(""), .number("-1.5e300"), .string("x"), .string("1234567"), .string("12345678"),
        .string("123456789"), .string("документ №1 \u{0} \"'"), .string(String(repeating: "длинный ", count: 3000)),
        .number("0"),
    ]

    /// Records of every size are found, also those longer than one read.
    @Test(arguments: [0, 4 << 10, 200 << 10, 64 << 20])
    func everyRecordComesBack(memory: Int) throws {
        let folder = try TemporaryFolder()
        let index = try temporaryIndex(folder, memory, .jaccard(above: Threshold(thousandths: 700)))
        var random = SeededGenerator(seed: 5)
        let workspace = DuplicateIndex.Workspace()
        var all: [Kept] = []
        // A read fetches a header and up to 508 shingles.
        let sizes = [1, 2, 3, 100, 300, 506, 507, 508, 509, 600, 5000]
        for number in 0..<150 {
            let shingles = random.set(sizes[number % sizes.count])
            let kept = Kept(
                place: Place(shard: number / 7, line: number * 1_000_003 + 1),
                id: Self.ids[Int.random(in: 0..<Self.ids.count, using: &random)], keys: Self.keys(of: shingles),
                shingles: shingles)
            try insert(kept, index)
            all.append(kept)
            let position = index.position
            #expect(position.documents == all.count)
            #expect(position.shingles == all.reduce(0) { $0 + $1.shingles.count })
            // The latest document and an early one.
            for kept in [kept, all[number / 2]] {
                let found = try #require(try twin(kept.keys, kept.shingles, index, workspace))
                #expect(found.place == kept.place && found.id == kept.id && Array(found.bands) == [0, 1, 2, 3, 4, 5])
                let count = kept.shingles.count
                #expect(found.overlap == Overlap(intersection: count, union: count))
            }
        }
        #expect(index.size.bandKeys == 900 && index.size.documents == 150)
        #expect(index.size.logBytes > all.reduce(0) { $0 + ($1.shingles.count + 4) * 8 })
        // One more shingle changes the size of the set.
        for kept in all.shuffled(using: &random) {
            let found = try twin(kept.keys, kept.shingles, index, workspace)
            #expect(found?.place == kept.place && found?.id == kept.id)
            #expect(try twin(kept.keys.map { $0 ^ 1 }, kept.shingles, index, workspace) == nil)
        }
    }

    @Test(arguments: [200 << 10, 16 << 20], [true, false])
    func theEarliestTwinAndItsBandsAreFound(memory: Int, isExact: Bool) throws {
        let folder = try TemporaryFolder()
        let match = isExact ? Match.exact : .jaccard(above: Threshold(thousandths: 700))
        let index = try temporaryIndex(folder, memory, match)
        var random = SeededGenerator(seed: UInt64(memory))
        let workspace = DuplicateIndex.Workspace()
        let bases = (0..<12).map { _ in random.set(Int.random(in: 1...60, using: &random)) }
        var all: [Kept] = []
        var found = 0
        for number in 0..<1500 {
            let base = bases.randomElement(using: &random)!
            let shingles = base.filter { _ in random.chance(isExact ? 0.99 : 0.93) }
            if shingles.isEmpty { continue }
            let keys = Self.keys(of: shingles)
            let expected = all.first { kept in
                guard zip(kept.keys, keys).contains(where: { $0 == $1 }) else { return false }
                let both = Set(kept.shingles).intersection(shingles).count
                return isExact ? kept.shingles == shingles : 10 * both > 7 * Set(kept.shingles).union(shingles).count
            }
            workspace.candidates = 0
            let twin = try twin(keys, shingles, index, workspace)
            #expect(twin?.place == expected?.place)
            if let twin, let expected {
                found += 1
                #expect(Array(twin.bands) == keys.indices.filter { keys[$0] == expected.keys[$0] })
                #expect(twin.id == expected.id)
                let both = Set(expected.shingles).intersection(shingles).count
                let union = Set(expected.shingles).union(shingles).count
                #expect(
                    twin.overlap
                        == (isExact ? .init(intersection: 1, union: 1) : .init(intersection: both, union: union)))
            }
            // The candidates: bands that are shared with documents before the twin, and the twin.
            let before = all.prefix { $0.place != expected?.place }.reduce(0) { count, kept in
                count + zip(kept.keys, keys).count { $0 == $1 }
            }
            #expect(workspace.candidates == before + (expected == nil ? 0 : 1))
            if twin == nil || random.chance(0.1) {
                let kept = Kept(
                    place: Place(shard: 1, line: number + 1), id: .number("\(number)"), keys: keys, shingles: shingles)
                try insert(kept, index)
                all.append(kept)
            }
        }
        #expect(found > 100 && all.count > 100)
        #expect(index.size.documents == all.count)
        // Temporary files have no names, and the state to record is empty.
        #expect(try folder.names().isEmpty)
        let state = try index.makeDurable(through: index.position)
        #expect(state == .empty)
        try index.wasCommitted(state)
        #expect(try folder.names().isEmpty)
    }

    @Test func anEmptyIndexHasNoTwin() throws {
        let folder = try TemporaryFolder()
        let index = try temporaryIndex(folder, 1 << 20, .exact)
        #expect(try twin([1], [1, 2], index, DuplicateIndex.Workspace()) == nil)
        #expect(index.size.documents == 0 && index.size.bandKeys == 0 && index.size.logBytes == 0)
        #expect(try folder.names().isEmpty)
    }

    @Test func aMissingFolderIsAFailure() {
        #expect(throws: Failure.self) {
            try DuplicateIndex(
                own: nil, scratch: "/no/such/folder", memory: 1 << 20, match: .exact, keys: { _, _ in })
        }
    }
}
