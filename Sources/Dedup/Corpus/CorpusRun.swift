internal import Basics
internal import Corpus
internal import Deduplication
internal import Embedding
public import Foundation
internal import Pipelines
internal import Reports
internal import Scoring

/// A run over a corpus on disk: it reads shards of JSON Lines, removes the duplicates, and writes what is left and a
/// report.
///
/// ```swift
/// var run = CorpusRun(inputs: [.init(books), .init(crawl)], output: clean)
/// run.parameters = parameters
/// let report = try await run.run { progress in print("\(progress.documents) documents") }
/// print("\(report.counts.removed) documents were removed")
/// ```
///
/// The output folder gets a shard for every input shard, with the same name and the kept lines, byte for byte. What
/// belongs to the output (the list of removed documents, the report, the index) is in its hidden folder `.dedup`.
///
/// A run continues what earlier runs of the same output did: shards that were processed are not read again, and their
/// kept documents count as kept before. A run that is cancelled or dies leaves the output whole; the same run continues
/// after the last part that it finished. The output depends on neither.
public struct CorpusRun: Sendable {
    /// A folder of shards, or one shard.
    public struct Input: Sendable, Hashable {
        /// The place of the folder or file.
        public var url: URL
        /// The first component of its shards' names in the output. Nil for the base name of the place if the run has
        /// several inputs, and for none if it has one.
        public var label: String?

        /// Creates an input.
        public init(_ url: URL, label: String? = nil) {
            self.url = url
            self.label = label
        }
    }

    /// The definition of what a run does, stage by stage.
    public enum Pipeline: Sendable, Hashable {
        /// A ready definition: `deberta`, `recall`, `exact`, `short-texts`, `embed` or `deberta-quality`.
        case named(String)
        /// A definition in a YAML file.
        case file(URL)
    }

    /// The treatment of lines that are not documents.
    public enum BadLines: String, Sendable, Hashable, CaseIterable {
        /// The run fails at the first one.
        case fail = "stop"
        /// They are written to the output, counted and listed.
        case keep
        /// They are left out of the output, counted and listed.
        case drop
    }

    /// The inputs. An earlier input has priority: of two duplicates, its document stays.
    public var inputs: [Input]
    /// The folder to write: new, empty, or the output of an earlier run with the same parameters.
    public var output: URL
    /// What the run does.
    public var pipeline = Pipeline.named("deberta")
    /// What makes two documents duplicates; nil for what the pipeline says.
    public var parameters: Parameters?
    /// The field of a line that holds the text, as a path with dots; nil for what the pipeline says, or `text`.
    public var textField: String?
    /// The field of a line that holds the id, as a path with dots; nil for what the pipeline says, or `id`.
    public var idField: String?
    /// The treatment of lines that are not documents; nil for what the pipeline says, or `fail`.
    public var badLines: BadLines?
    /// Whether damaged shards are left out and listed in the report; if not, the run fails at the first one.
    public var skipsDamagedShards = false
    /// Other outputs, whose kept documents count as kept before all documents of this run. They do not change.
    public var earlierOutputs: [URL] = []
    /// Whether an output that is there is replaced, whatever it was made with, at the end of the run.
    public var replacesOutput = false
    /// The folder of the model for a pipeline that embeds; nil for the installed one (see ``TextEncoder``).
    public var model: URL?
    /// The folder for the vectors of a pipeline that embeds.
    public var vectors: URL?
    /// The folder for the documents of at least `minQuality`, for a pipeline that scores.
    public var filtered: URL?
    /// The least quality of the documents in `filtered`, from 0 to 1.
    public var minQuality: Double?
    /// The number of threads, from 1 to 1024: one for each core unless set.
    public var threads: Int
    /// The bytes of memory that the run may take, approximately; at least 256 MiB. 2 GiB, or half of the machine's
    /// memory if that is less, unless set.
    public var memory: Int

    /// Creates a run with the standard pipeline.
    public init(inputs: [Input], output: URL) {
        self.inputs = inputs
        self.output = output
        threads = Threads.count
        memory = MemoryPlan.standard
    }

    /// Creates a run with the standard pipeline.
    public init(inputs: [URL], output: URL) {
        self.init(inputs: inputs.map { Input($0) }, output: output)
    }

