internal import PipelineGraph
package import Pipelines

/// The stage that writes the report when all shards are done.
package struct ReportStage: PipelineStage {
    package static let name = "report"
    package static let summary = "Writes report.json and report.html when all shards are done"
    package static let accepts: [Payload] = [.output]
    package static let gives: Payload? = .nothing
    package static let options: [StageOption<ReportStage>] = []

    package init() {}
}

extension ReportStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        run.gatherer.writeReportAtEnd()
        return input
    }
}
