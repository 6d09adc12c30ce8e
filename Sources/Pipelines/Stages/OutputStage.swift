package import Basics
package import Corpus
package import OutputStore
package import PipelineGraph

/// A stage that works on the shards of the output: on each one as soon as it has its final name and is synced to the
/// disk.
///
/// A run calls `plan` when it is created, `OutputStagePlan.check` before anything is written, `OutputStagePlan.begin`
/// when the output is open, and `OutputStageRun.join` when it builds the graph. At the end it calls
/// `OutputStageRun.finish` or, after an error, `OutputStageRun.commitFinished`.
package protocol OutputStage: PipelineStage {
    /// Plans the stage's part of a run.
    ///
    /// - Returns: the plan; nil if the run does not need the stage, for example because it is a dry run.
    /// - Throws: a usage error if an option that the stage needs is missing, or if an option has no effect without
    ///   another one.
    func plan(_ options: RunOptions, _ definition: PipelineDefinition) throws(Failure) -> (any OutputStagePlan)?

    /// Returns the kinds of files that the stage writes for every shard, and the folders that it writes them to. A dry
    /// run calls this too, to check the names of the files.
    func derivedFiles(_ options: RunOptions) -> [(kinds: [DerivedFile], folder: String, parameter: Parameter)]
}

/// An output stage of a run that has not begun yet.
package protocol OutputStagePlan: Sendable {
    /// Checks models, folders and options. Writes nothing.
    ///
    /// - Parameter earlier: the plans of the output stages before this one.
    /// - Throws: an error that would otherwise stop the run later.
    func check(behind earlier: [any OutputStagePlan]) async throws

    /// Opens the folders of the stage, and loads its models if there is work for them.
    ///
    /// - Parameter earlier: the output stages before this one, which have begun.
    func begin(_ output: OpenOutput, behind earlier: [any OutputStageRun]) async throws -> any OutputStageRun

    /// The progress of the stage, for the progress line; nil if the line does not show this stage.
    var progress: ShardProgress? { get }

    /// The result of the stage, for the summary; nil until the run has ended.
    var outcome: (any Sendable)? { get }
}

/// An output stage of a run in progress.
package protocol OutputStageRun: Sendable {
    /// Adds the stage to the graph of the run.
    ///
    /// - Parameter limits: the limits with which the run reads its inputs. The stage has to read every shard that these
    ///   limits allow, because such shards are in the output.
    /// - Returns: the same shards. Each is sent on when the stage has finished it.
    func join(
        _ shards: Flow<CommittedShard>, to graph: Graph, limits: ReadLimits
    ) throws -> Flow<CommittedShard>

    /// Completes the stage after the graph has ended without an error.
    func finish(on executor: ThreadExecutor) async throws

    /// Commits the shards that are complete. Called after the graph has ended with an error.
    func commitFinished() async
}

/// The output of a run that has begun.
package struct OpenOutput: Sendable {
    /// The folder that the run writes to. A run that replaces an output writes to a hidden folder beside it.
    package let folder: String
    /// The names of the shards that are already in the output.
    package let shardsDone: [String]
    /// The names of the shards that the run will write.
    package let newShards: [String]
    package let executor: ThreadExecutor

    package init(folder: String, shardsDone: [String], newShards: [String], executor: ThreadExecutor) {
        self.folder = folder
        self.shardsDone = shardsDone
        self.newShards = newShards
        self.executor = executor
    }
}
