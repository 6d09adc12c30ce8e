internal import Basics
internal import Corpus
internal import OutputStore
internal import PipelineGraph

/// A request to write the documents that reach a quality threshold to a folder, the filtered corpus. `start` begins the
/// writing.
final class Filtering: Sendable {
    private let request: ScoreRequest
    private let choice: DocumentChoice
    private let folder: FilteredFolder
    /// The real path of the corpus; nil if the corpus does not exist yet.
    private let source: String?

    /// Checks the folder; writes nothing. Returns nil if the request names no folder.
    ///
    /// - Parameter parameter: the parameter that names the folder, for messages.
    /// - Throws: a usage error if the folder was made with another choice or from another corpus, or if it holds
    ///   anything other than a filtered corpus.
    init?(_ request: ScoreRequest, parameter: Parameter = .out) throws(Failure) {
        guard let out = request.out, let choice = request.choice else { return nil }
        self.request = request
        self.choice = choice
        folder = FilteredFolder(out, parameter: parameter)
        source = try File.realPath(request.corpus)
        try check(try folder.record())
    }

    /// The largest zstd window, in bytes. Only one shard at a time may use a window above `windowShare`.
    static func largestWindow(ofMemory memory: Int) -> Int { memory / 2 }
    /// The bytes that each of the shards that are read at the same time may use for its window.
    static func windowShare(ofMemory memory: Int) -> Int { memory / 8 }
    /// The number of shards that are filtered at the same time.
    private var workers: Int { min(4, request.threads) }

    private func check(_ record: FilterRecord?) throws(Failure) {
        guard let record, !record.shards.isEmpty, !request.replaces else { return }
        let pairs = [
            ("of", record.source, source ?? record.source), ("with", record.choice, choice.description),
        ]
        for (how, recorded, asked) in pairs where recorded != asked {
            throw .usage(
                "\(folder.parameter(folder.path)) was made \(how) \(recorded), and this run has \(asked); give another "
                    + "folder, or rewrite it with \(Parameter.replace)")
        }
    }

    /// Creates the folder, or clears up after an earlier run that was stopped, and locks the folder.
    ///
    /// - Parameter shards: the names of the corpus's shards.
    func start(names shards: [String]) throws(Failure) -> RunningFilter {
        guard let source else { throw .usage("\(request.corpus): no such folder") }
        let before = try folder.record()
        try folder.checkForeignFiles(known: (before?.shards.map(\.name) ?? []) + (before?.leftovers ?? []) + shards)
        try folder.files.make()
        let lock = try folder.lock()
        let record = try folder.record()
        try check(record)
        try folder.files.clearTemporary()
        // From here on the folder has a record, so that it is recognized as a filtered corpus even if the run is
        // stopped.
        var current = record ?? FilterRecord(source: source, choice: choice.description)
        let names = Set(shards.map(BytewiseName.init))
        let gone = current.shards.map(\.name).filter { request.replaces || !names.contains(BytewiseName($0)) }
        (current.source, current.choice) = (source, choice.description)
        current.remove(Set(gone.map(BytewiseName.init)))
        let leftovers = (current.leftovers ?? []) + gone
        if !leftovers.isEmpty {
            // The record is written first. If the run is stopped, the record lists the files that are still to be
            // deleted, and does not list any shard that is gone.
            current.leftovers = leftovers
            try folder.files.write(current)
            try folder.files.remove(leftovers.flatMap { [folder.corpusPath($0), folder.removedPath($0)] })
            current.leftovers = nil
        }
        if !leftovers.isEmpty || current != record { try folder.files.write(current) }
        return RunningFilter(
            folder, choice, current, lock, workers: workers, memory: request.windowMemory ?? request.memory)
    }
}

/// A run that writes a filtered corpus, after `Filtering.start` has prepared and locked the folder.
struct RunningFilter: Sendable {
    private let folder: FilteredFolder
    private let choice: DocumentChoice
    private let writer: FilterWriter
    private let lock: FolderLock
    private let workers: Int
    private let memory: Int

    fileprivate init(
        _ folder: FilteredFolder, _ choice: DocumentChoice, _ record: FilterRecord, _ lock: FolderLock,
        workers: Int, memory: Int
    ) {
        self.folder = folder
        self.choice = choice
        self.lock = lock
        self.workers = workers
        self.memory = memory
        writer = FilterWriter(folder, record)
    }

