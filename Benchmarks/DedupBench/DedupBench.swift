import ArgumentParser
import Basics
import CSystem
import Foundation
import Pipelines

/// Measures the cost of each step of a run, alone and on one thread, and the cost of whole runs.
@main
struct DedupBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dedup-bench",
        abstract: "Measures the steps of a run one by one, whole runs, the tokenizer and the encoder; simulates runs.",
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

    @Option(
        help: ArgumentHelp(
            "Instead, simulate runs on machines with these numbers of cores, from the costs that are measured here.",
            valueName: "n,n,..."),
        transform: { text in
            try text.split(separator: ",").map { part in
                guard let count = Int(part), (1...256).contains(count) else {
                    throw ValidationError("--simulate-cores: '\(part)' is not a number from 1 to 256")
                }
                return count
            }
        })
    var simulateCores: [Int] = []

    @Option(
        help: ArgumentHelp(
            "The size of simulated runs: the shards of the corpus are repeated to it.", valueName: "n"))
    var simulateGigabytes = 20

    @Option(
        help: ArgumentHelp(
            "The memory setting of simulated runs (default: 512M for each core, at least 2G).", valueName: "size"),
        transform: { try MemoryPlan.bytes($0) })
    var memory: Int?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if rounds < 1 { throw ValidationError("--rounds is 1 or more") }
        if simulateGigabytes < 1 { throw ValidationError("--simulate-gigabytes is 1 or more") }
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
        if !simulateCores.isEmpty {
            let simulation = try await Simulation(
                bench, cores: simulateCores, memory: memory, least: simulateGigabytes * 1_000_000_000, rounds: rounds,
                scratch: scratch)
            print(json ? try simulation.json(bench.corpus) : simulation.tables(bench.corpus))
            return
        }
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
