import ArgumentParser
import Basics
import CSystem
import Foundation

/// Measures the cost of each step of a run, alone and on one thread, and the cost of whole runs.
@main
struct DedupBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dedup-bench",
        abstract: "Measures the steps of a run one by one, whole runs, the tokenizer and the encoder.",
        discussion: """
            Prints a table in Markdown. Times are of a processor, the least of several rounds; bytes are those of \
            decoded shards, so that the times of steps add up.
            """)

    @Argument(help: "A shard, or a folder of shards.")
    var corpus = "SampleCorpus"

    @Option(help: ArgumentHelp("Only the steps that have this in their name.", valueName: "name"))
    var filter: String?

    @Option(
        help: ArgumentHelp(
            "A smaller corpus is filled up with copies of itself, which have other letters.", valueName: "n"))
    var megabytes = 50

    @Option(
        help: ArgumentHelp(
            "How often each step is measured: more often if a second has room, less often after 20.", valueName: "n"))
    var rounds = 5

    @Option(help: ArgumentHelp("Threads of whole runs (default: one for each core).", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("The folder of the model.", valueName: "dir"))
    var model = "Sources/CommandLine/Model"

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if rounds < 1 { throw ValidationError("--rounds is 1 or more") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is 1 to 1024") }
    }

    func run() async throws {
        // The same limit as in the `dedup` command.
        dedup_limit_heaps(2)
        try await Cost.checkCounting()
        let scratch = NSTemporaryDirectory() + "/dedup-bench-\(getpid())"
        try Disk.makeFolder(scratch)
        defer { try? Disk.removeTree(scratch) }
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        let bench = Bench(
            try BenchCorpus(corpus, megabytes: megabytes, copies: scratch + "/copies"), filter: filter, rounds: rounds)
        try await bench.measureReading()
        try await bench.measureSketching()
        try await bench.measureIndex(scratch: scratch)
        try await bench.measureWriting()
        try await bench.measureRuns(threads: threads, out: scratch + "/out")
        try await bench.measureModel(model)
        if bench.measurements.isEmpty { throw Failure.usage("--filter: no step has '\(filter ?? "")' in its name") }
        print(json ? try bench.json() : bench.table(threads: threads))
    }
}
