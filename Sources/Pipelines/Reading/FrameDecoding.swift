internal import Basics
internal import Corpus
internal import PipelineGraph

/// Decodes the zstd frames of the shard whose turn it is on several threads, ahead of its reader, while there is memory
/// for them. So a corpus of one large shard keeps many threads busy, if the shard has many frames.
///
/// `DocumentSource.findFrames` says which frames can be decoded ahead. The reader decodes all others.
package struct FrameDecoding: Sendable {
    private let budget: MemoryBudget
    /// The most memory in bytes for frames that one thread decodes at once. Several must fit, or no thread would decode
    /// while the reader waits.
    private let largest: Int
    /// The least memory in bytes that they count for, so that no more frames wait than the threads can use.
    private let least: Int

    /// - Parameters:
    ///   - memory: the memory in bytes for frames, compressed and decoded.
    ///   - threads: the number of threads of the run.
    init(memory: Int, threads: Int) {
        budget = MemoryBudget(bytes: memory)
        largest = memory / 4
        least = memory / threads
    }

    /// Starts to decode frames where there is memory, and waits for those that the next batch of the source needs.
    func decodeNext(
        of source: any DocumentSource, _ output: Outlet<ReadBatch>, isolation: isolated (any Actor)? = #isolation
    ) async {
        while let reservation = budget.reserveNow(largest),
            let run = source.findFrames(reservation, of: largest)
        {
            reservation.shrink(to: max(least, run.memory))
            output.start { run.decode() }
        }
        let needed = source.neededFrames
        if needed.isEmpty { return }
        await output.waitingForParts {
            for run in needed { await run.waitUntilDecoded() }
        }
    }
}
