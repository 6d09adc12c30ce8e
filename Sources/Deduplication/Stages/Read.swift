internal import Basics
internal import PipelineGraph
package import Pipelines

extension ReadStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        let budget = MemoryBudget(bytes: run.memory.inFlight)
        run.graph.onEarlyEnd { budget.close() }
        let source = ShardSource(
            shards: run.shards, memory: run.memory, limits: run.limits, budget: budget, progress: run.progress)
        let lines = run.graph.source("read", source)
        return Joint(.documents, run.graph.transform("parse", lines, try ParseDocuments(options)))
    }
}
