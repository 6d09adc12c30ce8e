import Dedup
import Foundation
import Pipelines
import TestSupport
import Testing

@Suite struct StageTableTests {
    /// docs/stages.md is what the declarations of the stages say. `make stage-table` writes it anew.
    @Test func theTableOfTheStagesIsCurrent() throws {
        let path = Checkout.folder + "/docs/stages.md"
        let table = StageRegistry.standard.markdown
        if ProcessInfo.processInfo.environment["DEDUP_WRITE_DOCS"] != nil {
            try table.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == table, "docs/stages.md: run 'make stage-table'")
    }

    @Test func namesOfStagesAndParametersAreUnique() {
        let registry = StageRegistry.standard
        #expect(Set(registry.names).count == registry.names.count)
        let parameters = registry.options.compactMap(\.parameter) + registry.stages.compactMap { $0.folder?.parameter }
        #expect(Set(parameters).count == parameters.count)
    }
}
