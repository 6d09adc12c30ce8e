package import Basics
package import Corpus
internal import OutputStore
internal import PipelineGraph
package import Pipelines

/// Reads inputs to their ends and finds everything that a run would stop at: damaged shards, and lines that are no
/// documents. Nothing is written.
package struct CorpusCheck: Sendable {
    /// What is to be checked.
    package struct Request: Sendable {
        /// `INPUT...` as they were given.
        package var inputs: [String]
        package var selection = ShardSelection.standard
        package var textField: String
        package var allowsNaN: Bool
        package var threads: Int
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

    /// A line that is no document, or a shard that cannot be read to its end.
    package struct Finding: Sendable {
        package let shard: String
        /// The line, from 1, and the byte of the decoded shard at which it begins; nil for a finding about the shard.
        package let line: Int?
        package let byte: Int?
        /// What is wrong; without the shard's name.
        package let reason: String
        /// Whether the shard's bytes are damaged.
        package let isDamage: Bool
    }

    /// What was read.
    package struct Outcome: Sendable {
        package fileprivate(set) var shards = 0
        package fileprivate(set) var documents = 0
        package fileprivate(set) var badLines = 0
        package fileprivate(set) var damagedShards = 0
        /// Shards that cannot be read to their ends for another reason, such as a line beyond the memory setting.
        package fileprivate(set) var unreadShards = 0
        /// What else lies in the inputs.
        package fileprivate(set) var others = OtherFiles()

        package var isSound: Bool { badLines + damagedShards + unreadShards == 0 }
    }

    private let request: Request
    package let progress = RunProgress()

    package init(_ request: Request) {
        self.request = request
    }

    /// Reads everything once, on threads of its own.
    ///
    /// - Parameter report: called with every finding, in the order of the corpus, one after the other.
    /// - Throws: a usage error when an input is missing or holds no shards, and what `report` throws.
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
            shards: shards, limits: plan.limits, budget: budget, expansion: plan.expansion, progress: progress,
            goesOnAfterFailures: true)
        var read = ReadOptions()
        read.textField = request.textField
        read.allowsNaN = request.allowsNaN
        // Every bad line is to be found, not only the first one.
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

    /// Counts what was read, and reports what is wrong with it.
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
