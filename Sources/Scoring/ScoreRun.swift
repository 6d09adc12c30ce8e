package import Basics
package import Corpus
internal import OutputStore
internal import PipelineGraph
package import Pipelines
package import Reports

/// One run of `dedup score`.
package struct ScoreRun: Sendable {
    private let request: ScoreRequest
    /// The progress of the run, for the progress line.
    package let progress = ShardProgress()

    package init(_ request: ScoreRequest) {
        self.request = request
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The content of scores.json.
        package let record: ScoresRecord
        /// The number of shards that this run scored.
        package let shards: Int
        /// The number of documents in these shards.
        package let documents: Int
        /// The duration of the run.
        package let seconds: Double
        /// Shards that had scores and no longer exist. Their scores have been deleted.
        package let gone: [String]
        /// Damaged shards that were left out. Their scores have been deleted.
        package let skipped: [Report.SkippedShard]
        /// Files in the corpus that are not shards.
        package let others: OtherFiles
        /// The documents that the request's choice keeps; nil if the request has no choice.
        package let chosen: ChosenDocuments?

        /// Returns the bytes of scores.json.
        package func json() throws(Failure) -> [UInt8] { try record.json() }
    }

    /// Scores the corpus, on threads that only this run uses.
    ///
    /// - Throws: a `Failure`. Shards that were committed before the error keep their scores. The next run with the same
    ///   request continues after them.
    package func run() async throws -> Outcome {
        let clock = ContinuousClock.now
        do {
            try request.check()
            var filtering = try Filtering(request)
            var scoring = try await ScoringSession(request)
            // If the folder has no shards, this throws before `.dedup` is created in it.
            if try File.status(at: request.corpus + "/.dedup") == nil {
                _ = try ScorePlan(
                    request.corpus, nil, mayBeEmpty: false, selecting: request.selection, without: .none)
            }
            // The lock keeps other runs from writing to the corpus.
            try OutputFolder(request.corpus).checkLinks()
            try Disk.makeFolder(request.corpus + "/.dedup")
            let lock = try OutputFolder(request.corpus).lock()
            defer { withExtendedLifetime(lock) {} }
            let executor = ThreadExecutor(threads: request.threads)
            defer { executor.close() }
            let skipped = SkippedShards(request.skipsDamagedShards, memory: request.memory)
            while true {
                do {
                    return try await attempt(scoring, filtering, skipped, since: clock, on: executor)
                } catch is SkippedShards.Restart {
                    // Shards that were replaced in the first attempt are not replaced again.
                    var request = request
                    request.replaces = false
                    filtering = try Filtering(request)
                    scoring = try await ScoringSession(request)
                }
            }
        } catch {
            throw progress.failure(error)
        }
    }

    /// Scores and filters the shards that are not skipped.
    ///
    /// - Throws: `SkippedShards.Restart` if a damaged shard was found and the run should start again without it;
    ///   otherwise the error that ended the run.
    private func attempt(
        _ scoring: ScoringSession, _ filtering: Filtering?, _ skipped: SkippedShards,
        since clock: ContinuousClock.Instant, on executor: ThreadExecutor
    ) async throws -> Outcome {
        let start = try scoring.start(without: skipped)
        do {
            if let out = request.out { try checkApart(inputs: start.plan.followedLinks, out: out) }
            let filter = try filtering?.start(names: start.plan.shards.map(\.name) + start.plan.leftOut)
            let record = try await score(scoring, start, filter, on: executor)
            let chosen = try await scoring.choose(
                record, in: start.folder, filter, without: skipped, on: executor)
            return Outcome(
                record, start, seconds: clock.duration(to: .now) / .seconds(1), chosen: chosen, skipped: skipped.all)
        } catch {
            let done = Set(try start.folder.files.record()?.shards.map { BytewiseName($0.name) } ?? [])
            let isSkipped = skipped.skip(after: error, start.plan.shards) { done.contains(BytewiseName($0.name)) }
            if isSkipped { throw SkippedShards.Restart() }
            throw error
        }
    }

    /// Scores the shards that have no scores. With a minimum quality, shards are filtered in the same pass, because
    /// that threshold does not depend on the rest of the corpus.
    private func score(
        _ scoring: ScoringSession, _ start: ScoringSession.Start, _ filter: RunningFilter?, on executor: ThreadExecutor
    ) async throws -> ScoresRecord {
        let tasks = start.plan.tasks
        progress.expect(shards: tasks.count, bytes: start.plan.bytes)
        let writer = scoring.writer(start, progress)
        do {
            let graph = Graph(executor: executor)
            if tasks.isEmpty {
                try await writer.commitRecord()
            } else {
                let listed = graph.source("list", TaskSource(tasks))
                let scores = try await scoring.join(listed, graph, writer, progress, on: executor)
                if let filter, case .minQuality(let quality) = request.choice?.least {
                    let threshold = QualityThreshold(quality)
                    let chosen = graph.stage("choose", scores, ScoredShards(threshold))
                    graph.sink("end", filter.join(chosen, graph, scores: start.folder), ShardsEnd<FilteredShards>())
                } else {
                    graph.sink("end", scores, ShardsEnd<CommittedScores>())
                }
                try await graph.run()
            }
        } catch {
            // Complete shards are kept. Errors while they are committed are ignored, because the first error is the one
            // to report.
            try? await writer.commitFinished()
            try? scoring.clear()
            await filter?.commitFinished()
            throw error
        }
        return await writer.result
    }
}

