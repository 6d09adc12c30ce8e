internal import Basics
internal import Corpus
package import Deduplication
internal import Embedding
public import Foundation
package import Pipelines
internal import Reports
internal import Scoring

/// A run over a corpus on disk: it reads shards of JSON Lines, removes the duplicates, and writes the other documents
/// and a report.
///
/// ```swift
/// var run = CorpusRun(inputs: [.init(books), .init(crawl)], output: clean)
/// run.parameters = parameters
/// let report = try await run.run { progress in print("\(progress.documents) documents") }
/// print("\(report.counts.removed) documents were removed")
/// ```
///
/// The output folder gets a shard for every input shard, with the same name and the kept lines, byte for byte. Its
/// hidden folder `.dedup` contains the lists of removed documents, the report and the index.
///
/// A run continues the work of earlier runs with the same output: it does not read processed shards again, and compares
/// new documents with their kept documents. A run that is cancelled or crashes leaves a valid output; the same run,
/// started again, continues after the last part that was finished. Interruptions do not change the resulting output,
/// and neither does dividing the same sequence of shards among several runs.
public struct CorpusRun: Sendable {
    /// A folder of shards, or one shard.
    public struct Input: Sendable, Hashable {
        /// The URL of the folder or file.
        public var url: URL
        /// The first component of its shards' names in the output. If nil, the base name of the URL is used; but if the
        /// run has only one input, its shards' names have no such component.
        public var label: String?

        /// Creates an input.
        public init(_ url: URL, label: String? = nil) {
            self.url = url
            self.label = label
        }
    }

    /// The definition of the stages of a run.
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

    /// The format of shards.
    public enum Format: Sendable, Hashable, CaseIterable {
        /// JSON Lines, uncompressed or compressed with zstd or gzip.
        case jsonLines
    }

    /// An option of a stage, with a value as a definition would give it.
    public struct Setting: Sendable {
        package let override: PipelineDefinition.Override

        /// Creates a setting. docs/stages.md lists the stages and their options.
        public init(stage: String, key: String, value: String) {
            self.init(.init(Parameter("\(stage).\(key)"), stage, key, value))
        }

        package init(_ override: PipelineDefinition.Override) { self.override = override }
    }

    // MARK: What is read and written

    /// The inputs. An earlier input has priority: of two duplicates, its document stays.
    public var inputs: [Input]
    /// If set, all files in input folders are read as shards of this format, whatever their names are; if nil, the names
    /// say which files are shards.
    public var format: Format? {
        get {
            switch options.selection.format {
            case .jsonl: .jsonLines
            case nil: nil
            }
        }
        set {
            switch newValue {
            case .jsonLines: options.selection.format = .jsonl
            case nil: options.selection.format = nil
            }
        }
    }
    /// Patterns of the files to read in input folders; empty for all shards. `*` matches part of a name, `**` any
    /// folders; a pattern without a slash matches names in all folders.
    public var includes: [String] = []
    /// Patterns of files and folders that are left out.
    public var excludes: [String] = []
    /// Whether links to folders inside the inputs are followed.
    public var followsLinks: Bool {
        get { options.selection.followsLinks }
        set { options.selection.followsLinks = newValue }
    }
    /// The folder to write: new, empty, or the output of an earlier run with the same parameters. Nil only for a dry
    /// run.
    public var output: URL?
    /// Whether an output that is there is replaced, whatever it was made with, at the end of the run.
    public var replacesOutput: Bool {
        get { options.replaces }
        set { options.replaces = newValue }
    }
    /// Whether the run only counts: it writes nothing, and its report says what it would have done.
    public var isDryRun: Bool {
        get { options.isDryRun }
        set { options.isDryRun = newValue }
    }
    /// Other outputs, whose kept documents count as kept before all documents of this run. They do not change.
    public var earlierOutputs: [URL] = []
    /// Whether the run continues if `earlierOutputs` are not those of earlier runs, or have changed since.
    public var acceptsChangedEarlierOutputs: Bool {
        get { options.acceptsOtherAgainst }
        set { options.acceptsOtherAgainst = newValue }
    }