    /// Adds to a graph the stages that filter scored shards and write the filtered corpus.
    func join(_ tasks: Flow<FilterTask>, _ graph: Graph, scores: ScoresFolder) -> Flow<FilteredShards> {
        let filter = FilterShard(scores: scores, folder: folder, memory: memory, choice: choice)
        return graph.stage("write shards", graph.transform("filter", tasks, filter, workers: workers), writer)
    }

    /// Filters the shards that are not filtered yet.
    func run(
        _ scores: ScoresRecord, _ shards: [Shard], _ folder: ScoresFolder, _ threshold: QualityThreshold,
        on executor: ThreadExecutor
    ) async throws {
        let scored = Dictionary(scores.shards.map { (BytewiseName($0.name), $0) }) { $1 }
        let done = await writer.done
        var tasks: [FilterTask] = []
        for shard in shards {
            guard let record = scored[BytewiseName(shard.name)] else { continue }
            let task = FilterTask(shard: shard, scores: record, threshold: threshold, ordinal: tasks.count)
            if try !isDone(task, done[BytewiseName(shard.name)]) { tasks.append(task) }
        }
        try self.folder.files.keepTimes()
        if tasks.isEmpty { return }
        let graph = Graph(executor: executor)
        let filtered = join(graph.source("list", FilterTaskSource(tasks)), graph, scores: folder)
        graph.sink("end", filtered, ShardsEnd<FilteredShards>())
        do {
            try await graph.run()
        } catch {
            await commitFinished()
            throw error
        }
    }

    /// Whether the shard has been filtered by these scores and this threshold, and its files are undamaged.
    private func isDone(_ task: FilterTask, _ done: FilterRecord.Shard?) throws(Failure) -> Bool {
        guard let done, done.digest == task.scores.digest, done.scores == task.scores.scores.digest,
            done.threshold == task.threshold.millionths,
            try folder.files.isWhole(folder.corpusPath(done.name), done.corpus)
        else { return false }
        guard let removed = done.removed else { return true }
        return try folder.files.isWhole(folder.removedPath(done.name), removed)
    }

    /// Commits the shards that are complete. Called when a run ends early.
    func commitFinished() async {
        try? await writer.commitFinished()
        try? folder.files.clearTemporary()
    }
}

private actor FilterTaskSource: Source {
    private let tasks: [FilterTask]

    init(_ tasks: [FilterTask]) {
        self.tasks = tasks
    }

    func produce(_ output: Outlet<FilterTask>) async throws {
        for task in tasks { try await output.send(task) }
    }
}

/// Commits filtered shards in groups.
private actor FilterWriter: OrderedStage {
    /// A group is committed when it reaches one of these sizes, so that small shards share the syncs and the writing of
    /// the record.
    private static let groupBytes = 64 << 20
    private static let groupShards = 512

    private let folder: FilteredFolder
    private var record: FilterRecord
    private var written: FilterRecord?
    private var group: [RecordedFolder<FilterRecord>.Finished] = []
    private var groupBytes = 0
    private var lastOrdinal = -1
    /// Whether a commit has failed, or is in progress.
    private var hasFailed = false

    /// - Parameter record: the content of filter.json.
    init(_ folder: FilteredFolder, _ record: FilterRecord) {
        self.folder = folder
        self.record = record
        written = record
    }

    /// The recorded shards by name.
    var done: [BytewiseName: FilterRecord.Shard] {
        Dictionary(record.shards.map { (BytewiseName($0.name), $0) }) { $1 }
    }

    func process(_ input: FilteredShard, _ output: Outlet<FilteredShards>) async throws {
        group.append(input.finished)
        groupBytes += input.bytes
        lastOrdinal = input.ordinal
        if groupBytes >= Self.groupBytes || group.count >= Self.groupShards { try await commit(output) }
    }

    func finish(_ output: Outlet<FilteredShards>) async throws { try await commit(output) }

    private func commit(_ output: Outlet<FilteredShards>) async throws {
        if group.isEmpty { return }
        let documents = group.reduce(0) { $0 + $1.record.documents }
        let bytes = groupBytes
        try commit()
        try await output.send(FilteredShards(lastOrdinal: lastOrdinal, documents: documents, bytes: bytes))
    }

    func commitFinished() throws(Failure) {
        // After a failed commit, only the next run can find out how much of it was done.
        if !hasFailed { try commit() }
    }

    private func commit() throws(Failure) {
        if group.isEmpty { return }
        hasFailed = true
        try folder.files.commit(group, &record, written: &written)
        hasFailed = false
        group = []
        groupBytes = 0
    }
}
