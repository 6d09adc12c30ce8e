package import Basics
package import Corpus
internal import OutputStore
internal import PipelineGraph
package import Pipelines
package import Reports

/// One run of `dedup score`.
package struct ScoreRun: Sendable {
    private let request: ScoreRequest
    package let progress = ShardProgress()

    package init(_ request: ScoreRequest) {
        self.request = request
    }

    /// What a run did.
    package struct Outcome: Sendable {
        /// scores.json.
        package let record: ScoresRecord
        /// Shards that this run scored, and their documents.
        package let shards: Int
        package let documents: Int
        package let seconds: Double
        /// Shards that had scores and are gone; their scores are gone too.
        package let gone: [String]
        /// Damaged shards that were left out; their scores are gone too.
        package let skipped: [Report.SkippedShard]
        /// What else lies in the corpus.
        package let others: OtherFiles
        /// What the choice keeps; nil where none was asked for.
        package let chosen: ChosenDocuments?

        /// scores.json, as it is written.
        package func json() throws(Failure) -> [UInt8] { try record.json() }
    }

    /// Does the run, on threads of its own.
    ///
    /// - Throws: a `Failure`. What was committed before it stays, and the same run again goes on from there.
    package func run() async throws -> Outcome {
        let clock = ContinuousClock.now
        do {
            try request.check()
            var filtering = try Filtering(request)
            var scoring = try await ScoringSession(request)
            // A folder without shards stays as it is.
            if try File.status(at: request.corpus + "/.dedup") == nil {
                _ = try ScorePlan(
                    request.corpus, nil, mayBeEmpty: false, selecting: request.selection, without: .none)
            }
            // Nothing else writes to the corpus meanwhile.
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
                } catch is SkippedShards.BeginsAgain {
                    // What was made anew so far stays.
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

    /// Scores and filters the shards that are not left out.
    ///
    /// - Throws: `SkippedShards.BeginsAgain`, or what ended the run.
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
            if isSkipped { throw SkippedShards.BeginsAgain() }
            throw error
        }
    }

    /// Scores what has no scores. What is good enough is written as it goes where a quality says it, and that does not
    /// depend on the corpus.
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
                if let filter, case .minQuality(let quality) = request.choice {
                    let threshold = QualityThreshold(quality)
                    let chosen = graph.stage("choose", scores, ScoredShards(threshold))
                    graph.sink("end", filter.join(chosen, graph, scores: start.folder), ShardsEnd<FilteredShards>())
                } else {
                    graph.sink("end", scores, ShardsEnd<CommittedScores>())
                }
                try await graph.run()
            }
        } catch {
            // What is whole stays; what went wrong first is what counts.
            try? await writer.commitWhatIsWhole()
            try? scoring.clear()
            await filter?.commitWhatIsWhole()
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
        // A run that takes in the new lines of a shard makes its scores anew.
        let stored = Set(record.shards.map { BytewiseName($0.name) })
        let gone = start.plan.gone.filter { name in
            !stored.contains(BytewiseName(name)) && !skipped.contains { $0.shard.equalsBytewise(name) }
        }
        self.init(
            record: record, shards: new.count, documents: new.reduce(0) { $0 + $1.documents }, seconds: seconds,
            gone: gone, skipped: skipped, others: start.plan.others, chosen: chosen)
    }
}

/// Nothing follows.
actor ShardsEnd<Input: ShardsDone>: Sink {
    func consume(_ input: Input) {}
    func finish() {}
}

/// Hands shards that were scored on to be filtered.
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
    /// - Throws: a usage error when options do not fit each other, or a folder lies in another.
    package func check() throws(Failure) {
        switch choice {
        case .minQuality(let quality) where !(0...1).contains(quality):
            throw .usage("--min-quality is a number from 0 to 1, not \(quality)")
        case .topPercent(let percent) where !(percent > 0 && percent <= 100):
            throw .usage("--top-percent is a number above 0 and up to 100, not \(percent)")
        default: break
        }
        if let out {
            if out.isEmpty { throw .usage("--out is empty; give a folder") }
            if choice == nil {
                throw .usage("--out is for what --min-quality or --top-percent keeps: give one of them")
            }
            try checkApart(inputs: [CorpusInput(path: corpus)], out: out)
            if let embeddings { try checkApart(out, "--out", from: embeddings, "--embeddings") }
        }
        if let embeddings {
            try checkApart(inputs: [CorpusInput(path: corpus)], out: embeddings, option: "--embeddings")
        }
        if embeddings != nil && model != nil && head != nil {
            throw .usage("--model: nothing is left to be taken from it with --embeddings and --head")
        }
    }
}
