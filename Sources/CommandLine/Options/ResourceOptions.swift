import ArgumentParser
import Basics
import Foundation
import Pipelines

/// The number of threads: the option of all commands that compute.
struct ThreadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Number of threads (default: one per core).", valueName: "n"))
    var threads: Int?

    /// The number of threads.
    ///
    /// - Throws: a usage error if the number is not from 1 to 1024.
    func count() throws(Failure) -> Int {
        if let threads, !(1...1024).contains(threads) {
            throw .usage("--threads is a number from 1 to 1024, not \(threads)")
        }
        return threads ?? ProcessInfo.processInfo.activeProcessorCount
    }
}

/// Threads and memory: the options of all commands that process a corpus in batches.
struct ResourceOptions: ParsableArguments {
    @OptionGroup var threadOptions: ThreadOptions

    @Option(
        help: ArgumentHelp(
            "Memory to use, such as 512M or 4G, at least 256M; a model needs memory besides (default: 2G, or half of "
                + "the "
                + "machine's memory if that is less).", valueName: "size"))
    var memory: String?

    /// The number of threads.
    ///
    /// - Throws: a usage error if the number is not from 1 to 1024.
    func threadCount() throws(Failure) -> Int { try threadOptions.count() }

    /// The memory in bytes.
    ///
    /// - Throws: a usage error for a text that is not a size, or for too small a size.
    func memoryInBytes() throws(Failure) -> Int {
        if let memory { try MemoryPlan.bytes(memory) } else { MemoryPlan.standard }
    }
}
