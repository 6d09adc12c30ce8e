package import Basics
internal import Corpus
package import DuplicateIndex
package import MinHashLSH
internal import PipelineGraph
package import Pipelines

/// The stage that finds the duplicates.
package struct DeduplicateStage: PipelineStage {
    package static let name = "deduplicate"
    package static let summary = "Removes every document that duplicates a document kept before it"
    package static let accepts: [Payload] = [.sketches]
    package static let gives: Payload? = .decisions

    /// The threshold that was given; nil for the default with shingles. Fingerprints have no threshold.
    package var threshold: Threshold?
    private static let defaultThreshold = Threshold(thousandths: 700)
    /// The threshold for shingles.
    var usedThreshold: Threshold { threshold ?? Self.defaultThreshold }

    package init() {}

    package static let options: [StageOption<DeduplicateStage>] = [
        StageOption(
            "threshold", parameter: "threshold", valueName: "j",
            help: "Remove documents above this exact Jaccard similarity",
            values: "a number from 0 to 1 with at most three decimals",
            get: { $0.usedThreshold.description },
            set: { stage, text throws(Failure) in stage.threshold = try Threshold(text) })
    ]

    package func check(in definition: PipelineDefinition) throws(Failure) {
        if threshold != nil && definition.contains(FingerprintStage.name) {
            throw .usage("exact matching has no threshold: fingerprints are equal or not")
        }
    }

    package func boundParameters(in definition: PipelineDefinition) -> [String: String] {
        switch match(in: definition) {
        case .jaccard(let threshold): ["match": "jaccard", "threshold": threshold.description]
        case .exact: ["match": "exact"]
        }
    }

    fileprivate func match(in definition: PipelineDefinition) -> Match {
        definition.contains(FingerprintStage.name) ? .exact : .jaccard(above: usedThreshold)
    }
}

extension PipelineDefinition {
    /// The condition under which two documents are duplicates; nil if the pipeline compares no documents.
    package var match: Match? { stage(DeduplicateStage.self)?.match(in: self) }

    /// The division of signatures into bands; nil if the pipeline makes no signatures.
    package var banding: Banding? {
        stage(MinHashStage.self).map { Banding(bands: $0.bands, rows: $0.rows) }
    }

    /// How documents are compared: by the similarity of their shingles, or by all of their words.
    package enum MatchKind: String, Sendable, CaseIterable { case jaccard, exact }

    /// Changes how the pipeline compares documents, by replacing stages if necessary.
    package mutating func use(_ kind: MatchKind) throws(Failure) {
        let isExact = contains(FingerprintStage.name)
        if isExact == (kind == .exact) && contains(DeduplicateStage.name) { return }
        let (shingling, fingerprint) = ([ShinglesStage.name, MinHashStage.name], [FingerprintStage.name])
        guard contains(DeduplicateStage.name),
            replace(kind == .exact ? shingling : fingerprint, by: kind == .exact ? fingerprint : shingling)
        else { throw .usage("\(Parameter("match")): the pipeline \(source) does not compare documents") }
        _ = replace([DeduplicateStage.name], by: [DeduplicateStage.name])
    }
}

extension Payload {
    /// Documents with the decision for each whether it is removed as a duplicate.
    package static let decisions = Payload("decisions")
}

extension DeduplicateStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        guard let index = run.index else { throw Failure("there is no index to compare documents with") }
        let stage = Deduplicator(index: index, match: match(in: run.definition), threads: run.memory.threads)
        return Joint(
            .decisions, run.graph.stage("deduplicate", try input.flow(of: SketchedDocuments.self), stage))
    }
}

/// Decides for each document, in the order of the corpus, whether it is a duplicate of a document that was kept before
/// it.
///
/// A batch is processed in rounds (see `RoundDecider`). All threads look up the documents of a round, and all threads
/// insert the kept ones; only the decision itself is made in order.
actor Deduplicator: OrderedStage {
    private let index: DuplicateIndex
    private let threads: Int
    private let workspaces: Pool<DuplicateIndex.Workspace>
    private let decider: RoundDecider
    private var candidates = 0

    init(index: DuplicateIndex, match: Match, threads: Int) {
        self.index = index
        self.threads = threads
        decider = RoundDecider(match: match)
        workspaces = Pool { DuplicateIndex.Workspace() }
    }

    func process(_ input: SketchedDocuments, _ output: Outlet<DecidedDocuments>) async throws {
        candidates = 0
        let batch = input.batch
        let ordinal = batch.raw.ordinal
        var removals: [Removal] = []
        for first in stride(from: 0, to: batch.count, by: RoundDecider.size) {
            let round = first..<min(batch.count, first + RoundDecider.size)
            let earlier = try await twinsInIndex(round, batch, input.sketches, output)
            let kept = decider.decide(
                round, input.sketches, earlier: earlier, isCompared: { batch.documents[$0].fate == .kept },
                place: { Place(shard: ordinal, line: batch.lineNumber($0)) }, id: { batch.idBytes($0) },
                remove: { document, twin in
                    batch.documents[document].fate = .removed
                    removals.append(Removal(document: document, twin: twin))
                })
            try await insert(kept, output)
        }
        let position = index.position
        candidates += decider.takeCandidates()
        try await output.send(
            DecidedDocuments(batch: batch, removals: removals, candidates: candidates, position: position))
    }

    func finish(_ output: Outlet<DecidedDocuments>) async throws {
        if index.mustSealAtEnd { try await seal(output) }
    }

    /// Writes the table of band keys to a segment. Its parts are sorted on all threads.
    private func seal(_ output: Outlet<DecidedDocuments>) async throws {
        let index = index
        let sorted = try await output.inParallel(DuplicateIndex.tableParts) { index.sortedEntries(ofPart: $0) }
        try index.seal(sorted)
    }

    /// Adds the kept documents of a round to the index, on all threads.
    private func insert(_ kept: [NewDocument], _ output: Outlet<DecidedDocuments>) async throws {
        let index = index
        if index.mustSeal(before: kept) { try await seal(output) }
        let insertion = try index.begin(kept, threads: threads)
        _ = try await output.inParallel(insertion.parts) { try index.run($0, of: insertion) }
        index.end(insertion)
    }

    /// Looks up the twins of a round's documents among the documents of earlier rounds, on all threads.
    private func twinsInIndex(
        _ round: Range<Int>, _ batch: Documents, _ sketches: Sketches, _ output: Outlet<DecidedDocuments>
    ) async throws -> [DuplicateIndex.Twin?] {
        let workspaces = workspaces
        let index = index
        let parts = RoundDecider.parts(of: round, sketches, threads: threads)
        let found = try await output.inParallel(parts) { part in
            try workspaces.with { workspace in
                workspace.candidates = 0
                let twins = try RoundDecider.twins(of: part, sketches, in: index, workspace) {
                    batch.documents[$0].fate == .kept
                }
                index.count(workspace)
                return (twins: twins, candidates: workspace.candidates)
            }
        }
        candidates += found.reduce(0) { $0 + $1.candidates }
        return found.flatMap(\.twins)
    }
}
