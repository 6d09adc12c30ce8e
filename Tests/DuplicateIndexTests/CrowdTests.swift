import Basics
import Corpus
import TestSupport
import Testing

@testable import DuplicateIndex

/// Buckets with many documents rule out candidates, but no duplicates.
@Suite struct CrowdTests {
    private static let threshold = Threshold(thousandths: 700)

    /// Returns the documents of a bucket that may be similar enough to a document with these shingles.
    private func candidates(_ bucket: CrowdedBucket, _ shingles: [UInt64]) -> [Int] {
        var found: [Int] = []
        var scratch = Buffer<UInt64>()
        let sizes = Match.jaccard(above: Self.threshold).sizes(forDuplicatesOf: shingles.count)
        shingles.withUnsafeBufferPointer {
            bucket.forEachCandidate(of: $0, sizes: sizes, &scratch) { found.append($0) }
        }
        return found.sorted()
    }

    /// Inserts documents, which are identified by their indices in `all`.
    private func insert(_ new: Range<Int>, of all: [[UInt64]], into bucket: CrowdedBucket) throws {
        try bucket.insert(Array(new), through: new.upperBound) { document, body throws(Failure) in
            all[document].withUnsafeBufferPointer(body)
        }
    }

    private static func similarity(_ a: [UInt64], _ b: [UInt64]) -> Double {
        let both = Set(a).intersection(b).count
        return Double(both) / Double(a.count + b.count - both)
    }

    /// Returns a page with a given layout; `own` of its shingles are not from the layout.
    private static func page(_ layout: [UInt64], own: Int, _ random: inout SeededGenerator) -> [UInt64] {
        (layout.shuffled(using: &random).dropFirst(own) + random.set(own)).sorted()
    }

