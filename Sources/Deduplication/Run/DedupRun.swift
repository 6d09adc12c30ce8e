package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import OutputStore
internal import PipelineGraph
package import Pipelines
package import Reports
internal import Shingling

/// One run of `dedup run`: it reads the inputs, does what the definition says, and writes an output and a report.
package struct DedupRun: Sendable {
    private let definition: PipelineDefinition
    private let options: RunOptions
    package let progress = RunProgress()
    /// The output stages that take part in the run, in order.
    private let outputStages: [(name: String, plan: any OutputStagePlan)]

    /// - Throws: a usage error if the stages of the definition do not fit together, or the options do not fit the
    ///   stages.
    package init(_ definition: PipelineDefinition, _ options: RunOptions) throws(Failure) {
        try definition.validate()
        self.definition = definition
        self.options = options
        try definition.checkFolders(options.folders.keys)
        var plans: [(name: String, plan: any OutputStagePlan)] = []
        for entry in definition.entries {
            guard let stage = entry.stage as? any OutputStage, let plan = try stage.plan(options, definition) else {
                continue
            }
            plans.append((entry.name, plan))
        }
        outputStages = plans
    }

    /// The progress of those output stages that report it, in order.
    package var stageProgress: [ShardProgress] { outputStages.compactMap(\.plan.progress) }

    /// The results of the output stages, in order, once the run has ended.
    package var stageOutcomes: [any Sendable] { outputStages.compactMap(\.plan.outcome) }

    /// Runs on its own threads, and returns the report.
    ///
    /// - Throws: a `Failure`. Committed shards stay, and the next run of the same command continues after them.
    package func run() async throws -> Report {
        if options.out == "" { throw Failure.usage("\(Parameter.out) is empty; give a folder") }
        guard let out = options.out else { return try await dryRun(nil) }
        // This check comes first: an input folder also holds files that dedup did not write, and that error would
        // mislead.
        try checkApart(inputs: try options.inputs.map { try CorpusInput(argument: $0) }, out: out)
        if case .foreign(let what) = try OutputFolder.content(at: out) {
            throw Failure.usage("\(Parameter.out(out)) \(what); give a new or empty folder")
        }
        if options.isDryRun { return try await dryRun(options.replaces ? nil : out) }
        for index in outputStages.indices {
            try await outputStages[index].plan.check(behind: outputStages[..<index].map(\.plan))
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
            // The catalog is read from a copy, so that a refused run does not convert it to the current format.
            record = try Catalog.read(catalogPath) { catalog throws(Failure) in try self.record(of: catalog, out) }
        }
        // Errors in the inputs are reported before any file is made.
        let others = try otherOutputs(record, out)
        let inputs = try plan(record, for: out)
        try folder.make()
        if lock == nil {
            lock = try folder.lock()
            // Another run made the output meanwhile, and its catalog has not been read yet.
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
            try open.reopen(try folder.reopen(grown, lines, files, level: try level()))
            record = try self.record(of: open, out)
        }
        let history = RunHistory(skipped, shardsBefore: record.done)
        var remaining = inputs.remaining(after: record, without: skipped)
        while true {
            do {
                return try await attempt(remaining, record, others, folder, open, history)
            } catch is SkippedShards.Restart {
                record = try self.record(of: open, out)
                remaining = inputs.remaining(after: record, without: history.skipped)
            }
        }
    }

    /// Processes the remaining shards, starting from the state in the catalog.
    ///
    /// - Throws: `SkippedShards.Restart` if a damaged shard was found; otherwise the error that ended the run.
    ///   Complete shards are committed in both cases.
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
            try catalog.forget(partial, record.index)
            record.partial = nil
        }
        let unfinished = try catalog.intendedShards()
        // From here on, files that the catalog does not know are deleted.
        try DuplicateIndex.removeStrayFiles(in: folder.indexFolder, record.index)
        try folder.clearTemporary(keeping: record.partial)
        try folder.undoCommits(of: unfinished, partial: record.partial)
        try catalog.begin(definition.boundParameters, inputs.inputs, against: others.map(\.record))
        for (name, modified) in inputs.touched { try catalog.touch(name, modified: modified) }
        let stored = DuplicateIndex.Stored(
            folder: folder.indexFolder, state: record.index, identity: try catalog.identity())
        return try await session(inputs, record, others, .output(folder, catalog, index: stored), history).run()
    }

    /// Checks that a folder is not the index of a program, which would be lost. A damaged catalog passes: its output may
    /// be replaced.
    private func checkBelongsToRuns(_ out: String) throws(Failure) {
        do throws(Failure) {
            try Catalog.read(OutputFolder.catalogPath(in: out)) { catalog throws(Failure) in
                try Catalog.checkBelongsToRuns(catalog.parameters(), Parameter.out(out))
            }
        } catch  where error.kind != .usage {}
    }

    /// Writes a new output beside the existing one, and swaps the two at the end.
    private func replace(_ out: String) async throws -> Report {
        let old = OutputFolder(out)
        let lock = try old.lock()
        defer { withExtendedLifetime(lock) {} }
        try old.checkIsOnlyDedups(Parameter.out(out), "\(Parameter.replace) replaces an output")
        try checkBelongsToRuns(out)
        let new = try OutputFolder.beside(out)
        switch try OutputFolder.content(at: new) {
        case .foreign: throw Failure.usage("\(new) is where the new output would be written; move it away")
        case .output:
            try OutputFolder(new).checkIsOnlyDedups(new, "\(Parameter.replace) deletes what an earlier run left there")
        case .nothing: break
        }
        guard try File.status(at: Disk.folder(of: new))?.device == File.status(at: out)?.device else {
            throw Failure.usage(
                "\(Parameter.replace): \(out) is a mount point, which no other folder can replace; give a folder "
                    + "below it"
            )
        }
        try OutputFolder.remove(new)
        do {
            let report = try await write(to: new)
            // Files that somebody put into the old output during the run must not be deleted with it.
            try old.checkIsOnlyDedups(Parameter.out(out), "\(Parameter.replace) replaces an output")
            // The real path is swapped: a link must stay a link, and "." cannot be renamed.
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

    /// Processes the shards and counts the outcomes as a run does, but writes nothing.
    ///
    /// - Parameter out: an output with whose documents those of the run are compared; nil for none.
    private func dryRun(_ out: String?) async throws -> Report {
        var record = OutputRecord.empty
        var lock: FolderLock?
        if let out, case .output = try OutputFolder.content(at: out) {
            lock = try OutputFolder(out).lock(.shared)
            record = try Catalog.read(OutputFolder.catalogPath(in: out)) { catalog throws(Failure) in
                try self.record(of: catalog, out)
            }
            // The finished part of the shard would have to be undone, and a dry run changes nothing.
            if let partial = record.partial {
                throw Failure.usage(
                    "part of the shard \(partial.name) was processed by \(out); finish that run before a dry run")
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
                return try await session(remaining, record, others, .nothing(compared: earlier), history).run()
            } catch {
                // The counts so far are lost, so the run finds all damaged shards now and starts again only once.
                let before = history.skipped.all.count
                if options.skipsDamagedShards, (error as? Failure)?.kind != .interrupted {
                    history.skipped.skipDamaged(of: remaining.shards.new.map(\.shard))
                }
                guard history.skipped.all.count > before else { throw error }
                remaining = inputs.remaining(after: record, without: history.skipped)
            }
        }
    }

    /// Returns where the new lines of a shard that grew begin; nil if the shard is damaged, and is left as it was.
    private func newLines(of grown: GrownShard, _ skipped: SkippedShards) throws(Failure) -> AppendedLines? {
        let shard = grown.planned.shard
        do throws(Failure) {
            return try AppendedLines(of: shard, after: grown.before.counts.bytes, limits: try memoryPlan().limits)
        } catch {
            if skipped.skip(after: error, [shard], isDone: { _ in false }) { return nil }
            throw error
        }
    }

    /// - Throws: a usage error if the output was made with other parameters.
    private func record(of catalog: Catalog, _ out: String) throws(Failure) -> OutputRecord {
        let recorded = try catalog.parameters()
        try Catalog.checkBelongsToRuns(recorded, Parameter.out(out))
        let record = OutputRecord(
            inputs: try catalog.inputs(), done: try catalog.doneShards(), partial: try catalog.partialShard(),
            index: try catalog.indexState(), identity: try catalog.identity(), against: try catalog.otherOutputs())
        // No shard was processed yet, so the parameters of an earlier run do not bind.
        if record.done.isEmpty && record.partial == nil { return .empty }
        let differing = definition.boundParameters(differingFrom: recorded)
        if !recorded.isEmpty, let name = differing.first {
            let asked = definition.boundParameters
            let others = differing.dropFirst().joined(separator: ", ")
            throw Failure.usage(
                "\(Parameter.out(out)) was made with \(name) \(recorded[name] ?? "not set"), and this run has "
                    + "\(asked[name] ?? "not set")\(others.isEmpty ? "" : " (also different: \(others))"); "
                    + "give another folder, or replace it with \(Parameter.replace)")
        }
        return record
    }

    /// - Parameter out: the output folder, also of a dry run; nil if none is given.
    /// - Throws: a usage error, also if a file that the run would make of a new shard cannot have its name.
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
        func check(_ kinds: [DerivedFile], in folder: String?, _ parameter: Parameter) throws(Failure) {
            try DerivedNames(kinds, in: folder, parameter: parameter).check(new, done: done)
        }
        try check(DerivedFile.ofOutput, in: out, .out)
        for stage in definition.entries.compactMap({ $0.stage as? any OutputStage }) {
            for files in stage.derivedFiles(options) { try check(files.kinds, in: files.folder, files.parameter) }
        }
        return plan
    }

    private func otherOutputs(_ record: OutputRecord, _ out: String?) throws -> [OtherOutput] {
        if !options.against.isEmpty && definition.match == nil {
            throw Failure.usage("\(Parameter.against): the pipeline \(definition.name) does not compare documents")
        }
        let others = try zip(options.against, OtherOutput.names(of: options.against)).map { path, name in
            // For a replacement, `options.out` is the output that will be replaced.
            try OtherOutput(
                path, name: name, parameters: definition.boundParameters, comparable: definition.indexParameters,
                out: options.out)
        }
        if !options.acceptsOtherAgainst && !(record.done.isEmpty && record.partial == nil) {
            try OtherOutput.check(others, against: record.against, of: out ?? "")
        }
        return others
    }

    private func session(
        _ inputs: InputPlan, _ record: OutputRecord, _ others: [OtherOutput], _ destination: RunDestination,
        _ history: RunHistory
    ) throws(Failure) -> RunSession {
        RunSession(
            definition: definition, options: options, outputStages: outputStages, memory: try memoryPlan(),
            progress: progress, inputs: inputs, record: record, others: others, destination: destination,
            history: history)
    }

    private func level() throws(Failure) -> Int {
        guard let write = definition.stage(WriteStage.self) else { throw Failure("nothing is written") }
        return write.level
    }

    private func memoryPlan() throws(Failure) -> MemoryPlan {
        let hasScalarShingles = definition.stage(ShinglesStage.self)?.unit == .char
        return MemoryPlan(
            total: options.memory, threads: options.threads,
            expansion: hasScalarShingles ? MemoryPlan.expansionOfScalars : MemoryPlan.expansionOfWords,
            encoder: try BlockEncoder.memory(compression: .zstd, level: try level(), blockSize: blockSize),
            isShared: !outputStages.isEmpty)
    }
}
