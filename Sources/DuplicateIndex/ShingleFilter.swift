internal import Basics

/// A Bloom filter of shingles in memory (see `BloomFilter`).
///
/// If more shingles are inserted than it was sized for, more absent shingles pass; a shingle that was inserted always
/// passes.
final class ShingleFilter {
    private var words: Buffer<UInt64>
    private let blocks: Int

    /// - Parameter shingles: the number of shingles that the filter is sized for.
    init(shingles: Int) {
        blocks = BloomFilter.blocks(keys: shingles)
        let count = blocks * BloomFilter.wordsPerBlock
        words = Buffer(capacity: count)
        words.reserve(count).initialize(repeating: 0, count: count)
        words.advance(count)
    }

    /// The size of the filter in bytes.
    var memory: Int { words.count * 8 }

    func insert(_ shingle: UInt64) {
        let block = BloomFilter.block(of: shingle, blocks: blocks)
        BloomFilter.insert(shingle, into: words.base + block * BloomFilter.wordsPerBlock)
    }

    /// A view for lookups, valid until the next insertion and as long as this object.
    var filter: BloomFilter { BloomFilter(words: words.base, blocks: blocks) }
}
