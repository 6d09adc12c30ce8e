import Basics
import Corpus
import TestSupport

@testable import DuplicateIndex

/// A document of an index.
struct SampleDocument: Equatable {
    let place: Place
    let id: DocumentID?
    let shingles: [UInt64]
    let keys: [UInt64]
}

/// MinHash with one row in each band.
@Sendable func bandKeys(_ set: UnsafeBufferPointer<UInt64>, _ keys: inout Buffer<UInt64>) {
    for band in 0..<RandomCorpus.bands {
        var least = UInt64.max
        for shingle in set { least = min(least, (shingle ^ UInt64(band)) &* 0x9E37_79B9_7F4A_7C15) }
        keys.append((least ^ UInt64(band) << 59) &* 0xD6E8_FEB8_6659_FD93)
    }
}

/// Random documents, some of them similar to earlier ones.
struct RandomCorpus {
    static let bands = 16

    private var random: SeededGenerator
    private var count = 0
    private var bases: [[UInt64]] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> SampleDocument {
        if bases.count < 5 || random.chance(0.3) { bases.append(random.set(Int.random(in: 1...20, using: &random))) }
        let base = bases.randomElement(using: &random)!
        var shingles = base.filter { _ in random.chance(0.9) }
        if shingles.isEmpty { shingles = base }
        if random.chance(0.3) { shingles = Set(shingles + random.set(2)).sorted() }
        count += 1
        let id: [DocumentID?] = [nil, .string("документ \(count)"), .number("\(count)")]
        var keys = Buffer<UInt64>()
        shingles.withUnsafeBufferPointer { bandKeys($0, &keys) }
        return SampleDocument(
            place: Place(shard: count / 50, line: count), id: id.randomElement(using: &random)!, shingles: shingles,
            keys: Array(keys.elements))
    }
}

/// A slow reference of the index, made of a dictionary and sets.
struct ModelIndex {
    static let match = Match.jaccard(above: Threshold(thousandths: 700))

    private(set) var all: [SampleDocument] = []
    /// The documents with each key, in ascending order.
    private var byKey: [UInt64: [Int]] = [:]

    mutating func insert(_ kept: SampleDocument) {
        for key in Set(kept.keys) { byKey[key, default: []].append(all.count) }
        all.append(kept)
    }

    mutating func truncate(to count: Int) {
        let kept = all.prefix(count)
        self = ModelIndex()
        for kept in kept { insert(kept) }
    }

    func position(words: Int) -> IndexState.Position {
        IndexState.Position(words: words, documents: all.count, shingles: all.reduce(0) { $0 + $1.shingles.count })
    }

    func twin(of probe: SampleDocument) -> (kept: SampleDocument, overlap: Overlap, bands: [Int])? {
        let shingles = Set(probe.shingles)
        for document in Set(probe.keys.flatMap { byKey[$0] ?? [] }).sorted() {
            let kept = all[document]
            let both = shingles.intersection(kept.shingles).count
            let union = shingles.count + kept.shingles.count - both
            if 10 * both <= 7 * union { continue }
            let bands = probe.keys.indices.filter { probe.keys[$0] == kept.keys[$0] }
            return (kept, Overlap(intersection: both, union: union), bands)
        }
        return nil
    }
}
