internal import Basics
internal import CSystem

/// A Bloom filter: most keys that were not inserted are ruled out; a key that was inserted always passes. Segments and
/// crowded buckets use it to skip reading.
///
/// It is a blocked Bloom filter (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007): all
/// bits of a key are in one cache line, its block. With 12 bits per key about 1 in 100 absent keys passes. The upper
/// bits of a key determine its block, so a writer that inserts ascending keys fills the blocks in order.
struct BloomFilter: BitwiseCopyable {
    static let bitsPerKey = 12
    static let wordsPerBlock = 8
    private static let bitsSet = 6

    private let words: UnsafePointer<UInt64>
    private let blocks: UInt64

    /// - Parameter words: `blocks(keys:)` times `wordsPerBlock` words, owned by the caller.
    init(words: UnsafePointer<UInt64>, blocks: Int) {
        self.words = words
        self.blocks = UInt64(blocks)
    }

    /// The number of blocks for a filter of `keys` keys.
    static func blocks(keys: Int) -> Int { max(1, keys * bitsPerKey / 512) }

    /// The block of a key. It never decreases when the key increases.
    static func block(of key: UInt64, blocks: Int) -> Int { Int(key.multipliedFullWidth(by: UInt64(blocks)).high) }

    /// Sets the key's bits in its block.
    static func insert(_ key: UInt64, into block: UnsafeMutablePointer<UInt64>) {
        var bits = bits(of: key)
        for _ in 0..<bitsSet {
            block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
            bits >>= 9
        }
    }

    /// Whether the key may have been inserted.
    func mayContain(_ key: UInt64) -> Bool {
        let block = words + Int(key.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock
        var bits = Self.bits(of: key)
        for _ in 0..<Self.bitsSet {
            if block[Int(bits >> 6 & 7)] >> (bits & 63) & 1 == 0 { return false }
            bits >>= 9
        }
        return true
    }

    /// Prefetches the cache line with the key's block.
    func prefetch(_ key: UInt64) {
        dedup_prefetch(words + Int(key.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock)
    }

    /// 54 bits of the key. The multiplication mixes them, so that they do not depend on the upper bits alone, which all
    /// keys of a block have in common.
    private static func bits(of key: UInt64) -> UInt64 { (key &* 0x9E37_79B9_7F4A_7C15) >> 10 }
}
