import Basics
import Corpus
import Deduplication
import Pipelines

extension Bench {
    /// Measures whole runs of the default pipeline in this process: a dry run, and a run that writes to `out`.
    func measureRuns(threads: Int, out: String) async throws {
        for isDryRun in [true, false] {
            var options = RunOptions(
                inputs: corpus.inputs.map(\.path), out: isDryRun ? nil : out, threads: threads,
                memory: MemoryPlan.standard)
            options.isDryRun = isDryRun
            try await measure(isDryRun ? "run --dry-run" : "run") { watch in
                try Disk.removeTree(out)
                let run = try DedupRun(corpus.settings.definition, options)
                try await watch.timeAsync { _ = try await run.run() }
            }
        }
    }
}