    // MARK: What is done

    /// What the run does.
    public var pipeline = Pipeline.named("deberta")
    /// The parameters that decide whether two documents are duplicates; nil for those of the pipeline.
    public var parameters: Parameters?
    /// Options of stages that replace those of the pipeline. A stage such as `filter` or `sample`, which only drops
    /// documents, is added if the pipeline lacks it.
    public var settings: [Setting] = []
    /// The field of a line that holds the text, as a path with dots; nil for the setting of the pipeline or, without
    /// one, `text`.
    public var textField: String?
    /// The field of a line that holds the id, as a path with dots; nil for the setting of the pipeline or, without one,
    /// `id`.
    public var idField: String?
    /// The treatment of lines that are not documents; nil for the setting of the pipeline or, without one, `fail`.
    public var badLines: BadLines?
    /// The folder of the model for a pipeline that embeds; nil for the installed one (see ``TextEncoder``).
    public var model: URL?
    /// The folder for the vectors of a pipeline that embeds.
    public var vectors: URL?
    /// The folder for the documents of at least `minQuality`, for a pipeline that scores.
    public var filtered: URL?
    /// The least quality of the documents in `filtered`, from 0 to 1.
    public var minQuality: Double?

    // MARK: How strict it is

    /// Whether damaged shards are left out and listed in the report; if not, the run fails at the first one.
    public var skipsDamagedShards: Bool {
        get { options.skipsDamagedShards }
        set { options.skipsDamagedShards = newValue }
    }
    /// Whether the run continues when most lines of a shard are dropped because they are not documents.
    public var allowsMostlyBadShards: Bool {
        get { options.allowsMostlyBad }
        set { options.allowsMostlyBad = newValue }
    }
    /// Whether lines that were added to the end of the last processed shard are processed.
    public var readsAppendedLines: Bool {
        get { options.takesAppendedLines }
        set { options.takesAppendedLines = newValue }
    }
    /// Whether the run fails if a processed shard no longer exists in its input.
    public var failsOnMissingShards: Bool {
        get { options.isStrictOnInputs }
        set { options.isStrictOnInputs = newValue }
    }
    /// Whether the run fails if a new shard sorts before a processed one; if not, it is processed after the others.
    public var failsOnShardsOutOfOrder: Bool {
        get { options.isStrictOnOrder }
        set { options.isStrictOnOrder = newValue }
    }
    /// Whether processed shards are read again, to check that they have not changed; if not, only size and time are
    /// compared.
    public var verifiesProcessedShards: Bool {
        get { options.verifiesInputs }
        set { options.verifiesInputs = newValue }
    }

    // MARK: Means

    /// The number of threads, from 1 to 1024: one for each core unless set.
    public var threads: Int {
        get { options.threads }
        set { options.threads = newValue }
    }
    /// The bytes of memory that the run may take, approximately; at least 256 MiB. 2 GiB, or half of the machine's
    /// memory if that is less, unless set.
    public var memory: Int {
        get { options.memory }
        set { options.memory = newValue }
    }

    /// All options as the modules below have them. `prepare` adds the paths.
    package var options = RunOptions(inputs: [], out: nil, threads: Threads.count, memory: MemoryPlan.standard)
    /// Whether documents are compared exactly or by similarity; nil for what the pipeline or `parameters` say.
    package var match: PipelineDefinition.MatchKind?

    /// Creates a run with the standard pipeline.
    public init(inputs: [Input], output: URL?) {
        self.inputs = inputs
        self.output = output
    }

    /// Creates a run with the standard pipeline.
    public init(inputs: [URL], output: URL?) {
        self.init(inputs: inputs.map { Input($0) }, output: output)
    }

    /// Creates a run of paths as a user typed them, which messages repeat.
    ///
    /// - Parameters:
    ///   - inputs: `PATH` or `LABEL=PATH`.
    ///   - pipeline: the name of a ready definition or the path of a file.
    package init(typed inputs: [String], output: String?, pipeline: String) {
        self.init(inputs: [Input](), output: nil)
        typed = Typed(inputs: inputs, output: output, pipeline: pipeline)
    }

