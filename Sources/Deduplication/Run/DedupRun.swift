package import Basics
internal import Corpus
internal import DuplicateIndex
package import Embedding
internal import Foundation
internal import MinHashLSH
internal import OutputStore
internal import PipelineGraph
package import Pipelines
package import Reports
package import Scoring
internal import Shingling

/// One run: from its inputs and its definition to an output and its report.
package struct DedupRun: Sendable {
    private let definition: PipelineDefinition
    private let options: RunOptions
    package let progress = RunProgress()
    /// The embedding of what is left; nil where nothing is embedded.
    private let embedding: OutputEmbedding?
    /// The scoring of what is left; nil where nothing is scored.
    private let scoring: OutputScoring?

    /// - Throws: a usage error when the definition's stages do not fit, or the options do not fit them.
    package init(_ definition: PipelineDefinition, _ options: RunOptions) throws(Failure) {
        try definition.validate()
        self.definition = definition
        self.options = options
        embedding = try OutputEmbedding(definition, options)
        scoring = try OutputScoring(definition, options)
    }

    /// How far embedding is; nil where nothing is embedded.
    package var embedProgress: ShardProgress? { embedding?.progress }
    /// What was embedded, once the run has ended.
    package var embedOutcome: EmbedRun.Outcome? { embedding?.outcome.withLock { $0 } }
    /// What was scored, once the run has ended.
    package var scoreOutcome: ScoreRun.Outcome? { scoring?.outcome.withLock { $0 } }

    /// Does the run, on threads of its own, and returns its report.
    ///
    /// - Throws: a `Failure`. What was committed before it stays, and the same run again goes on from there.
    package func run() async throws -> Report {
        if options.out == "" { throw Failure.usage("--out is empty; give a folder") }
        guard let out = options.out else { return try await dryRun(nil) }
        // First of all: an input is a folder of foreign files too.
        try checkApart(inputs: try options.inputs.map { try CorpusInput(argument: $0) }, out: out)
        if case .foreign(let what) = try OutputFolder.content(at: out) {
            throw Failure.usage("--out \(out) \(what); give a new or empty folder")
        }
        if options.isDryRun { return try await dryRun(options.replaces ? nil : out) }
        try embedding?.check()
        if let scoring, let (origin, model) = try await embedding?.origin() {
            try scoring.check(reading: origin, model: model)
        }
        if options.replaces, case .output = try OutputFolder.content(at: out) { return try await replace(out) }
        return try await write(to: out)
    }

    // MARK: Ways to run

    private func write(to out: String) async throws -> Report {
        var record = OutputRecord.empty
        let folder = OutputFolder(out)
        var lock: FolderLock?
        let catalogPath = OutputFolder.catalogPath(in: out)
        if case .output = try OutputFolder.content(at: out) {
            lock = try folder.lock()
            // A copy: a run that is refused leaves the catalog as it is, and in its format.
            record = try Catalog.read(catalogPath) { catalog throws(Failure) in try self.record(of: catalog, out) }
        }
        // Whatever is wrong with the inputs is said before anything is made.
        let others = try otherOutputs(record, out)
        let inputs = try plan(record, for: out)
        try folder.make()
        if lock == nil {
            lock = try folder.lock()
            // Another run was faster: what it made was not looked at.
            if case .output = try OutputFolder.content(at: out) {
                lock = nil
                return try await write(to: out)
            }
        }
        defer { withExtendedLifetime(lock) {} }
        let open = try Catalog(path: catalogPath)
        try folder.checkForeignFiles(known: record.done.map(\.name) + open.intendedShards())
        try folder.checkOutputs(open)
        try OutputFolder.removeUnfinishedReplacement(of: out)
        let skipped = SkippedShards(options.skipsDamagedShards, memory: options.memory)
        if let grown = inputs.grown, let lines = try newLines(of: grown, skipped) {
            let files = try open.files().filter { $0.shard.equalsBytewise(grown.before.name) }.map(\.file)
            guard case .write(let write) = definition.stage(.write) else { throw Failure("nothing is written") }
            try open.reopen(try folder.reopen(grown, lines, files, level: write.level))
            record = try self.record(of: open, out)
        }
        let history = RunHistory(skipped, shardsBefore: record.done)
        var remaining = inputs.remaining(after: record, without: skipped)
        while true {
            do {
                return try await attempt(remaining, record, others, folder, open, history)
            } catch is SkippedShards.BeginsAgain {
                record = try self.record(of: open, out)
                remaining = inputs.remaining(after: record, without: history.skipped)
            }
        }
    }

    /// Takes in what remains of the inputs, from what the catalog says is done.
    ///
    /// - Throws: `SkippedShards.BeginsAgain`, or what ended the run. What is whole is committed.
    private func attempt(
        _ inputs: InputPlan, _ record: OutputRecord, _ others: [OtherOutput], _ folder: OutputFolder,
        _ catalog: Catalog, _ history: RunHistory
    ) async throws -> Report {
        var record = record
        if let partial = record.partial,
            history.skipped.contains(partial.name) || inputs.leftOutPartial?.equalsBytewise(partial.name) == true
        {
            let stored = DuplicateIndex.Stored(
                folder: folder.indexFolder, state: record.index, identity: try catalog.identity())
            record.index = try DuplicateIndex.state(of: stored, before: partial.ordinal)
            try catalog.takeBack(partial, record.index)
            record.partial = nil
        }
        let unfinished = try catalog.intendedShards()
        // From here on files are deleted: those that the catalog does not know.
        try DuplicateIndex.removeStrayFiles(in: folder.indexFolder, record.index)
        try folder.clearTemporary(keeping: record.partial)
        try folder.takeBack(shards: unfinished, partial: record.partial)
        try catalog.begin(definition.boundParameters, inputs.inputs, against: others.map(\.record))
        for (name, modified) in inputs.touched { try catalog.touch(name, modified: modified) }
        let stored = DuplicateIndex.Stored(
            folder: folder.indexFolder, state: record.index, identity: try catalog.identity())
        return try await execute(
            inputs, record, index: Index(earlier: others.map(\.stored), own: stored, scratch: folder.indexFolder),
            others, folder, catalog, history)
    }

    /// Writes a new output beside the one that is there, and swaps the two at the end.
    private func replace(_ out: String) async throws -> Report {
        let old = OutputFolder(out)
        let lock = try old.lock()
        defer { withExtendedLifetime(lock) {} }
        try old.checkIsOnlyDedups("--out \(out)", "--force replaces an output")
        let new = try OutputFolder.beside(out)
        switch try OutputFolder.content(at: new) {
        case .foreign: throw Failure.usage("\(new) is where the new output would be written; move it away")
        case .output: try OutputFolder(new).checkIsOnlyDedups(new, "--force deletes what an earlier run left there")
        case .nothing: break
        }
        guard try File.status(at: Disk.folder(of: new))?.device == File.status(at: out)?.device else {
            throw Failure.usage(
                "--force: \(out) is a mount point, which another folder cannot take the place of; give a folder below it"
            )
        }
        try OutputFolder.remove(new)
        do {
            let report = try await write(to: new)
            // What was put there while the run lasted is not lost.
            try old.checkIsOnlyDedups("--out \(out)", "--force replaces an output")
            // By its own name: a link stays what it is, and "." has no other name.
            try OutputFolder.swap(new, try File.realPath(out) ?? out)
            try OutputFolder.remove(new)
            return report
        } catch {
            try? OutputFolder.remove(new)
            if let failure = error as? Failure, failure.kind == .interrupted {
                throw Failure(
                    "interrupted; the old output is as it was; run the same command again to replace it",
                    kind: .interrupted)
            }
            throw error
        }
    }

    /// Counts only.
    ///
    /// - Parameter out: an output whose documents count as taken in; nothing is written to it.
    private func dryRun(_ out: String?) async throws -> Report {
        var record = OutputRecord.empty
        var lock: FolderLock?
        if let out, case .output = try OutputFolder.content(at: out) {
            lock = try OutputFolder(out).lock(.shared)
            record = try Catalog.read(OutputFolder.catalogPath(in: out)) { catalog throws(Failure) in
                try self.record(of: catalog, out)
            }
            // What is done of a shard would have to be taken back.
            if let partial = record.partial {
                throw Failure.usage(
                    "a part of the shard \(partial.name) was taken in by \(out); finish that run before a dry run")
            }
        }
        defer { withExtendedLifetime(lock) {} }
        let others = try otherOutputs(record, options.out)
        var earlier = others.map(\.stored)
        if let out, lock != nil {
            earlier.append(
                DuplicateIndex.Stored(
                    folder: OutputFolder(out).indexFolder, state: record.index, identity: record.identity))
        }
        let inputs = try plan(record, for: options.out)
        let skipped = SkippedShards(options.skipsDamagedShards, memory: options.memory)
        if let grown = inputs.grown, let lines = try newLines(of: grown, skipped) {
            record.done.removeLast()
            record.partial = grown.partial(lines, files: [:])
        }
        let history = RunHistory(skipped, shardsBefore: record.done)
        var remaining = inputs.remaining(after: record, without: skipped)
        while true {
            do {
                return try await execute(
                    remaining, record,
                    index: Index(earlier: earlier, own: nil, scratch: NSTemporaryDirectory()), others, nil, nil, history
                )
            } catch {
                // Nothing is kept of what was counted: the run begins anew once, without any of the damaged shards.
                let before = history.skipped.all.count
                if options.skipsDamagedShards, (error as? Failure)?.kind != .interrupted {
                    history.skipped.skipDamaged(of: remaining.shards.new.map(\.shard))
                }
                guard history.skipped.all.count > before else { throw error }
                remaining = inputs.remaining(after: record, without: history.skipped)
            }
        }
    }

    /// Where the new lines of a shard begin that grew; nil where the shard is damaged and is left as it was taken in.
    private func newLines(of grown: GrownShard, _ skipped: SkippedShards) throws(Failure) -> AppendedLines? {
        let shard = grown.planned.shard
        do throws(Failure) {
            return try AppendedLines(of: shard, after: grown.before.counts.bytes, limits: try memoryPlan().limits)
        } catch {
            if skipped.skip(after: error, [shard], isDone: { _ in false }) { return nil }
            throw error
        }
    }

    /// - Throws: a usage error when the output was made with other parameters.
    private func record(of catalog: Catalog, _ out: String) throws(Failure) -> OutputRecord {
        let record = OutputRecord(
            inputs: try catalog.inputs(), done: try catalog.doneShards(), partial: try catalog.partialShard(),
            index: try catalog.indexState(), identity: try catalog.identity(), against: try catalog.otherOutputs())
        // Nothing was made of what an earlier run was asked, so nothing binds.
        if record.done.isEmpty && record.partial == nil { return .empty }
        let recorded = try catalog.parameters()
        let asked = definition.boundParameters
        if !recorded.isEmpty {
            for name in Set(recorded.keys).union(asked.keys).sorted() where recorded[name] != asked[name] {
                throw Failure.usage(
                    "--out \(out) was made with \(name) \(recorded[name] ?? "not set"), and this run has "
                        + "\(asked[name] ?? "not set"); give another folder, or replace it with --force")
            }
        }
        return record
    }

    /// - Parameter out: the folder that is, or would be, written; nil where none is named.
    /// - Throws: also when a file that will be made of a new shard cannot have its name.
    private func plan(_ record: OutputRecord, for out: String?) throws -> InputPlan {
        let strictness = InputPlan.Strictness(
            inputs: options.isStrictOnInputs, order: options.isStrictOnOrder, content: options.verifiesInputs,
            takesAppendedLines: options.takesAppendedLines)
        let plan = try InputPlan(
            arguments: options.inputs, record: record, strictness: strictness, selection: options.selection)
        if let out = options.out {
            try checkApart(inputs: plan.followedLinks, out: out)
            try OutputFolder.checkLength(of: out)
        }
        let (new, done) = (plan.shards.new.map(\.shard.name), plan.shards.done)
        func check(_ kinds: [DerivedFile], in folder: String?, _ option: String) throws(Failure) {
            try DerivedNames(kinds, in: folder, option: option).check(new, done: done)
        }
        try check(DerivedFile.ofOutput, in: out, "--out")
        if definition.stage(.score) != nil { try check(DerivedFile.ofScores, in: out, "--out") }
        if let folder = options.embeddings { try check(DerivedFile.ofVectors, in: folder, "--embeddings") }
        if let folder = options.filtered { try check(DerivedFile.ofFiltered, in: folder, "--filtered") }
        return plan
    }

    private func otherOutputs(_ record: OutputRecord, _ out: String?) throws -> [OtherOutput] {
        if !options.against.isEmpty && definition.match == nil {
            throw Failure.usage("--against: the pipeline \(definition.name) compares no documents")
        }
        let others = try zip(options.against, OtherOutput.names(of: options.against)).map { path, name in
            // Of a replacement, the folder that is replaced is meant.
            try OtherOutput(path, name: name, parameters: definition.boundParameters, out: options.out)
        }
        if !options.acceptsOtherAgainst && !(record.done.isEmpty && record.partial == nil) {
            try OtherOutput.check(others, against: record.against, of: out ?? "")
        }
        return others
    }

    // MARK: The run itself

    /// Where the index of a run lies.
    private struct Index {
        let earlier: [DuplicateIndex.Stored]
        /// nil for one that is not kept.
        let own: DuplicateIndex.Stored?
        let scratch: String
    }

    private func execute(
        _ inputs: InputPlan, _ record: OutputRecord, index where: Index, _ others: [OtherOutput],
        _ folder: OutputFolder?, _ catalog: Catalog?, _ history: RunHistory
    ) async throws -> Report {
        let plan = try memoryPlan()
        progress.begin(
            shards: inputs.shards.new.count, bytes: inputs.shards.new.total(\.shard.size))
        let index = try definition.match.map { match throws(Failure) in
            try DuplicateIndex(
                after: `where`.earlier, own: `where`.own, scratch: `where`.scratch,
                memory: options.indexMemory ?? plan.index, match: match, keys: bandKeys(definition.banding))
        }
        let renamed = RenamedShards(
            inputs, record, arguments: options.inputs, out: options.out, found: history.renamed)
        let reporter = RunReporter(definition, options, inputs, record, catalog: catalog, index: index, history)
        var committer: Committer?
        if let folder, let catalog {
            committer = try Committer(
                shards: inputs.shards, folder: folder, catalog: catalog, index: index, progress: progress)
        }
        let executor = ThreadExecutor(threads: options.threads)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        let final = Locked<Report?>(nil)
        var limits = plan.limits
        limits.pointEvery = options.partialShardBytes
        var embedding: RunningEmbedding?
        if let folder {
            embedding = try await self.embedding?.begin(
                in: folder.path, holding: inputs.shards.done, hasNewShards: !inputs.shards.new.isEmpty, on: executor)
        }
        var scoring: RunningScoring?
        if let folder, let asked = self.scoring, let vectors = try await embedding?.storedVectors() {
            scoring = try asked.begin(
                in: folder.path, holding: inputs.shards.done, making: inputs.shards.new.map(\.shard.name), vectors)
        }
        let builder = GraphBuilder(
            graph: graph, shards: inputs.shards, others: others, renamed: renamed, plan: plan, limits: limits,
            progress: progress, index: index, committer: committer,
            watchesDroppedLines: dropsLines && !options.allowsMostlyBad,
            embed: embedding.map { embedding in { try embedding.join($0, graph, limits) } },
            score: scoring.map { scoring in { try scoring.join($0, graph, limits) } },
            report: { written in
                let report = try reporter.report(written: written)
                if let folder, let catalog { try folder.write(report, catalog) }
                final.withLock { $0 = report }
            })
        let written = try builder.build(definition)
        history.watch(graph)
        do {
            try await graph.run()
            try await embedding?.finish()
            try await scoring?.finish(on: executor)
            try catalog?.end()
            try catalog?.settle()
        } catch {
            // What is whole stays, and the report says how far the run came; what went wrong first is what counts.
            try? await committer?.commitWhatIsWhole()
            await embedding?.commitWhatIsWhole()
            await scoring?.commitWhatIsWhole()
            if let catalog {
                let done = Set(try catalog.doneShards().map { BytewiseName($0.name) })
                let isSkipped = history.skipped.skip(after: error, inputs.shards.new.map(\.shard)) {
                    done.contains(BytewiseName($0.name))
                }
                if isSkipped { throw SkippedShards.BeginsAgain() }
            }
            let failure = Self.failure(error, progress.values, replaces: options.replaces)
            if let folder, let catalog {
                try? folder.clearTemporary(keeping: catalog.partialShard())
                if definition.stage(.report) != nil { try? folder.write(reporter.report(failure: failure), catalog) }
                try? catalog.settle()
            }
            throw failure
        }
        if let report = final.withLock({ $0 }) { return report }
        return try await reporter.report(written: written.records)
    }

    /// Whether lines that are no documents are left out.
    private var dropsLines: Bool {
        if case .read(let read) = definition.stage(.read) { read.onBadLine == .drop } else { false }
    }

    private func memoryPlan() throws(Failure) -> MemoryPlan {
        var expansion = MemoryPlan.expansionOfWords
        if case .shingles(let shingles) = definition.stage(.shingles), shingles.unit == .char {
            expansion = MemoryPlan.expansionOfScalars
        }
        guard case .write(let write) = definition.stage(.write) else { throw Failure("nothing is written") }
        return MemoryPlan(
            total: options.memory, threads: options.threads, expansion: expansion,
            encoder: try BlockEncoder.memory(compression: .zstd, level: write.level, blockSize: blockSize),
            isShared: embedding != nil)
    }

    private static func failure(_ error: any Error, _ progress: RunProgress.Values, replaces: Bool) -> Failure {
        switch error {
        case let failure as Failure: failure
        case is CancellationError:
            Failure(
                "interrupted; \(progress.committedShards) of \(progress.shards) shards are done and stay; "
                    + (replaces ? "run again without --force to go on" : "run the same command again to go on"),
                kind: .interrupted)
        default: Failure("\(error)")
        }
    }
}
