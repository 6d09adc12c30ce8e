internal import Basics
internal import Corpus
internal import OutputStore
internal import PipelineGraph
internal import Pipelines

/// The scoring of one corpus: the request, the head and the source of the vectors, and the folder of the scores.
final class ScoringSession: Sendable {
    private let request: ScoreRequest
    private let folder: ScoresFolder
    private let basis: ScoringBasis

    /// Reads the head, the existing scores, and the model or the vectors. Writes nothing.
    ///
    /// - Throws: a usage error if the existing scores were made with other parameters.
    init(_ request: ScoreRequest) async throws {
        self.request = request
        folder = ScoresFolder(request.corpus)
        try folder.check()
        let recorded = request.replaces ? nil : try folder.files.record()
        basis = try await ScoringBasis(request, recorded: recorded)
        try check(recorded)
    }

    /// Creates the scoring of a corpus whose head and vectors are loaded already.
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
                    + "\(difference.other); make new scores with \(Parameter.replace)")
        }
    }

    /// The state at the beginning of a run.
    struct Start: Sendable {
        let folder: ScoresFolder
        /// The record with the shards that are done already, as it will be written.
        let record: ScoresRecord
        /// The contents of scores.json; nil if there is none.
        let written: ScoresRecord?
        /// The shards that are to be scored.
        let plan: ScorePlan
    }

    /// Lists the shards of the corpus, and clears up after an earlier run that was stopped.
    ///
    /// - Parameters:
    ///   - mayBeEmpty: whether the corpus may have no shards yet.
    ///   - skipped: damaged shards, which are treated as deleted.
    func start(mayBeEmpty: Bool = false, without skipped: SkippedShards = .none) throws(Failure) -> Start {
        // All errors about the corpus are reported before anything is written.
        let before = request.replaces ? nil : try folder.files.record()
        var plan = try ScorePlan(
            request.corpus, before, mayBeEmpty: mayBeEmpty, selecting: request.selection, without: skipped)
        let (tasks, shards) = (plan.tasks.map(\.shard.name), plan.shards.map(\.name))
        try DerivedNames([DerivedFile.scores], in: request.corpus, parameter: nil).check(tasks, done: shards)
        if let out = request.out {
            try DerivedNames(DerivedFile.ofFiltered, in: out, parameter: .out).check(shards)
        }
        try folder.files.make()
        // Another run may have written scores meanwhile.
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

    /// Returns the stage that writes the scores.
    func writer(_ start: Start, _ progress: ShardProgress) -> ScoreWriter {
        ScoreWriter(folder, start.record, written: start.written, progress)
    }

    /// Adds to a graph the stages that score shards and write the scores files. The vectors are read or computed.
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

    /// Adds to a graph the stages that score shards and write the scores files. Used for shards whose vectors the same
    /// run is storing.
    ///
    /// - Parameter limits: the limits with which the run read its inputs. The shards do not exceed them.
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

    /// Computes the threshold of the request's choice and, if a filtered corpus is wanted, filters the shards that are
    /// not filtered yet. Returns nil if the request has no choice.
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

    /// Deletes the temporary files of a run that failed.
    func clear() throws(Failure) { try folder.files.clearTemporary() }
}