extension ScoreRun.Outcome {
    init(
        _ record: ScoresRecord, _ start: ScoringSession.Start, seconds: Double, chosen: ChosenDocuments?,
        skipped: [Report.SkippedShard] = []
    ) {
        let before = Dictionary(start.record.shards.map { (BytewiseName($0.name), $0) }) { $1 }
        let new = record.shards.filter { before[BytewiseName($0.name)] != $0 }
        // If a shard has grown, the run deletes its scores and computes them again, so it is not gone.
        let stored = Set(record.shards.map { BytewiseName($0.name) })
        let gone = start.plan.gone.filter { name in
            !stored.contains(BytewiseName(name)) && !skipped.contains { $0.shard.equalsBytewise(name) }
        }
        self.init(
            record: record, shards: new.count, documents: new.reduce(0) { $0 + $1.documents }, seconds: seconds,
            gone: gone, skipped: skipped, others: start.plan.others, chosen: chosen)
    }
}

/// The last stage of a graph. It discards the messages, because nothing is left to do.
actor ShardsEnd<Input: ShardsDone>: Sink {
    func consume(_ input: Input) {}
    func finish() {}
}

/// Turns scored shards into tasks for the filter.
actor ScoredShards: OrderedStage {
    private let threshold: QualityThreshold

    init(_ threshold: QualityThreshold) {
        self.threshold = threshold
    }

    func process(_ input: CommittedScores, _ output: Outlet<FilterTask>) async throws {
        try await output.send(
            FilterTask(
                shard: input.shard, scores: input.record, threshold: threshold, ordinal: input.lastOrdinal))
    }
}

extension ScoreRequest {
    /// - Throws: a usage error if options contradict each other, or if one of the folders is inside another.
    package func check() throws(Failure) {
        switch choice?.least {
        case .minQuality(let quality) where !(0...1).contains(quality):
            throw .usage("\(Parameter.minQuality) is a number from 0 to 1, not \(quality)")
        case .topPercent(let percent) where !(percent > 0 && percent <= 100):
            throw .usage("\(Parameter.topPercent) is a number above 0 and up to 100, not \(percent)")
        default: break
        }
        if let out {
            if out.isEmpty { throw .usage("\(Parameter.out) is empty; give a folder") }
            if choice == nil {
                throw .usage("\(Parameter.out) needs \(Parameter.minQuality) or \(Parameter.topPercent)")
            }
            try checkApart(inputs: [CorpusInput(path: corpus)], out: out)
            if let embeddings { try checkApart(out, .out, from: embeddings, .embeddings) }
        }
        if let embeddings {
            try checkApart(inputs: [CorpusInput(path: corpus)], out: embeddings, parameter: .embeddings)
        }
        if embeddings != nil && model != nil && head != nil {
            throw .usage(
                "\(Parameter.model) is not needed with \(Parameter.embeddings) and \(Parameter.head); leave it out")
        }
    }
}