    /// What takes the place of `inputs`, `output` and `pipeline` if a user typed them.
    private struct Typed {
        let inputs: [String]
        let output: String?
        let pipeline: String
    }

    private var typed: Typed?

    /// The progress of a run.
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

    /// Performs the run and returns its report.
    ///
    /// Cancelling the task stops the run. Finished parts stay in the output, and the same run, started again, continues
    /// after them.
    ///
    /// - Parameter onProgress: called about four times a second, and once at the end, on a thread of the library. It
    ///   must return soon.
    /// - Throws: a `DedupError`: of the kind `parameter` if a property has an impossible value or the output was made
    ///   with other parameters, `data` for an input that is not valid, `damagedShard` for a shard whose bytes are
    ///   damaged, `system` if a file cannot be read or written, `cancelled` if the task was cancelled.
    public func run(
        onProgress: (@Sendable (Progress) -> Void)? = nil
    ) async throws(DedupError) -> Report {
        try await Threads.run {
            let run = try prepare()
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

    // MARK: Translating the properties

    /// Checks the parameters and returns the run that they describe.
    package func prepare() throws -> DedupRun {
        var options = options
        if let typed {
            (options.inputs, options.out) = (typed.inputs, typed.output)
        } else {
            if inputs.isEmpty { throw Failure.usage("inputs is empty; give at least one folder or shard") }
            options.inputs = try inputs.map { input throws(Failure) in try Self.argument(input) }
            options.out = try output?.localPath()
        }
        if options.out == nil && !isDryRun { throw Failure.usage("\(Parameter.out) is missing: the folder to write") }
        guard (1...1024).contains(threads) else {
            throw Failure.usage("\(Parameter.threads) is a number from 1 to 1024, not \(threads)")
        }
        guard memory >= MemoryPlan.least else {
            throw Failure.usage("\(Parameter.memory) is at least \(MemoryPlan.least) bytes, not \(memory)")
        }
        for pattern in includes { options.selection.globs.append(try PathPattern(pattern)) }
        for pattern in excludes { options.selection.exclusions.append(try PathPattern(pattern)) }
        options.against += try earlierOutputs.map { url throws(Failure) in try url.localPath() }
        if let vectors { options.folders["embeddings"] = try vectors.localPath() }
        if let filtered { options.folders["filtered"] = try filtered.localPath() }
        return try DedupRun(try definition(), options)
    }

    private static func argument(_ input: Input) throws(Failure) -> String {
        let path = try input.url.localPath()
        guard let label = input.label else { return path }
        guard CorpusInput.isLabel(label), !label.contains("=") else {
            throw .usage("the label \"\(label)\": a label names a folder that is not hidden, without = and /")
        }
        return "\(label)=\(path)"
    }

    private func definition() throws -> PipelineDefinition {
        var definition =
            switch (typed, pipeline) {
            case (let typed?, _): try PipelineParser.standard.load(typed.pipeline)
            case (nil, .named(let name)): try Self.ready(name)
            case (nil, .file(let url)): try PipelineParser.standard.load(url.localPath())
            }
        if let match { try definition.use(match) }
        if let parameters {
            // Checks the ranges of all parameters. The error names the parameter that is wrong.
            _ = try Rule(parameters)
            try definition.use(parameters.match == .exact ? .exact : .jaccard)
            for override in parameters.overrides { try definition.apply(override) }
        }
        let others: [(name: String, stage: String, key: String, value: String?)] = [
            ("textField", ReadStage.name, "text-field", textField),
            ("idField", ReadStage.name, "id-field", idField),
            ("badLines", ReadStage.name, "on-bad-line", badLines?.rawValue),
            ("model", EmbedStage.name, "model", try model?.localPath()),
            ("minQuality", ScoreStage.name, "min-quality", minQuality.map { "\($0)" }),
        ]
        for (name, stage, key, value) in others {
            if let value { try definition.apply(.init(Parameter(name), stage, key, value)) }
        }
        for setting in settings { try definition.apply(setting.override) }
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
