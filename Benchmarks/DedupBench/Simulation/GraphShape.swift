import Corpus
import Deduplication

/// How the stages of a run divide their work. The simulated stages follow it.
///
/// It has to be changed together with the stages in Sources/Deduplication/Stages.
struct GraphShape {
    /// The number of threads of the run.
    let threads: Int

    /// The number of documents in a part of a round's look-ups (`Deduplicator`).
    func lookUpPart(of round: Int) -> Int { max(16, round / (threads * 4) + 1) }

    /// The number of parts in which a round is inserted into the index, in parallel.
    var insertionParts: Int { min(threads, 8) }

    /// Whether lines are copied to blocks in parallel (`Assembler`).
    var copiesInParallel: Bool { threads >= 4 }

    /// The number of parts in which the lines of a batch are copied.
    var copyParts: Int { copiesInParallel ? min(threads, 8) : 1 }

    /// A group of shards is committed when it reaches one of these limits (`Committer`).
    static let groupBytes = 64 << 20
    static let groupShards = 32
}
