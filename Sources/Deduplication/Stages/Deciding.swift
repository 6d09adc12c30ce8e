internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import PipelineGraph
internal import Shingling

/// Decides document by document, in the order of the corpus, what is a duplicate of a document kept before it.
///
/// A batch is taken in rounds. Twins among the documents of earlier rounds are looked for on all threads: those are all
/// decided. The earliest twin counts, so whoever has one there is decided too. The others are then taken one by one and
/// compared with those of the same round that were kept before them.
actor Deduplicator: OrderedStage {
    private let index: DuplicateIndex
    private let match: Match
    private let threads: Int
    private let workspaces: Pool<DuplicateIndex.Workspace>
    /// Band keys of the documents of one round that have been kept.
    @exclusivity(unchecked) private var inRound = BatchKeys()
    /// Documents of the round that share a key with one: once for each.
    @exclusivity(unchecked) private var hits: [Int] = []
    private var candidates = 0

    /// Documents of a round. Of more, those that share a key would be too many to compare one by one, and what looking
    /// up fetched of the index would be gone again when they are inserted.
    private static let round = 512

    init(index: DuplicateIndex, match: Match, threads: Int) {
        self.index = index
        self.match = match
        self.threads = threads
        workspaces = Pool { DuplicateIndex.Workspace() }
    }

    func process(_ input: SketchedDocuments, _ output: Outlet<DecidedDocuments>) async throws {
        candidates = 0
        var removals: [Removal] = []
        for first in stride(from: 0, to: input.batch.count, by: Self.round) {
            let round = first..<min(input.batch.count, first + Self.round)
            let earlier = try await twinsInIndex(round, input, output)
            inRound.begin(round, bands: input.bands)
            for document in round {
                if document + 2 < round.upperBound { index.prefetchForInsert(input.keys(of: document + 2)) }
                let shingles = input.shingles.set(document)
                if input.batch.documents[document].fate != .kept || shingles.isEmpty { continue }
                if let twin = earlier[document - first] ?? twinInRound(document, input) {
                    input.batch.documents[document].fate = .removed
                    removals.append(Removal(document: document, twin: twin))
                } else {
                    let keys = input.keys(of: document)
                    inRound.insert(document, keys)
                    try index.insert(
                        Place(shard: input.batch.raw.ordinal, line: input.batch.lineNumber(document)),
                        id: input.batch.idBytes(document), keys: keys, shingles: shingles)
                }
            }
            _ = try index.flush()
        }
        let position = try index.flush()
        try await output.send(
            DecidedDocuments(batch: input.batch, removals: removals, candidates: candidates, position: position))
    }

    func finish(_ output: Outlet<DecidedDocuments>) async throws {
        try index.finish()
    }

    /// The twins of a round's documents among those of earlier rounds, found on all threads.
    private func twinsInIndex(
        _ round: Range<Int>, _ input: SketchedDocuments, _ output: Outlet<DecidedDocuments>
    ) async throws -> [DuplicateIndex.Twin?] {
        // Parts small enough that one with much to compare does not keep the others waiting.
        let size = max(16, round.count / (threads * 4) + 1)
        let workspaces = workspaces
        let index = index
        let parts = stride(from: round.lowerBound, to: round.upperBound, by: size).map {
            $0..<min(round.upperBound, $0 + size)
        }
        let found = try await output.inParallel(parts) { part in
            try workspaces.with { workspace in
                workspace.candidates = 0
                let twins = try part.map { document in
                    if document + 2 < part.upperBound { index.prefetchForSearch(input.keys(of: document + 2)) }
                    let shingles = input.shingles.set(document)
                    return shingles.isEmpty
                        ? nil : try index.twin(keys: input.keys(of: document), shingles: shingles, workspace)
                }
                index.count(workspace)
                return (twins: twins, candidates: workspace.candidates)
            }
        }
        candidates += found.reduce(0) { $0 + $1.candidates }
        return found.flatMap(\.twins)
    }

    /// The earliest kept document of the same round that shares a band and matches.
    private func twinInRound(_ document: Int, _ input: SketchedDocuments) -> DuplicateIndex.Twin? {
        let keys = input.keys(of: document)
        hits.removeAll(keepingCapacity: true)
        for key in keys { inRound.forEach(key: key, input.keys) { hits.append($0) } }
        if hits.isEmpty { return nil }
        hits.sort()
        let shingles = input.shingles.set(document)
        let wanted = match.sizes(forDuplicatesOf: shingles.count)
        var last: Int?
        for (number, candidate) in hits.enumerated() where candidate != last {
            last = candidate
            let others = input.shingles.set(candidate)
            guard wanted.contains(others.count), let overlap = match.overlap(shingles, others) else { continue }
            candidates += number + 1
            var bands = BandSet()
            for (band, key) in input.keys(of: candidate).enumerated() where key == keys[band] { bands.insert(band) }
            return DuplicateIndex.Twin(
                place: Place(shard: input.batch.raw.ordinal, line: input.batch.lineNumber(candidate)),
                id: input.batch.id(candidate), overlap: overlap, bands: bands)
        }
        candidates += hits.count
        return nil
    }
}
