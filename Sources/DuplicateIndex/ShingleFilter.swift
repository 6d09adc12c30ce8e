internal import Basics

/// A Bloom filter of shingles in memory.
///
/// One that took in more than it was made for passes more shingles than it should, and never fewer.
final class ShingleFilter {
    private var words: Buffer<UInt64>
    private let blocks: Int

    /// - Parameter shingles: how many it is for.
    init(shingles: Int) {
        blocks = BloomFilter.blocks(keys: shingles)
        let count = blocks * BloomFilter.wordsPerBlock
        words = Buffer(capacity: count)
        words.reserve(count).initialize(repeating: 0, count: count)
        words.advance(count)
    }

    var memory: Int { words.count * 8 }

    func insert(_ shingle: UInt64) {
        let block = BloomFilter.block(of: shingle, blocks: blocks)
        BloomFilter.insert(shingle, into: words.base + block * BloomFilter.wordsPerBlock)
    }

    /// What shingles are looked up in, as long as nothing is inserted.
    var filter: BloomFilter { BloomFilter(words: words.base, blocks: blocks) }
}