    @Test(arguments: [(own: 64, of: 296), (own: 6, of: 20), (own: 100, of: 300)])
    func pagesOfOneLayoutAreRuledOut(own: Int, of size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size))
        let layout = random.set(size)
        let bucket = CrowdedBucket(Self.threshold)
        var pages: [[UInt64]] = []
        while pages.count < 3000 {
            let first = pages.count
            for _ in 0..<100 { pages.append(Self.page(layout, own: own, &random)) }
            try insert(first..<pages.count, of: pages, into: bucket)
        }
        #expect(bucket.count == 3000 && bucket.through == 3000)
        #expect(bucket.count(before: 0) == 0 && bucket.count(before: 17) == 17 && bucket.count(before: 9999) == 3000)
        for _ in 0..<50 { #expect(candidates(bucket, Self.page(layout, own: own, &random)) == []) }
        // The bucket returns a copy of a document, and hardly any other document.
        for document in stride(from: 0, to: 3000, by: 97) {
            let found = candidates(bucket, pages[document])
            #expect(found.contains(document) && found.count <= 4)
        }
        #expect(bucket.memory < 3000 * (own * 8 + 100))
    }

    /// With few words in all, every shingle is common, and no groups can be made.
    @Test func documentsWithoutRareShinglesAreOneGroup() throws {
        var random = SeededGenerator(seed: 60)
        let words = random.set(60)
        let sets = (0..<2000).map { _ in words.shuffled(using: &random).prefix(30).sorted() }
        let bucket = CrowdedBucket(Self.threshold)
        try insert(0..<2000, of: sets, into: bucket)
        #expect(candidates(bucket, sets[7]).contains(7))
        #expect(bucket.memory < 2000 * 64)
    }

    /// Sets of all sizes, layouts that change, and near copies: no match is missed.
    @Test(arguments: 0..<8)
    func everyMatchIsACandidate(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 7919 &+ 3)
        let bucket = CrowdedBucket(Self.threshold)
        var all: [[UInt64]] = []
        var layouts = (0..<3).map { _ in random.set(Int.random(in: 1...80, using: &random)) }
        var pairs = 0
        var candidates = 0
        var matches = 0
        for number in 0..<1200 {
            if number % 300 == 299 { layouts[number % 3] = random.set(Int.random(in: 1...200, using: &random)) }
            var set = layouts.randomElement(using: &random)!
            if !all.isEmpty && random.chance(0.3) { set = all.randomElement(using: &random)! }
            let share = [0.1, 0.4, 0.7, 0.9, 0.97].randomElement(using: &random)!
            set = set.filter { _ in random.chance(share) } + random.set(Int.random(in: 0...30, using: &random))
            if set.isEmpty { continue }
            set = Set(set).sorted()
            let found = Set(self.candidates(bucket, set))
            for other in 0..<bucket.count where Self.similarity(set, all[other]) > 0.7 {
                #expect(found.contains(other))
                matches += 1
            }
            pairs += bucket.count
            candidates += found.count
            all.append(set)
            // Documents are inserted in groups.
            if random.chance(0.4) { try insert(bucket.count..<all.count, of: all, into: bucket) }
        }
        #expect(matches > 100)
        // The bucket rules out more than half of the pairs.
        #expect(candidates * 2 < pairs)
    }

    @Test func aCrowdThatDoesNotFitStaysRefused() throws {
        var random = SeededGenerator(seed: 1)
        let sets = (0..<100).map { _ in random.set(50) }
        var reads = 0
        func bucket(of buckets: CrowdedBuckets, _ match: Match, through end: Int) throws -> CrowdedBucket? {
            try buckets.bucket(7, match, through: end) { start, body throws(Failure) in
                // Documents may be listed in any order.
                for document in (start..<end).reversed() { body(document) }
            } read: { document, body throws(Failure) in
                reads += 1
                sets[document].withUnsafeBufferPointer(body)
            }
        }
        let match = Match.jaccard(above: Self.threshold)
        let roomy = CrowdedBuckets(memory: 1 << 20)
        let first = try #require(try bucket(of: roomy, match, through: 60))
        #expect(first.count == 60)
        let readsOnce = reads
        #expect(try bucket(of: roomy, match, through: 60) === first && reads == readsOnce)
        #expect(try bucket(of: roomy, match, through: 100) === first && first.count == 100)
        // With exact matching, all documents with the key are equal, so no crowded bucket is needed.
        #expect(try bucket(of: roomy, .exact, through: 100) == nil)

        let tight = CrowdedBuckets(memory: 1 << 10)
        #expect(try bucket(of: tight, match, through: 60) == nil)
        let readsBefore = reads
        #expect(try bucket(of: tight, match, through: 100) == nil && reads == readsBefore)
    }

    /// An index gives the same answers with and without crowded buckets, from memory and from segments.
    @Test(arguments: [0, 600 << 10, 64 << 20])
    func anIndexSaysTheSame(memory: Int) throws {
        let folder = try TemporaryFolder()
        let index = try DuplicateIndex(
            own: nil, scratch: folder.path, memory: memory, match: .jaccard(above: Self.threshold), keys: Self.keys)
        var random = SeededGenerator(seed: 11)
        let layouts = (0..<2).map { _ in random.set(60) }
        let workspace = DuplicateIndex.Workspace()
        var kept: [(place: Place, keys: [UInt64], shingles: [UInt64])] = []
        var removed = 0
        for number in 1...1500 {
            var set = Self.page(layouts[number % 2], own: 14, &random)
            if !kept.isEmpty && random.chance(0.2) {
                set = kept.randomElement(using: &random)!.shingles.filter { _ in random.chance(0.95) }
            }
            var keys = Buffer<UInt64>()
            set.withUnsafeBufferPointer { Self.keys($0, &keys) }
            let sharing = kept.filter { zip($0.keys, keys.elements).contains { $0 == $1 } }
            let expected = sharing.first { Self.similarity($0.shingles, set) > 0.7 }
            let before = sharing.prefix { $0.place != expected?.place }
            let count = before.reduce(0) { $0 + zip($1.keys, keys.elements).count { $0 == $1 } }
            workspace.candidates = 0
            let twin = try set.withUnsafeBufferPointer {
                try index.twin(keys: keys.elements, shingles: $0, workspace)
            }
            #expect(twin?.place == expected?.place)
            #expect(workspace.candidates == count + (expected == nil ? 0 : 1))
            if let twin, let expected {
                #expect(Array(twin.bands) == keys.elements.indices.filter { keys[$0] == expected.keys[$0] })
                removed += 1
                continue
            }
            let place = Place(shard: number / 100, line: number)
            let id = DocumentIDBytes(kind: .none, bytes: UnsafeBufferPointer(start: nil, count: 0))
            try set.withUnsafeBufferPointer {
                try index.insert([NewDocument(place: place, id: id, keys: keys.elements, shingles: $0)])
            }
            kept.append((place, Array(keys.elements), set))
        }
        #expect(removed > 100 && kept.count > 1000)
        #expect(memory > 0 || index.size.segments > 0)
    }

    /// Three bands. Nearly all documents with the same layout share the first two.
    @Sendable private static func keys(_ set: UnsafeBufferPointer<UInt64>, _ keys: inout Buffer<UInt64>) {
        var least = UInt64.max
        for shingle in set { least = min(least, shingle &* 0x9E37_79B9_7F4A_7C15) }
        keys.append(set.count > 40 ? 1 : 2)
        keys.append(set[set.count / 2] >> 63 | 1 << 62)
        keys.append(least | 1 << 63)
    }
}
