internal import Basics
internal import Corpus
internal import Deduplication
internal import Embedding
public import Foundation
internal import Pipelines
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

    /// The inputs. An earlier input has priority: of two duplicates, its document stays.
    public var inputs: [Input]
    /// The folder to write: new, empty, or the output of an earlier run with the same parameters.
    public var output: URL
    /// The pipeline of the run.
    public var pipeline = Pipeline.named("deberta")
    /// The parameters that decide whether two documents are duplicates; nil for those of the pipeline.
    public var parameters: Parameters?
    /// The field of a line that holds the text, as a path with dots; nil for the setting of the pipeline or, without
    /// one, `text`.
    public var textField: String?
    /// The field of a line that holds the id, as a path with dots; nil for the setting of the pipeline or, without one,
    /// `id`.
    public var idField: String?
    /// The treatment of lines that are not documents; nil for the setting of the pipeline or, without one, `fail`.
    public var badLines: BadLines?
    /// Whether damaged shards are left out and listed in the report; if not, the run fails at the first one.
    public var skipsDamagedShards = false
    /// Other outputs. Documents of this run that duplicate one of their kept documents are removed. These outputs are
    /// only read.
    public var earlierOutputs: [URL] = []
    /// Whether an existing output is replaced, even one that was made with other parameters. It is replaced at the end
    /// of the run.
    public var replacesOutput = false
    /// The folder of the model for a pipeline that embeds; nil for the installed one (see ``TextEncoder``).
    public var model: URL?
    /// The folder for the vectors of a pipeline that embeds.
    public var vectors: URL?
    /// The folder for the documents of at least `minQuality`, for a pipeline that scores.
    public var filtered: URL?
    /// The least quality of the documents in `filtered`, from 0 to 1.
    public var minQuality: Double?
    /// The number of threads, from 1 to 1024. The default is one for each core.
    public var threads: Int
    /// The bytes of memory that the run may take, approximately; at least 256 MiB. The default is 2 GiB, or half of the
    /// machine's memory if that is less.
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

    // MARK: Translating the properties

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
            // Checks the ranges of all parameters. The error names the parameter that is wrong.
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
