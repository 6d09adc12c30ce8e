import Basics
import Corpus
import DuplicateIndex
import MinHashLSH
import Pipelines
import Shingling

extension Bench {
    /// Measures the table of band keys, the index that is built on it, and the verification of candidates.
    ///
    /// - Parameter scratch: the folder for the index's temporary files.
    func measureIndex(scratch: String) async throws {
        let steps = ["table insertion", "table look-ups", "index insertion", "index look-ups", "verification"]
        guard steps.contains(where: wants) else { return }
        var count = 0
        forEachDocument { _, keys, _ in count += keys.count }
        let keys = Amount(corpus, items: ("keys", count))
        try await measure(steps[0], keys) { watch in
            var table = BandTable()
            watch.time { fill(&table) }
            found &+= UInt64(table.count)
        }
        var table = BandTable()
        fill(&table)
        try await measure(steps[1], keys) { watch in
            watch.time {
                forEachDocument(ahead: { table.prefetch($0) }) { _, keys, _ in found &+= lookUp(keys, in: table) }
            }
        }
        try await measure(steps[2]) { watch in
            var lookUps = Stopwatch()
            try runIndex(scratch, lookUps: &lookUps, insertions: &watch)
        }
        try await measure(steps[3]) { watch in
            var insertions = Stopwatch()
            try runIndex(scratch, lookUps: &watch, insertions: &insertions)
        }
        if wants(steps[4]) { try await measureVerification(steps[4], candidates(of: table)) }
    }

    /// Returns the seconds of CPU time for inserting all documents without a twin into an index, as in a run.
    ///
    /// - Parameter scratch: the folder for the index's temporary files.
    func insertionSeconds(scratch: String) throws -> Double {
        var (lookUps, insertions) = (Stopwatch(), Stopwatch())
        try runIndex(scratch, lookUps: &lookUps, insertions: &insertions)
        return insertions.cost.seconds
    }

    /// Calls `body` with every document that has shingles: its number from 0 on, its keys and its shingles. As in a
    /// run, `ahead` is called with the keys of the document that comes two places later, so that they can be
    /// prefetched.
    private func forEachDocument(
        ahead: (UnsafeBufferPointer<UInt64>) -> Void = { _ in },
        _ body: (Int, UnsafeBufferPointer<UInt64>, UnsafeBufferPointer<UInt64>) -> Void
    ) {
        var number = 0
        let bands = corpus.settings.banding.bands
        for (keys, shingles) in zip(corpus.keys, corpus.shingles) {
            for document in 0..<shingles.value.count {
                if document + 2 < shingles.value.count { ahead(keys.value.keys(of: document + 2, bands)) }
                let set = shingles.value.set(document)
                if !set.isEmpty { body(number, keys.value.keys(of: document, bands), set) }
                number += 1
            }
        }
    }

    private func fill(_ table: inout BandTable) {
        var number: UInt64 = 0
        let bands = corpus.settings.banding.bands
        for (keys, shingles) in zip(corpus.keys, corpus.shingles) {
            for document in 0..<shingles.value.count {
                if document + 2 < shingles.value.count { table.prefetch(keys.value.keys(of: document + 2, bands)) }
                if !shingles.value.set(document).isEmpty {
                    table.insert(keys: keys.value.keys(of: document, bands), document: number)
                }
                number += 1
            }
        }
    }

    private func lookUp(_ keys: UnsafeBufferPointer<UInt64>, in table: borrowing BandTable) -> UInt64 {
        var seen: UInt64 = 0
        for key in keys {
            table.scan(key: key) {
                seen ^= $0
                return true
            }
        }
        return seen
    }

    /// Uses the index as the stage `deduplicate` does, in rounds of the same size: looks up the twins of all documents
    /// of a round, then inserts the documents without a twin. The stage also finds twins within a round; here both
    /// documents of such a pair are inserted.
    private func runIndex(
        _ scratch: String, lookUps: inout Stopwatch, insertions: inout Stopwatch
    ) throws {
        let settings = corpus.settings
        let bands = settings.banding.bands
        let hasher = settings.hasher
        let index = try DuplicateIndex(
            own: nil, scratch: scratch, memory: MemoryPlan.standard / 10 * 3, match: settings.match,
            keys: { set, keys in
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: hasher.lanes) { signature in
                    hasher.sign(set, into: signature)
                    settings.banding.appendKeys(of: signature, to: &keys)
                }
            })
        let workspace = DuplicateIndex.Workspace()
        var new: [Int] = []
        for (batch, documents) in corpus.documents.enumerated() {
            let keys = corpus.keys[batch]
            let shingles = corpus.shingles[batch]
            for first in stride(from: 0, to: documents.count, by: 512) {
                let round = first..<min(documents.count, first + 512)
                new.removeAll(keepingCapacity: true)
                new.reserveCapacity(round.count)
                try lookUps.time {
                    for document in round {
                        if document + 2 < round.upperBound {
                            index.prefetchForSearch(keys.value.keys(of: document + 2, bands))
                        }
                        let set = shingles.value.set(document)
                        if set.isEmpty { continue }
                        let twin = try index.twin(
                            keys: keys.value.keys(of: document, bands), shingles: set, workspace)
                        if twin == nil { new.append(document) }
                    }
                }
                try insertions.time {
                    try index.insert(
                        new.map { document in
                            NewDocument(
                                place: Place(shard: documents.raw.ordinal, line: documents.lineNumber(document)),
                                id: documents.idBytes(document), keys: keys.value.keys(of: document, bands),
                                shingles: shingles.value.set(document))
                        })
                }
            }
        }
        found &+= UInt64(index.size.documents)
    }

    // MARK: Verification

    private struct Pair {
        let earlier: UnsafeBufferPointer<UInt64>
        let later: UnsafeBufferPointer<UInt64>
    }

    /// Returns pairs of documents that share a band, at most a million or a few more.
    private func candidates(of table: borrowing BandTable) -> [Pair] {
        var sets: [UnsafeBufferPointer<UInt64>?] = Array(repeating: nil, count: corpus.documentCount)
        forEachDocument { number, _, set in sets[number] = set }
        var pairs: [Pair] = []
        var earlier: Set<Int> = []
        forEachDocument { number, keys, set in
            if pairs.count >= 1_000_000 { return }
            earlier.removeAll(keepingCapacity: true)
            for key in keys {
                table.scan(key: key) {
                    if $0 < number { earlier.insert(Int($0)) }
                    return true
                }
            }
            // In the order of the corpus, as the index compares them.
            for other in earlier.sorted() { pairs.append(Pair(earlier: sets[other]!, later: set)) }
        }
        return pairs
    }

    private func measureVerification(_ step: String, _ pairs: [Pair]) async throws {
        if pairs.isEmpty { return }
        let match = corpus.settings.match
        try await measure(step, Amount(corpus, items: ("pairs", pairs.count))) { watch in
            watch.time {
                for pair in pairs {
                    if match.sizes(forDuplicatesOf: pair.later.count).contains(pair.earlier.count),
                        let overlap = match.overlap(pair.later, pair.earlier)
                    {
                        found &+= UInt64(overlap.intersection)
                    }
                }
            }
        }
    }
}

extension Buffer where Element == UInt64 {
    /// The keys of one document, in a buffer with the keys of a batch.
    fileprivate func keys(of document: Int, _ bands: Int) -> UnsafeBufferPointer<UInt64> {
        slice(document * bands..<(document + 1) * bands)
    }
}
