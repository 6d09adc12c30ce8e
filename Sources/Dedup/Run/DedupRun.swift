package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import PipelineGraph
package import Reports
internal import Shingling

/// One run: from its inputs and its definition to an output and its report.
package struct DedupRun: Sendable {
    private let definition: PipelineDefinition
    private let options: RunOptions
    package let progress = RunProgress()

    /// - Throws: a usage error when the definition's stages do not fit.
    package init(_ definition: PipelineDefinition, _ options: RunOptions) throws(Failure) {
        try definition.validate()
        self.definition = definition
        self.options = options
    }

    /// Does the run, on threads of its own, and returns its report.
    ///
    /// - Throws: a `Failure`. What was committed before it stays, and the same run again goes on from there.
    package func run() async throws -> Report {
        if options.out == "" { throw Failure.usage("--out is empty; give a folder") }
        guard let out = options.out else {
            return try await dryRun(Place(catalog: nil, known: [], done: []))
        }
        // First of all: an input is a folder of foreign files too.
        try checkApart(inputs: try options.inputs.map { try CorpusInput(argument: $0) }, out: out)
        if case .foreign(let what) = try OutputFolder.content(at: out) {
            throw Failure.usage("--out \(out) \(what); give a new or empty folder")
        }
        if options.isDryRun {
            return try await dryRun(options.replaces ? Place(catalog: nil, known: [], done: []) : try lookAt(out))
        }
        if options.replaces, case .output = try OutputFolder.content(at: out) { return try await replace(out) }
        return try await write(to: out)
    }

    /// What an output's catalog says.
    private struct Place {
        let catalog: Catalog?
        let known: [Catalog.Input]
        let done: [Catalog.ShardRecord]
    }

    // MARK: Ways to run

    private func write(to out: String) async throws -> Report {
        var place = Place(catalog: nil, known: [], done: [])
        let folder = OutputFolder(out)
        var lock: OutputFolder.Lock?
        if case .output = try OutputFolder.content(at: out) {
            lock = try folder.lock()
            place = try open(OutputFolder.catalogPath(in: out), out)
        }
        // Whatever is wrong with the inputs is said before anything is made.
        let inputs = try plan(place)
        try folder.make()
        if lock == nil { lock = try folder.lock() }
        defer { withExtendedLifetime(lock) {} }
        try folder.clearTemporary()
        try OutputFolder.removeUnfinishedReplacement(of: out)
        let catalog = try place.catalog ?? Catalog(path: OutputFolder.catalogPath(in: out))
        let unfinished = try catalog.intendedShards()
        try folder.checkForeignFiles(known: place.done.map(\.name) + unfinished)
        try folder.checkOutputs(of: place.done.map(\.name))
        try folder.clear(shards: unfinished)
        try catalog.begin(definition.boundParameters, inputs.inputs)
        return try await execute(inputs, folder, catalog)
    }

    /// Writes a new output beside the one that is there, and swaps the two at the end.
    private func replace(_ out: String) async throws -> Report {
        let old = OutputFolder(out)
        let lock = try old.lock()
        defer { withExtendedLifetime(lock) {} }
        let catalog = try Catalog(path: OutputFolder.catalogPath(in: out))
        try old.checkForeignFiles(known: try catalog.doneShards().map(\.name) + catalog.intendedShards())
        let new = try OutputFolder.beside(out)
        if case .foreign = try OutputFolder.content(at: new) {
            throw Failure.usage("\(new) is where the new output would be written; move it away")
        }
        let parent = (new as NSString).deletingLastPathComponent
        guard try File.status(at: parent)?.device == File.status(at: out)?.device else {
            throw Failure.usage(
                "--force: \(out) is a mount point, which another folder cannot take the place of; give a folder below it"
            )
        }
        try OutputFolder.remove(new)
        do {
            let report = try await write(to: new)
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

    private func dryRun(_ place: Place) async throws -> Report {
        try await execute(try plan(place), nil, nil)
    }

    /// Opens a copy of an output's catalog: looking at it leaves no trace.
    private func lookAt(_ out: String) throws -> Place {
        guard case .output = try OutputFolder.content(at: out) else { return Place(catalog: nil, known: [], done: []) }
        let place = try OutputFolder.withCatalogCopy(of: out) { path throws(Failure) in try open(path, out) }
        return Place(catalog: nil, known: place.known, done: place.done)
    }

    /// - Throws: a usage error when the output was made with other parameters.
    private func open(_ catalogPath: String, _ out: String) throws(Failure) -> Place {
        let catalog = try Catalog(path: catalogPath)
        let done = try catalog.doneShards()
        // Nothing was made of what an earlier run was asked, so nothing binds.
        if done.isEmpty { return Place(catalog: catalog, known: [], done: []) }
        let recorded = try catalog.parameters()
        let asked = definition.boundParameters
        if !recorded.isEmpty {
            for name in Set(recorded.keys).union(asked.keys).sorted() where recorded[name] != asked[name] {
                throw Failure.usage(
                    "--out \(out) was made with \(name) \(recorded[name] ?? "not set"), and this run has "
                        + "\(asked[name] ?? "not set"); give another folder, or replace it with --force")
            }
        }
        return Place(catalog: catalog, known: try catalog.inputs(), done: done)
    }

    private func plan(_ place: Place) throws -> InputPlan {
        try InputPlan(arguments: options.inputs, known: place.known, done: place.done)
    }

    // MARK: The run itself

    private func execute(_ inputs: InputPlan, _ folder: OutputFolder?, _ catalog: Catalog?) async throws -> Report {
        let plan = try memoryPlan()
        progress.begin(
            shards: inputs.shards.count(where: { $0.done == nil }),
            bytes: inputs.shards.reduce(0) { $0 + $1.shard.size })
        let index = try definition.match.map { match throws(Failure) in
            try DuplicateIndex(
                folder: folder?.indexFolder ?? NSTemporaryDirectory(), memory: plan.index, match: match)
        }
        let reporter = RunReporter(definition, options, inputs, catalog: catalog, index: index)
        var committer: Committer?
        if let folder, let catalog {
            committer = Committer(shards: inputs.shards, folder: folder, catalog: catalog, progress: progress)
        }
        let executor = ThreadExecutor(threads: options.threads)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        let final = Locked<Report?>(nil)
        let builder = GraphBuilder(
            graph: graph, shards: inputs.shards, plan: plan, progress: progress, index: index, committer: committer,
            report: { written in
                let report = try reporter.report(written: written)
                try folder?.write(report)
                final.withLock { $0 = report }
            })
        let written = try builder.build(definition)
        reporter.watch(graph)
        do {
            try await graph.run()
        } catch {
            // What is whole stays, and the report says how far the run came; what went wrong first is what counts.
            try? await committer?.commitWhatIsWhole()
            let failure = Self.failure(error, progress.values, replaces: options.replaces)
            try? folder?.clearTemporary()
            if definition.stage(.report) != nil { try? folder?.write(reporter.report(failure: failure)) }
            throw failure
        }
        if let report = final.withLock({ $0 }) { return report }
        return try await reporter.report(written: written.records)
    }

    private func memoryPlan() throws(Failure) -> MemoryPlan {
        var expansion = MemoryPlan.expansionOfWords
        if case .shingles(let shingles) = definition.stage(.shingles), shingles.unit == .char {
            expansion = MemoryPlan.expansionOfScalars
        }
        guard case .write(let write) = definition.stage(.write) else { throw Failure("nothing is written") }
        return MemoryPlan(
            total: options.memory, threads: options.threads, expansion: expansion,
            encoder: try BlockEncoder.memory(compression: .zstd, level: write.level, blockSize: blockSize))
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

/// The version of the tool.
package enum Version {
    package static let current = "0.1.0"
}
