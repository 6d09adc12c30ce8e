import Corpus
import Deduplication
import DuplicateIndex

/// How the stages of a run divide their work. The simulated stages follow it.
///
/// It has to be changed together with the stages in Sources/Deduplication/Stages.
struct GraphShape {
    /// The number of threads of the run.
    let threads: Int

    /// The number of documents in a part of a round's look-ups (`RoundDecider.parts`).
    func lookUpPart(of round: Int, shingles: Int) -> Int {
        let bySize = max(1, RoundDecider.shinglesOfPart * round / max(1, shingles))
        return min(max(RoundDecider.leastDocumentsOfPart, round / (threads * 4) + 1), bySize)
    }

    /// The number of parts in which a round is inserted into the index (`Insertion`): records and keys.
    func insertionParts(of round: Int, shingles: Int, bands: Int) -> Int {
        let half = max(1, threads / 2)
        return max(1, min(half, shingles / Insertion.leastWords))
            + max(1, min(half, BandTable.partCount, round * bands / Insertion.leastKeys))
    }

    /// The number of parts in which the lines of a batch are copied to blocks (`Assembler`).
    func copyParts(of bytes: Int) -> Int { max(1, bytes / copySize) }

    /// A group of shards is committed when it reaches one of these limits (`Committer`).
    static let groupBytes = 64 << 20
    static let groupShards = 32
}
