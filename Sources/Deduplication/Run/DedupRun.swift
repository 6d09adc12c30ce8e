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

/// One run: from its inputs and its definition to an output and its report.
package struct DedupRun: Sendable {
    private let definition: PipelineDefinition
    private let options: RunOptions
    package let progress = RunProgress()
    /// The output stages that take part in the run, in order.
    private let outputStages: [(name: String, plan: any OutputStagePlan)]

    /// - Throws: a usage error when the definition's stages do not fit, or the options do not fit them.
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

    /// How far the output stages are: those that show it, in order.
    package var stageProgress: [ShardProgress] { outputStages.compactMap(\.plan.progress) }

    /// The results of the output stages, in order, once the run has ended.
    package var stageOutcomes: [any Sendable] { outputStages.compactMap(\.plan.outcome) }

    /// Does the run, on threads of its own, and returns its report.
    ///
    /// - Throws: a `Failure`. What was committed before it stays, and the same run again goes on from there.
    package func run() async throws -> Report {
        if options.out == "" { throw Failure.usage("\(Parameter.out) is empty; give a folder") }
        guard let out = options.out else { return try await dryRun(nil) }
        // First of all: an input is a folder of foreign files too.
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
            try open.reopen(try folder.reopen(grown, lines, files, level: try level()))
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
        return try await session(inputs, record, others, .output(folder, catalog, index: stored), history).run()
    }

    /// Writes a new output beside the one that is there, and swaps the two at the end.
    private func replace(_ out: String) async throws -> Report {
        let old = OutputFolder(out)
        let lock = try old.lock()
        defer { withExtendedLifetime(lock) {} }
        try old.checkIsOnlyDedups(Parameter.out(out), "\(Parameter.replace) replaces an output")
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
            // What was put there while the run lasted is not lost.
            try old.checkIsOnlyDedups(Parameter.out(out), "\(Parameter.replace) replaces an output")
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
                    "\(Parameter.out(out)) was made with \(name) \(recorded[name] ?? "not set"), and this run has "
                        + "\(asked[name] ?? "not set"); give another folder, or replace it with \(Parameter.replace)")
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
            // Of a replacement, the folder that is replaced is meant.
            try OtherOutput(path, name: name, parameters: definition.boundParameters, out: options.out)
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
