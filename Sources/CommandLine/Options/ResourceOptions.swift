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

/// Threads and memory: the options of all commands that process a corpus in batches and use no model.
struct ResourceOptions: ParsableArguments, ResourceArguments {
    @OptionGroup var threadOptions: ThreadOptions

    @Option(
        help: ArgumentHelp(
            "Memory to use, such as 512M or 4G, at least 256M (default: 2G, or half of the machine's memory if that is "
                + "less).", valueName: "size"))
    var memory: String?
}

/// The same for commands that can use a model.
struct ModelResourceOptions: ParsableArguments, ResourceArguments {
    @OptionGroup var threadOptions: ThreadOptions

    @Option(
        help: ArgumentHelp(
            "Memory to use, such as 512M or 4G, at least 256M; a model needs memory in addition (default: 2G, or half "
                + "of the machine's memory if that is less).", valueName: "size"))
    var memory: String?
}

/// What `ResourceOptions` and `ModelResourceOptions` have in common.
protocol ResourceArguments {
    var threadOptions: ThreadOptions { get }
    /// The value of `--memory`, as the user typed it.
    var memory: String? { get }
}

extension ResourceArguments {
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
