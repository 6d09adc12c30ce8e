internal import Basics
internal import Corpus
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// Scoring one corpus: what is asked, and the scores that are there.
final class CorpusScoring: Sendable {
    private let request: ScoreRequest
    private let folder: ScoresFolder
    private let basis: ScoringBasis

    /// Looks at the head, the model or the vectors, and the scores that are there, and makes nothing.
    ///
    /// - Throws: a usage error when the scores were made with other parameters.
    init(_ request: ScoreRequest) async throws {
        self.request = request
        folder = ScoresFolder(request.corpus)
        try folder.check()
        let recorded = request.replaces ? nil : try folder.files.record()
        basis = try await ScoringBasis(request, recorded: recorded)
        try check(recorded)
    }

    /// Scoring by a basis that is settled.
    init(_ request: ScoreRequest, _ basis: ScoringBasis) throws(Failure) {
        self.request = request
        self.basis = basis
        folder = ScoresFolder(request.corpus)
        try check(request.replaces ? nil : try folder.files.record())
    }

    private func check(_ recorded: ScoresRecord?) throws(Failure) {
        guard let recorded, !recorded.shards.isEmpty else { return }
        if let difference = recorded.difference(from: ScoresRecord(basis.parameters)) {
            throw .usage(
                "\(request.corpus) has scores made with \(difference.name) \(difference.own), and this run has "
                    + "\(difference.other); make them anew with --force")
        }
    }

    /// What a run begins with.
    struct Start: Sendable {
        let folder: ScoresFolder
        /// What is done, and what scores.json says of it.
        let record: ScoresRecord
        let written: ScoresRecord?
        let plan: ScorePlan
    }

    /// Lists the corpus, and recovers what an earlier run left.
    ///
    /// - Parameters:
    ///   - mayBeEmpty: whether there may be no shards yet.
    ///   - skipped: damaged shards, which count as gone.
    func start(mayBeEmpty: Bool = false, without skipped: SkippedShards = .none) throws(Failure) -> Start {
        // Whatever is wrong with the corpus is said before anything is made.
        let before = request.replaces ? nil : try folder.files.record()
        var plan = try ScorePlan(
            request.corpus, before, mayBeEmpty: mayBeEmpty, selecting: request.selection, without: skipped)
        let (tasks, shards) = (plan.tasks.map(\.shard.name), plan.shards.map(\.name))
        try DerivedNames(DerivedFile.ofScores, in: request.corpus, option: request.corpus).check(tasks, done: shards)
        if let out = request.out {
            try DerivedNames(DerivedFile.ofFiltered, in: out, option: "--out").check(shards)
        }
        try folder.files.make()
        // Another run may have been faster.
        var written = request.replaces ? nil : try folder.files.record()
        try check(written)
        if request.replaces { try folder.files.remove([folder.files.recordPath]) }
        let lost = try folder.recover(written)
        var record = written.flatMap { $0.shards.isEmpty ? nil : $0 } ?? ScoresRecord(basis.parameters)
        record.remove(Set(lost.map(BytewiseName.init)))
        if record.shards != before?.shards ?? [] {
            plan = try ScorePlan(
                request.corpus, record, mayBeEmpty: mayBeEmpty, selecting: request.selection, without: skipped)
        }
        record.put(plan.touched)
        record.dedup = Version.current
        if !plan.gone.isEmpty {
            record.remove(Set(plan.gone.map(BytewiseName.init)))
            try folder.files.write(record)
            written = record
            try folder.files.remove(plan.gone.map(folder.attributes))
        }
        return Start(folder: folder, record: record, written: written, plan: plan)
    }

    func writer(_ start: Start, _ progress: ShardProgress) -> ScoreWriter {
        ScoreWriter(folder, start.record, written: start.written, progress)
    }

    /// Joins the stages from shards to scores to a graph.
    func join(
        _ tasks: Flow<ShardTask>, _ graph: Graph, _ writer: ScoreWriter, _ progress: ShardProgress,
        on executor: ThreadExecutor
    ) async throws -> Flow<CommittedScores> {
        let vectored = try await basis.vectors.join(
            tasks, graph, progress, threads: request.threads, memory: request.memory,
            keepsBadLines: request.keepsBadLines, on: executor)
        let scored = graph.transform("score", vectored, ScoreDocuments(scorer: basis.scorer))
        return graph.stage("write scores", scored, writer)
    }

    /// Joins the stages from shards that have their vectors to scores to a graph.
    ///
    /// - Parameter limits: those under which the shards were written.
    func joinStored(
        _ tasks: Flow<ShardTask>, _ graph: Graph, _ writer: ScoreWriter, _ progress: ShardProgress,
        limits: ReadLimits
    ) throws(Failure) -> Flow<CommittedScores> {
        let stages = basis.vectors.stages(
            threads: request.threads, memory: request.memory, keepsBadLines: request.keepsBadLines)
        guard case .stored(let vectors) = basis.vectors else { throw Failure("there are no vectors to read") }
        let vectored = try VectorSource.read(vectors, stages, tasks, graph, progress, limits: limits)
        let scored = graph.transform("score", vectored, ScoreDocuments(scorer: basis.scorer))
        return graph.stage("write scores", scored, writer)
    }

    /// Says what the choice keeps, and writes what is not written yet.
    func choose(
        _ record: ScoresRecord, in folder: ScoresFolder, _ filter: RunningFilter?,
        without skipped: SkippedShards = .none, on executor: ThreadExecutor
    ) async throws -> ChosenDocuments? {
        guard let choice = request.choice else { return nil }
        let chosen = try await AttributePass(folder, record, on: executor).choose(choice)
        if let filter {
            let shards = try record.shards.compactMap { try Shard(named: $0.name, in: request.corpus) }
            try await filter.run(record, shards, folder, chosen.threshold, on: executor)
        }
        return chosen
    }

    /// Deletes what a run that failed left under temporary names.
    func clear() throws(Failure) { try folder.files.clearTemporary() }
}