    /// How far a run is.
    public struct Progress: Sendable, Hashable {
        /// The number of shards of this run.
        public let shards: Int
        /// The number of shards that are finished and durable.
        public let finishedShards: Int
        /// The size of the shards' files in bytes.
        public let bytes: Int
        /// The number of these bytes that were read.
        public let bytesRead: Int
        /// The number of documents that were decided.
        public let documents: Int
        /// The number of documents that were removed as duplicates.
        public let removed: Int
    }

    /// Does the run and returns its report.
    ///
    /// Cancelling the task stops the run: what is finished stays, and the same run continues there.
    ///
    /// - Parameter onProgress: called about four times a second, and once at the end, on a thread of the library. It
    ///   must return soon.
    /// - Throws: a `DedupError`: of the kind `parameter` if the run is impossible as it is asked for or the output was
    ///   made with other parameters, `data` for an input that is not valid, `damagedShard` for a shard whose bytes are
    ///   damaged, `system` if a file cannot be read or written, `cancelled` if the task was cancelled.
    public func run(
        onProgress: (@Sendable (Progress) -> Void)? = nil
    ) async throws(DedupError) -> Report {
        try await Threads.run {
            let run = try DedupRun(try definition(), try options())
            guard let onProgress else { return Report(try await run.run()) }
            let clock = Task(executorPreference: Threads.executor) {
                while (try? await Task.sleep(for: .milliseconds(250))) != nil { onProgress(Progress(run.progress)) }
            }
            let result: Result<Report, any Error>
            do {
                result = .success(Report(try await run.run()))
            } catch {
                result = .failure(error)
            }
            clock.cancel()
            await clock.value
            onProgress(Progress(run.progress))
            return try result.get()
        }
    }

    // MARK: What the run is made of

    private func options() throws(Failure) -> RunOptions {
        var options = RunOptions(
            inputs: try inputs.map { input throws(Failure) in try Self.argument(input) },
            out: try Self.path(output), threads: threads, memory: memory)
        guard (1...1024).contains(threads) else { throw .usage("threads is a number from 1 to 1024, not \(threads)") }
        guard memory >= MemoryPlan.least else {
            throw .usage("memory is at least \(MemoryPlan.least) bytes, not \(memory)")
        }
        options.replaces = replacesOutput
        options.skipsDamagedShards = skipsDamagedShards
        options.against = try earlierOutputs.map { url throws(Failure) in try Self.path(url) }
        if let vectors { options.folders["embeddings"] = try Self.path(vectors) }
        if let filtered { options.folders["filtered"] = try Self.path(filtered) }
        return options
    }

    private static func argument(_ input: Input) throws(Failure) -> String {
        let path = try path(input.url)
        return input.label.map { "\($0)=\(path)" } ?? path
    }

    /// The absolute path of a file URL.
    private static func path(_ url: URL) throws(Failure) -> String {
        guard url.isFileURL else { throw .usage("\(url) is not the URL of a file or folder on this machine") }
        return url.path
    }

    private func definition() throws -> PipelineDefinition {
        var definition =
            switch pipeline {
            case .named(let name): try Self.ready(name)
            case .file(let url): try PipelineParser.standard.load(Self.path(url))
            }
        if let parameters {
            // Checks the ranges together, and names what is wrong.
            _ = try Rule(parameters)
            try definition.use(parameters.match == .exact ? .exact : .jaccard)
            for override in parameters.overrides { try definition.apply(override) }
        }
        let others: [(name: String, stage: String, key: String, value: String?)] = [
            ("textField", ReadStage.name, "text-field", textField),
            ("idField", ReadStage.name, "id-field", idField),
            ("badLines", ReadStage.name, "on-bad-line", badLines?.rawValue),
            ("model", EmbedStage.name, "model", try model.map(Self.path)),
            ("minQuality", ScoreStage.name, "min-quality", minQuality.map { "\($0)" }),
        ]
        for (name, stage, key, value) in others {
            if let value { try definition.apply(.init(Parameter(name), stage, key, value)) }
        }
        return definition
    }

    private static func ready(_ name: String) throws(Failure) -> PipelineDefinition {
        guard PipelineParser.builtIn[name] != nil else {
            throw .usage(
                "\(name): no such pipeline; there are " + PipelineParser.builtIn.keys.sorted().joined(separator: ", "))
        }
        return try PipelineParser.standard.load(name)
    }
}

extension CorpusRun.Progress {
    fileprivate init(_ progress: RunProgress) {
        let values = progress.values
        shards = values.shards
        finishedShards = values.committedShards
        bytes = Int(values.totalBytes)
        bytesRead = Int(values.readBytes)
        documents = values.documents
        removed = values.removed
    }
}
