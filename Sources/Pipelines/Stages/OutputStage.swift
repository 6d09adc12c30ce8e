package import Basics
package import Corpus
package import OutputStore
package import PipelineGraph

/// A stage that works on the shards of the output: on each one as soon as it is in place and durable.
///
/// A run goes through these steps: `plan` when it is made, `OutputStagePlan.check` before anything is written,
/// `OutputStagePlan.begin` when the output is open, `OutputStageRun.join` for the graph, and `OutputStageRun.finish` or
/// `OutputStageRun.commitWhatIsWhole` at the end.
package protocol OutputStage: PipelineStage {
    /// Plans the stage's part of a run.
    ///
    /// - Returns: nil if the run does not need the stage, as a dry run.
    /// - Throws: a usage error if an option of the run is missing, or is given for nothing.
    func plan(_ options: RunOptions, _ definition: PipelineDefinition) throws(Failure) -> (any OutputStagePlan)?

    /// The files that the stage makes of every shard, and the folders that they lie in; also for a dry run.
    func derivedFiles(_ options: RunOptions) -> [(kinds: [DerivedFile], folder: String, parameter: Parameter)]
}

/// What an output stage does in one run, before the run has begun.
package protocol OutputStagePlan: Sendable {
    /// Checks models, folders and options, and makes nothing.
    ///
    /// - Parameter earlier: the plans of the output stages before this one.
    /// - Throws: whatever would stop the run later.
    func check(behind earlier: [any OutputStagePlan]) async throws

    /// Opens the folders of the stage, and loads its models if there is work for them.
    ///
    /// - Parameter earlier: the output stages before this one, which have begun.
    func begin(_ output: OpenOutput, behind earlier: [any OutputStageRun]) async throws -> any OutputStageRun

    /// How far the stage is, for the progress line; nil for a stage that shows nothing.
    var progress: ShardProgress? { get }

    /// The result of the stage, for the summary, once the run has ended; nil before.
    var outcome: (any Sendable)? { get }
}

/// An output stage while its run lasts.
package protocol OutputStageRun: Sendable {
    /// Joins the stage to the graph.
    ///
    /// - Parameter limits: the limits under which the run reads its inputs; what they let through has to be read again.
    /// - Returns: the same shards, each once the stage is done with it.
    func join(
        _ shards: Flow<CommittedShard>, to graph: Graph, limits: ReadLimits
    ) throws -> Flow<CommittedShard>

    /// Completes the stage after the graph has ended without an error.
    func finish(on executor: ThreadExecutor) async throws

    /// Makes durable what is complete, after the graph has ended with an error.
    func commitWhatIsWhole() async
}

/// The output of a run that has begun.
package struct OpenOutput: Sendable {
    /// Where the output lies while the run lasts; a replacement lies beside the old output.
    package let folder: String
    /// The names of the shards that it holds.
    package let shardsDone: [String]
    /// The names of the shards that the run is about to make.
    package let newShards: [String]
    package let executor: ThreadExecutor

    package init(folder: String, shardsDone: [String], newShards: [String], executor: ThreadExecutor) {
        self.folder = folder
        self.shardsDone = shardsDone
        self.newShards = newShards
        self.executor = executor
    }
}
