import Foundation
import TestSupport
import Testing

/// A short run of Tests/model_test.py, which compares random steps with batch runs. `make check-model` takes more
/// steps.
@Suite struct ModelScriptTests {
    @Test func randomStepsGiveWhatBatchRunsGive() throws {
        let script = Checkout.folder + "/Tests/model_test.py"
        let outcome = try RunningProcess(
            ["/usr/bin/env", "python3", script, "--dedup", DedupBinary.path, "--steps", "40", "--seed", "1"]
        ).wait(limit: 600)
        #expect(outcome.code == 0, "\(outcome.outputText.suffix(4_000))\(outcome.error)")
        // The script took all steps and compared some shards.
        let figures = try #require(outcome.outputText.split(separator: "\n").last)
        #expect(figures.hasPrefix("40 steps, ") && !figures.contains(" 0 shards compared"), "\(figures)")
    }
}
