internal import Basics
package import Corpus
internal import OutputStore
internal import PipelineGraph
package import Pipelines

/// `dedup check`: reads inputs to their ends and finds everything at which a run would stop, that is, damaged shards
/// and lines that are not documents. Writes nothing.
package struct CorpusCheck: Sendable {
    /// The settings of a check.
    package struct Request: Sendable {
        /// The inputs, `PATH` or `LABEL=PATH`, as the user gave them.
        package var inputs: [String]
        /// Which files of the inputs are shards.
        package var selection = ShardSelection.standard
        /// The fields that hold a document's text.
        package var textField: String
        /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text.
        package var allowsNaN: Bool
        /// The number of threads that read and parse.
        package var threads: Int
        /// The memory that the check may use, in bytes.
        package var memory: Int

        package init(inputs: [String], threads: Int, memory: Int) {
            self.inputs = inputs
            self.threads = threads
            self.memory = memory
            let read = ReadOptions()
            textField = read.textField
            allowsNaN = read.allowsNaN
        }
    }

    /// A line that is not a document, or a shard that cannot be read to its end.
    package struct Finding: Sendable {
        /// The name of the shard.
        package let shard: String
        /// The line's number, from 1; nil for a finding about the whole shard.
        package let line: Int?
        /// The offset of the line in the decoded shard; nil for a finding about the whole shard.
        package let byte: Int?
        /// The reason, without the shard's name.
        package let reason: String
        /// Whether the bytes of the shard are damaged.
        package let isDamage: Bool
    }

    /// The result of a check.
    package struct Outcome: Sendable {
        /// The number of shards that were read, including damaged ones.
        package fileprivate(set) var shards = 0
        /// The number of lines that are documents.
        package fileprivate(set) var documents = 0
        /// The number of lines that are neither documents nor blank.
        package fileprivate(set) var badLines = 0
        /// The number of shards with damaged bytes.
        package fileprivate(set) var damagedShards = 0
        /// The number of shards that cannot be read to their ends for another reason, such as a line that needs more
        /// memory.
        package fileprivate(set) var unreadShards = 0
        /// Other files in the inputs.
        package fileprivate(set) var others = OtherFiles()

        /// Whether nothing was found.
        package var isSound: Bool { badLines + damagedShards + unreadShards == 0 }
    }

    private let request: Request
    /// The progress of the check, for the progress line.
    package let progress = RunProgress()

    package init(_ request: Request) {
        self.request = request
    }

    /// Reads all shards once, on threads that only this check uses.
    ///
    /// - Parameter report: called with each finding, in corpus order, never by two threads at once.
    /// - Throws: a usage error if an input does not exist or has no shards; the errors of `report`.
    package func run(_ report: @escaping @Sendable (Finding) throws -> Void) async throws -> Outcome {
        let inputs = try request.inputs.map { try CorpusInput(argument: $0) }
        let listing = try ShardListing(of: CorpusInput.labelled(inputs), selecting: request.selection)
        let shards = ShardSequence(
            done: [], new: listing.shards.map { PlannedShard(shard: $0, inputName: "") })
        progress.begin(shards: shards.new.count, bytes: shards.new.reduce(0) { $0 + $1.shard.size })
        let plan = MemoryPlan(
            total: request.memory, threads: request.threads, expansion: MemoryPlan.expansionOfWords, encoder: 0)
        let executor = ThreadExecutor(threads: request.threads)
        defer { executor.close() }
        let graph = Graph(executor: executor)
        let budget = MemoryBudget(bytes: plan.inFlight)
        graph.onEarlyEnd { budget.close() }
        let source = ShardSource(
            shards: shards, memory: plan, limits: plan.limits, budget: budget, progress: progress,
            goesOnAfterFailures: true)
        var read = ReadOptions()
        read.textField = request.textField
        read.allowsNaN = request.allowsNaN
        // With this policy, reading continues after a bad line.
        read.onBadLine = .keep
        let documents = graph.transform("parse", graph.source("read", source), try ParseDocuments(read))
        let findings = Findings(progress, report)
        graph.sink("report", documents, findings)
        do {
            try await graph.run()
        } catch is CancellationError {
            throw Failure("interrupted", kind: .interrupted)
        }
        var outcome = await findings.outcome
        outcome.others = listing.others
        return outcome
    }

    /// The last stage of the check: counts documents, and calls `report` with each finding.
    private actor Findings: Sink {
        var outcome = Outcome()
        private let progress: RunProgress
        private let report: @Sendable (Finding) throws -> Void

        init(_ progress: RunProgress, _ report: @escaping @Sendable (Finding) throws -> Void) {
            self.progress = progress
            self.report = report
        }

        func consume(_ input: ReadDocuments) throws {
            let batch = input.batch
            let shard = batch.raw.shard.name
            for line in batch.bad {
                try report(
                    Finding(shard: shard, line: line.line, byte: line.byte, reason: line.reason, isDamage: false))
            }
            outcome.badLines += batch.bad.count
            outcome.documents += batch.count - batch.bad.count
            progress.decided(documents: batch.count, removed: 0, bytes: batch.raw.bytes.count)
            if let failure = batch.failure {
                let isDamage = failure.kind == .damagedShard
                if isDamage { outcome.damagedShards += 1 } else { outcome.unreadShards += 1 }
                try report(
                    Finding(
                        shard: shard, line: nil, byte: nil, reason: failure.message(without: shard), isDamage: isDamage)
                )
            }
            if batch.failure != nil || batch.raw.end != nil { outcome.shards += 1 }
        }

        func finish() {}
    }
}
